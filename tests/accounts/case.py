"""What the tests of accounts share: calls to the API, and what was told to the gateways."""

from typing import Any, Protocol
from unittest.mock import patch

from django.test import TestCase, override_settings
from rest_framework.test import APIClient

from tests.factories import make_client

API = "/api/v1/"


class Answer(Protocol):
    """What the test clients answer."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def content(self) -> bytes:
        """The body."""

    @property
    def headers(self) -> Any:
        """The headers, whatever their case."""

    def json(self) -> Any:
        """The body, decoded."""


@override_settings(RATE_LIMITS=False, BLOCK_HOOKS=[], ERASURE_HOOKS=[], PROFILE_HOOKS=[])
class AccountsCase(TestCase):
    """Calls the API without throttles or hooks of other apps; `self.told` holds what the gateways were told.

    Test transactions never commit, so on_commit callbacks run at once where `commit()` is used.
    """

    def setUp(self) -> None:
        self.told: list[dict[str, Any]] = []
        teller = patch("accounts.services.sessions.tell_gateways", self.told.append)
        teller.start()
        self.addCleanup(teller.stop)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        client: APIClient | None = None,
        access: str = "",
        **headers: Any,
    ) -> Answer:
        """Call the API; what the call commits takes effect."""
        caller = client or make_client(access=access)
        with self.captureOnCommitCallbacks(execute=True):
            response: Answer = getattr(caller, method)(API + path, body, **headers)
        return response

    def assert_refused(self, response: Answer, status: int, code: str) -> None:
        """The answer is a refusal in the one shape, with this code."""
        self.assertEqual(response.status_code, status, response.content)
        self.assertEqual(set(response.json()), {"code", "message", "details"})
        self.assertEqual(response.json()["code"], code)

    def assert_field_refused(self, response: Answer, field: str) -> None:
        """The answer is INVALID_REQUEST and names the field."""
        self.assert_refused(response, 400, "INVALID_REQUEST")
        self.assertEqual(list(response.json()["details"]["fields"]), [field])

    @property
    def closed_session_ids(self) -> set[int]:
        """The sessions whose sockets the gateways were told to close."""
        return {
            session_id
            for message in self.told
            if message["type"] == "sessions.ended" and message["code"] == 4403
            for session_id in message["session_ids"]
        }
