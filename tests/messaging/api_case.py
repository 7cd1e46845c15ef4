"""What the tests of messaging's HTTP API share: clients, and a gateway in this process that answers as told."""

from typing import Any

from django.test import TestCase
from rest_framework.test import APIClient

from accounts.models import User
from core.redis import get_redis
from messaging.records import UpstreamItem
from messaging.services import upstream
from tests.factories import make_client


class RecordingGateway:
    """Stands where a gateway process has its socket side: notes what goes upstream, gives the answer that is set."""

    def __init__(self) -> None:
        self.drained: list[str] = []
        self.commands: list[UpstreamItem] = []
        self.answer: Any = None

    def submit_soon(self, item: UpstreamItem) -> None:
        """Notes a drain."""
        self.drained.append(item.command.conversation_id)

    def submit_and_wait(self, item: UpstreamItem, timeout_s: float) -> dict[str, Any] | None:
        """Notes the command; answers with what `answer` is, or returns."""
        self.commands.append(item)
        answer: dict[str, Any] | None = self.answer(item) if callable(self.answer) else self.answer
        return answer


class MessagingApiCase(TestCase):
    """Clients by user, and a recording gateway."""

    def setUp(self) -> None:
        get_redis().flushdb()
        self.gateway = RecordingGateway()
        upstream.set_gateway(self.gateway)
        self.addCleanup(upstream.set_gateway, None)
        self._clients: dict[int, APIClient] = {}

    def call(self, user: User | None, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """The decoded answer of /api/v1/`path`; asserts its status."""
        if user is not None and user.pk not in self._clients:
            self._clients[user.pk] = make_client(user)
        client = self._clients[user.pk] if user is not None else make_client()
        options = {} if body is None else {"data": body, "format": "json"}
        response = getattr(client, method)(f"/api/v1/{path}", **options)
        assert response.status_code == status, (response.status_code, response.content)
        return response.json() if response.content else None
