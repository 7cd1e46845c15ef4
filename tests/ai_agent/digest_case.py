"""What the tests of summaries and briefs share: people with chats, the API, and Celery's work done at once or later."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.test import TestCase, override_settings

from accounts.models import User
from ai_agent import tasks
from ai_agent.digests import asking
from ai_agent.services import briefs, digesting
from core.redis import get_redis
from messaging.models import Member, Message
from tests.factories import make_client
from tests.fakes.openai import FakeOpenAI, Reply
from tests.messaging.building import Log, make_direct, make_group, make_user

PATIENCE_S = 75.0
"""With the tests' model on a machine that has much else to do."""


class DigestCase(TestCase):
    """Ann, Ben and Cho in a group, Ann and Ben alone with each other; Eve outside. No model unless a test has one."""

    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann, self.ben, self.cho, self.eve = (make_user(name) for name in ("ann", "ben", "cho", "eve"))
        self.group, self.direct = (
            make_group(self.ben, self.ann, self.cho, title="Trip"),
            make_direct(self.ann, self.ben),
        )
        self.log, self.chat = Log(self.group), Log(self.direct)
        self.tasks: list[tuple[Any, ...]] = []
        self.is_slow = False
        patcher = patch("ai_agent.services.digesting.current_app.send_task", self._send)
        patcher.start()
        self.addCleanup(patcher.stop)
        patience = {(digesting, "WAIT_S"): 0.3, (briefs, "EACH_S"): PATIENCE_S, (asking, "QUIET_S"): PATIENCE_S}
        for (module, name), seconds in patience.items():
            limit = patch.object(module, name, seconds)
            limit.start()
            self.addCleanup(limit.stop)

    def _send(self, name: str, args: list[Any], **_options: Any) -> None:
        assert name == tasks.make_digest.name
        sent = json.loads(json.dumps(args))  # as Celery carries it
        self.tasks.append(sent)
        if not self.is_slow:
            tasks.make_digest(*sent)

    def work(self) -> None:
        """What Celery has been given, done now."""
        for sent in self.tasks:
            tasks.make_digest(*sent)

    @contextmanager
    def model(self, *texts: str, default: Any = None) -> Iterator[FakeOpenAI]:
        """A model that says these, one after the other."""
        with FakeOpenAI(default) as fake:
            fake.script(*(Reply(text) for text in texts))
            with override_settings(OPENAI_BASE_URL=fake.url, OPENAI_API_KEY="sk-fake", AI_MODEL="fake-model"):
                yield fake

    def ask_summary(
        self, user: User | None = None, *, status: int = 200, language: str = "en", chat: Any = None, **body: Any
    ) -> Any:
        """POST summary of the group (or a chat) as Ann (or whoever)."""
        path = f"/api/v1/conversations/{(chat or self.group).pk}/summary"
        client = make_client(user or self.ann)
        response = client.post(path, body, headers={"Accept-Language": language})
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def ask_brief(self, user: User | None = None, *, status: int = 200, language: str = "en", **query: Any) -> Any:
        """GET the brief as Ann (or whoever)."""
        client = make_client(user or self.ann)
        response = client.get("/api/v1/users/me/brief", query, headers={"Accept-Language": language})
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def say(self, text: str, sender: User | None = None, log: Log | None = None, **options: Any) -> Message:
        """A message of Ben's in the group, or as told."""
        return (log or self.log).send(sender or self.ben, text, **options)

    def set_ai(self, user: User, setting: str, chat: Any = None) -> None:
        """What a member lets AI read."""
        Member.objects.filter(conversation=chat or self.group, user=user).update(ai=setting)
