"""Every call of the groups API by every role: generated from one table, checked against the router's own list."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from accounts.models import User
from groups import urls
from groups.models import JoinRequest
from tests.groups.case import GroupCase
from tests.groups.factories import get_conversation, make_group, make_user

REFUSED_STRANGER = "CONVERSATION_NOT_FOUND"


@dataclass(frozen=True)
class Call:
    """A call under groups/{id}, and the roles that may make it; `target` names who it is about."""

    method: str
    path: str
    body: Any
    allowed: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.body}"


def _call(method: str, path: str, body: Any, allowed: str) -> Call:
    return Call(method, path, body, frozenset(allowed.split()))


CALLS = [
    _call("GET", "", None, "owner admin member"),
    _call("PATCH", "", {"announcement": "Hello"}, "owner admin"),
    _call("PATCH", "", {"muted_all": True}, "owner admin"),
    _call("DELETE", "", None, "owner"),
    _call("POST", "/members", {"user_ids": ["{newcomer}"]}, "owner admin"),
    _call("PATCH", "/members/{member2}", {"muted_until": "2050-01-01T00:00:00Z"}, "owner admin"),
    _call("PATCH", "/members/{admin2}", {"muted_until": "2050-01-01T00:00:00Z"}, "owner"),
    _call("PATCH", "/members/{owner}", {"muted_until": "2050-01-01T00:00:00Z"}, ""),
    _call("PATCH", "/members/{member2}", {"role": "admin"}, "owner"),
    _call("PATCH", "/members/{admin2}", {"role": "member"}, "owner"),
    _call("PATCH", "/members/{owner}", {"role": "member"}, ""),
    _call("DELETE", "/members/{member2}", None, "owner admin"),
    _call("DELETE", "/members/{admin2}", None, "owner"),
    _call("DELETE", "/members/{owner}", None, ""),
    _call("GET", "/invites", None, "owner admin"),
    _call("POST", "/invites", {}, "owner admin"),
    _call("DELETE", "/invites/{invite}", None, "owner admin"),
    _call("PUT", "/avatar", {"file_id": "1"}, "owner admin"),
    _call("DELETE", "/avatar", None, "owner admin"),
    _call("POST", "/leave", {}, "admin member"),
    _call("POST", "/transfer", {"user_id": "{member2}"}, "owner"),
    _call("GET", "/join-requests", None, "owner admin"),
    _call("POST", "/join-requests/{request}/approve", {}, "owner admin"),
    _call("POST", "/join-requests/{request}/reject", {}, "owner admin"),
]
ROLES = ("owner", "admin", "member", "left", "stranger", "anonymous")  # "anonymous" names nobody: no token


class RightsMatrixTests(GroupCase):
    """Each call starts from the same group: an owner, two admins, two members, one who left, a request, an invite."""

    def setUp(self) -> None:
        super().setUp()
        # Whose upload it is made of is tested elsewhere; here, who may.
        made = patch("groups.services.avatars.make_avatar", return_value="a" * 32)
        made.start()
        self.addCleanup(made.stop)
        self.admin2, self.member2, self.left, self.newcomer = (make_user() for _ in range(4))
        self.group_id = make_group(self.owner, self.member, self.member2, self.left, admins=[self.admin, self.admin2])
        self.on_group(self.left, "POST", "/leave", {})
        request = JoinRequest.objects.create(group_id=self.group_id, user=make_user())
        self.names = {
            "owner": self.owner.pk,
            "admin2": self.admin2.pk,
            "member2": self.member2.pk,
            "newcomer": self.newcomer.pk,
            "invite": self.make_invite(),
            "request": request.pk,
        }

    def test_the_table_names_every_call_of_the_router(self) -> None:
        routed = set(_routed())
        named = {(call.method, re.sub(r"\{\w+\}", "*", call.path)) for call in CALLS}
        self.assertEqual(named, routed)

    def _check(self, call: Call, role: str) -> None:
        path, body = call.path.format(**self.names), self._fill(call.body)
        before = get_conversation(self.group_id)
        response = self.on_group(self._person(role), call.method, path, body)
        if role in call.allowed:
            self.assertLess(response.status_code, 300, response.content)
            return
        expected = {"anonymous": {"AUTH_FAILED"}, "left": {REFUSED_STRANGER}, "stranger": {REFUSED_STRANGER}}
        self.assertIn(response.json()["code"], expected.get(role, {"FORBIDDEN", "CONFLICT"}))
        after = get_conversation(self.group_id)
        self.assertEqual((after.last_seq, after.members_version), (before.last_seq, before.members_version))

    def _person(self, role: str) -> User | None:
        person: User | None = getattr(self, role, None)
        return person

    def _fill(self, body: Any) -> Any:
        if isinstance(body, dict):
            return {key: self._fill(value) for key, value in body.items()}
        if isinstance(body, list):
            return [self._fill(value) for value in body]
        return body.format(**self.names) if isinstance(body, str) else body


def _routed() -> Iterator[tuple[str, str]]:
    """The calls under groups/{id} that the router knows, with `*` for every other id."""
    for pattern in urls.urlpatterns:
        path = re.sub(r"<str:\w+>", "*", str(pattern.pattern))
        if path.startswith("groups/*"):
            view = getattr(pattern.callback, "view_class", None)
            for method in ("get", "post", "put", "patch", "delete"):
                if hasattr(view, method):
                    yield method.upper(), path.removeprefix("groups/*")


def _add_matrix() -> None:
    for number, call in enumerate(CALLS):
        for role in ROLES:

            def check(self: RightsMatrixTests, call: Call = call, role: str = role) -> None:
                self._check(call, role)

            verb = "may" if role in call.allowed else "may_not"
            check.__doc__ = f"{role} {verb} {call}"
            setattr(RightsMatrixTests, f"test_{number:02d}_{role}_{verb}", check)


_add_matrix()
