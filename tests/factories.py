"""Users, sessions and clients for tests, made by the program's own services, and a clock that tests set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from unittest.mock import patch

from rest_framework.test import APIClient

from accounts.models import Session, User, UserKind
from accounts.services.sessions import Device, start_session
from accounts.services.tokens import TokenPair, issue_pair
from core import clock

PASSWORD = "correct horse battery 9"
_numbers = count(1)


def make_user(username: str = "", *, password: str | None = None, **fields: Any) -> User:
    """A person; without a `password` they cannot log in, which spares the time of hashing."""
    return User.objects.create_user(username or f"person-{next(_numbers)}", password, **fields)


def make_guest(username: str = "", **fields: Any) -> User:
    """A guest."""
    return make_user(username or f"guest-{next(_numbers)}", kind=UserKind.GUEST, **fields)


def make_users(how_many: int, **fields: Any) -> list[User]:
    """Many people in one insert."""
    return User.objects.bulk_create(
        User.objects.build(f"person-{next(_numbers)}", **fields) for _unused in range(how_many)
    )


def make_session(user: User, device_name: str = "A device") -> Session:
    """A live session of the user."""
    return start_session(user, Device(device_name))


def make_tokens(user: User) -> TokenPair:
    """The tokens of a new session."""
    return issue_pair(make_session(user))


def make_client(user: User | None = None, access: str = "") -> APIClient:
    """An API client that speaks JSON, as the user in a new session, with a given access token, or as nobody."""
    client = APIClient()
    client.default_format = "json"
    token = access or (make_tokens(user).access if user else "")
    if token:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


class FakeClock:
    """The program's clock while a test holds it; it stands still until it is moved."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.moment += timedelta(seconds=seconds)


@contextmanager
def fake_clock(start: datetime | None = None) -> Iterator[FakeClock]:
    """Replace `core.clock.now` by a clock that starts at `start` (by default: now)."""
    fake = FakeClock(start or clock.now().astimezone(UTC))
    with patch.object(clock, "now", fake):
        yield fake
