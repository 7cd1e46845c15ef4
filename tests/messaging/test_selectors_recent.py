"""The newest page out of Redis is the page that the database gives."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from messaging.delivery.recent import read_recent
from messaging.models import Member, Reaction
from tests.messaging.building import make_user
from tests.messaging.history_case import HistoryCase


class RecentPageTests(HistoryCase):
    def queries(self) -> tuple[int, dict[str, Any]]:
        with CaptureQueriesContext(connection) as queries:
            page = self.page()
        return len(queries), page

    def test_the_second_reader_gets_the_page_from_redis_in_their_own_view(self) -> None:
        self.log.join(self.ben, actor=self.ann)
        self.log.react(self.log.send(self.ben, "hi"), self.ann, "👍")
        for_ann = self.page()
        assert read_recent(self.group.pk, 3) is not None
        used, again = self.queries()
        # The caller's membership, and the names in the system message.
        assert used == 2
        assert again == for_ann
        for_ben = self.page(reader=self.ben)
        assert for_ben["results"][1]["reactions"]["👍"]["me"] is False
        with translation.override("zh-hans"):
            assert "邀请" in self.page()["results"][0]["content"]["text"]

    def test_a_changed_log_is_read_from_the_database(self) -> None:
        message = self.log.send(self.ben, "hi")
        self.page()
        self.log.edit(message, "edited")
        assert self.page()["results"][0]["content"] == {"text": "edited"}

    def test_what_is_kept_for_all_holds_nothing_of_one_reader(self) -> None:
        self.log.join(self.ben, actor=self.ann)
        self.log.react(self.log.send(self.ben), self.ann, "👍")
        self.page()
        kept = b"".join(bytes(raw) for raw in read_recent(self.group.pk, 3) or [])
        assert b'"me"' not in kept.replace(b'"me":null', b"")
        assert b"added" not in kept

    def test_who_sees_only_a_part_reads_the_database(self) -> None:
        for _ in range(3):
            self.log.send(self.ben)
        self.page()
        Member.objects.filter(user=self.ben).update(visible_from=3)
        assert [message["seq"] for message in self.page(reader=self.ben)["results"]] == [3]

    def test_has_before_is_told_rightly_from_redis(self) -> None:
        for _ in range(55):
            self.log.send(self.ben)
        first = self.page()
        used, again = self.queries()
        assert (used, again) == (1, first)
        assert first["has_before"] is True
        assert self.page(10)["results"] == first["results"][-10:]
        assert self.page(60)["results"][0]["seq"] == 1

    def test_a_message_with_more_reactions_than_are_named_is_read_from_the_database(self) -> None:
        message = self.log.send(self.ben)
        people = [make_user() for _ in range(51)]
        Reaction.objects.bulk_create(
            Reaction(message_id=message.pk, user_id=user.pk, emoji="👍", created_at=message.created_at)
            for user in people
        )
        self.page()
        Member.objects.create(conversation=self.group, user=people[50])
        assert self.page(reader=people[50])["results"][0]["reactions"]["👍"]["me"] is True
