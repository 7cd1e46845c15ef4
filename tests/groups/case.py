"""A test case that speaks the groups API as several people."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import TestCase
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.tokens import AccessGrant
from core import clock
from groups.models import JoinRequest
from tests.groups.factories import make_group, make_user


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.content)


class GroupCase(TestCase):
    """A group with an owner, an admin and a member; a stranger; and `call` to act as one of them."""

    profile: dict[str, Any] = {}

    def setUp(self) -> None:
        self.owner, self.admin, self.member, self.stranger = (
            make_user(display_name=name) for name in ("Owner", "Admin", "Member", "Stranger")
        )
        self.group_id = make_group(self.owner, self.member, admins=[self.admin], name="Tea", **self.profile)

    def call(self, user: User | None, method: str, path: str, body: Any = None) -> Answer:
        """One call of the API by a user (None: without a token), `path` relative to /api/v1/."""
        client = APIClient()
        if user is not None:
            grant = AccessGrant(user_id=user.pk, session_id=0, expires_at=clock.now(), user_kind=user.kind)
            client.force_authenticate(user, token=grant)  # type: ignore[arg-type]  # the stubs know DRF tokens alone
        data = "" if body is None else json.dumps(body)
        response = client.generic(method, f"/api/v1/{path}", data, "application/json")
        return Answer(response.status_code, response.content)

    def on_group(self, user: User | None, method: str, path: str = "", body: Any = None) -> Answer:
        """The same under groups/{id}."""
        return self.call(user, method, f"groups/{self.group_id}{path}", body)

    def assert_refused(self, response: Answer, code: str) -> dict[str, Any]:
        """The answer is this refusal; returns its details."""
        self.assertEqual(response.json().get("code"), code, response.content)
        details: dict[str, Any] = response.json()["details"]
        return details

    def make_invite(self, by: User | None = None, **body: Any) -> str:
        """The token of a new invite."""
        response = self.on_group(by or self.owner, "POST", "/invites", body)
        self.assertEqual(response.status_code, 201, response.content)
        return str(response.json()["invite"])

    def join(self, user: User, token: str) -> Answer:
        """Uses an invite."""
        return self.call(user, "POST", "groups/join", {"invite": token})

    def find_request(self, user: User) -> JoinRequest | None:
        """The open join request of a user."""
        return JoinRequest.objects.filter(group_id=self.group_id, user=user).first()
