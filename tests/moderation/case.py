"""What the tests of moderation share: people, moderators, a group with a log, and the API as one of them."""

import json
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import Group as Role
from django.test import TestCase

from accounts.models import User
from core.redis import get_redis
from messaging.models import LogEvent, Message
from moderation.models import AuditEntry
from tests.factories import make_client, make_user
from tests.messaging.building import Log, make_direct, make_group

PHONE = "198.51.100.7"


def make_staff(role: str, username: str = "") -> User:
    """A member of the staff in one role."""
    staff = make_user(username or role, is_staff=True)
    staff.groups.add(Role.objects.get(name=role))
    return staff


def acts_of(actor: User | None) -> list[str]:
    """What the audit has of someone, oldest first."""
    rows = AuditEntry.objects.filter(actor_id=actor.pk if actor is not None else None).order_by("pk")
    return list(rows.values_list("action", flat=True))


def last_event(conversation_id: int) -> LogEvent:
    """The newest event of a log that is not a message."""
    return LogEvent.objects.filter(conversation_id=conversation_id).order_by("-pk")[0]


class ModerationCase(TestCase):
    """Ann owns a group with Ben and Cho, and talks with Ben alone; Eve is outside. Two moderators."""

    def setUp(self) -> None:
        get_redis().flushdb()
        for path in ("accounts.services.sessions.tell_gateways", "moderation.services.notices.current_app.send_task"):
            patcher = patch(path)
            setattr(self, path.rpartition(".")[2], patcher.start())
            self.addCleanup(patcher.stop)
        self.ann, self.ben, self.cho, self.eve = (make_user(name) for name in ("ann", "ben", "cho", "eve"))
        self.moderator, self.colleague = make_staff("moderator", "mo"), make_staff("moderator", "colleague")
        self.group, self.direct = make_group(self.ann, self.ben, self.cho), make_direct(self.ann, self.ben)
        self.log, self.chat = Log(self.group), Log(self.direct)

    def call(self, user: User | None, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """The decoded answer of /api/v1/`path`; asserts its status."""
        client = make_client(user)
        content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        response = getattr(client, method)(f"/api/v1/{path}", **content)
        self.assertEqual(response.status_code, status, response.content)
        return response.json() if response.content else None

    def say_many(self, sender: User, how_many: int) -> list[Message]:
        """Messages of one person in the group."""
        return [self.log.send(sender, f"{sender.username} {number}") for number in range(how_many)]
