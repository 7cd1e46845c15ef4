"""Tickets for browsers, which cannot send a header on a WebSocket handshake: single use, 30 s, in Redis."""

from datetime import UTC, datetime

import msgspec

from accounts.services.throttles import check_limit
from accounts.services.tokens import AccessGrant, find_live_session
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import new_token
from core.redis import RedisError, get_redis

TICKET_LIFETIME_S = 30


class _StoredTicket(msgspec.Struct, frozen=True, array_like=True):
    session_id: int
    expires_at: float


def issue_ticket(grant: AccessGrant) -> str:
    """A ticket for one socket of the caller's session. Raises RATE_LIMITED, and UNAVAILABLE without Redis."""
    check_limit("ticket.session", grant.session_id)
    ticket = new_token()
    stored = msgspec.json.encode(_StoredTicket(grant.session_id, grant.expires_at.timestamp()))
    try:
        get_redis().set(_key(ticket), stored, ex=TICKET_LIFETIME_S)
    except RedisError as exc:
        raise DomainError(ErrorCode.UNAVAILABLE) from exc
    return ticket


def redeem_ticket(ticket: str) -> AccessGrant:
    """What the ticket stands for; it is used up by this. The session must still live, and so must the access token
    that the ticket was asked for with. Raises AUTH_FAILED, and UNAVAILABLE without Redis."""
    try:
        raw = get_redis().getdel(_key(ticket))
    except RedisError as exc:
        raise DomainError(ErrorCode.UNAVAILABLE) from exc
    if not isinstance(raw, bytes):
        raise DomainError(ErrorCode.AUTH_FAILED)
    stored = msgspec.json.decode(raw, type=_StoredTicket)
    expires_at = datetime.fromtimestamp(stored.expires_at, UTC)
    session = find_live_session(stored.session_id)
    if session is None or expires_at <= clock.now():
        raise DomainError(ErrorCode.AUTH_FAILED)
    return AccessGrant(session.user_id, session.pk, expires_at, session.user.kind)


def _key(ticket: str) -> str:
    return f"ticket:{ticket}"
