"""What the tests of history and events share: a group of two with a log, and its pages."""

from typing import Any

from django.test import TestCase

from accounts.models import User
from core.redis import get_redis
from messaging.models import Conversation
from messaging.selectors.access import access_place
from messaging.selectors.events import events_page
from messaging.selectors.history import HistoryQuery, history_page
from tests.messaging.building import Log, make_group, make_user


class HistoryCase(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.log = Log(self.group)

    def page(
        self, limit: int = 50, *, reader: User | None = None, conversation: Conversation | None = None, **where: int
    ) -> dict[str, Any]:
        place = access_place((reader or self.ann).pk, str((conversation or self.group).pk))
        return history_page(place, HistoryQuery(limit=limit, **where))

    def seqs(self, limit: int, around_seq: int) -> list[int]:
        return [message["seq"] for message in self.page(limit, around_seq=around_seq)["results"]]

    def events(self, after_seq: int = 0, limit: int = 50, reader: User | None = None) -> dict[str, Any]:
        place = access_place((reader or self.ann).pk, str(self.group.pk))
        return events_page(place, after_seq, limit)
