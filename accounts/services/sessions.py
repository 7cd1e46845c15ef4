"""Starting and ending sessions (a device's login). Ending one ends its tokens at once and its sockets within 2 s."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import Session, User
from core import clock
from core.errors import DomainError, ErrorCode
from core.moments import tell_gateways

CLOSE_CODE = 4403
BANNED = "banned"
"""The reason of sessions that a ban has ended."""
KEEP_EXPIRED_DAYS = 30
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Device:
    """Where a login comes from: `name` as the user knows it, the browser's own description, the network address."""

    name: str = ""
    user_agent: str = ""
    address: str | None = None


def start_session(user: User, device: Device, *, now: datetime | None = None) -> Session:
    """A new session of the user, good for REFRESH_TOKEN_LIFETIME_S from `now` (and again from each refresh)."""
    session = build_session(user, device, now=now or clock.now())
    session.save(force_insert=True)
    return session


def build_session(user: User, device: Device, *, now: datetime) -> Session:
    """A session, not saved: for `bulk_create`."""
    return Session(
        user=user,
        device_name=device.name[:120],
        user_agent=device.user_agent[:255],
        address=device.address,
        created_at=now,
        last_seen_at=now,
        rotated_at=now,
        expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME_S),
    )


def end_session(session: Session, *, reason: str) -> None:
    """End one session. Its sockets are closed once the surrounding transaction has committed."""
    end_sessions([session.pk], reason=reason)


def end_own_session(user_id: int, session_id: int, *, reason: str = "ended-by-user") -> None:
    """End a live session of the user. Raises NOT_FOUND for another's, an ended or an unknown one."""
    live = Session.objects.filter(pk=session_id, user_id=user_id, revoked_at=None, expires_at__gt=clock.now())
    if not live.exists():
        raise DomainError(ErrorCode.NOT_FOUND)
    end_sessions([session_id], reason=reason)


def end_user_sessions(user_id: int, *, reason: str, except_id: int | None = None, told: str = "") -> list[int]:
    """End all live sessions of a user but `except_id`; the ids of those that it ended. `told`: see `end_sessions`."""
    live = Session.objects.filter(user_id=user_id, revoked_at=None).values_list("pk", flat=True)
    session_ids = [session_id for session_id in live if session_id != except_id]
    end_sessions(session_ids, reason=reason, told=told)
    return session_ids


def end_sessions(session_ids: Sequence[int], *, reason: str, told: str = "") -> None:
    """End these sessions, those that have ended already excepted, and have every gateway close their sockets (4403).

    The close frame says `reason`, or `told` where the person is to read more than that.
    """
    if not session_ids:
        return
    with transaction.atomic():
        Session.objects.filter(pk__in=session_ids, revoked_at=None).update(
            revoked_at=clock.now(), revoked_reason=reason[:32]
        )
        message = {
            "type": "sessions.ended", "session_ids": list(session_ids), "code": CLOSE_CODE,
            "reason": told or reason,
        }  # fmt: skip
        transaction.on_commit(lambda: tell_gateways(message))


def end_expired_sessions() -> int:
    """Mark sessions whose time is over as ended; how many. Those over for KEEP_EXPIRED_DAYS are forgotten."""
    now = clock.now()
    marked = 0
    while expired := list(
        Session.objects.filter(revoked_at=None, expires_at__lte=now).values_list("pk", flat=True)[:_BATCH]
    ):
        end_sessions(expired, reason="expired")
        marked += len(expired)
    forgotten = Session.objects.filter(expires_at__lt=now - timedelta(days=KEEP_EXPIRED_DAYS))
    while old := list(forgotten.values_list("pk", flat=True)[:_BATCH]):
        Session.objects.filter(pk__in=old).delete()
    return marked
