"""JWTs in front of our own sessions (flow 1): signing, checking, and the rotation of refresh tokens.

A token names its session (`sid`), and the session's row decides: a revoked session ends its tokens at once. Every token
is a pure function of the session's row and its rotation, so a repeated refresh gets the original answer byte for byte
without a token ever being stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, cast

import jwt
from django.conf import settings
from django.db import transaction
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenBackendError, TokenError
from rest_framework_simplejwt.tokens import Token

from accounts.models import Session, User
from accounts.services.sessions import BANNED, end_session
from accounts.services.signing_in import check_may_sign_in
from accounts.services.throttles import check_limit
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import new_token

ISSUER = "gochat"
AUDIENCE = "gochat"
ALGORITHM = "HS256"
ACCESS = "access"
REFRESH = "refresh"
REUSE_WINDOW_S = 20
TOUCH_EVERY_S = 60
# Beyond this many rotations within the window, the oldest count as used long ago.
_MAX_RECENT = 32


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """Who a request or socket acts for, and until when (`expires_at`: the end of the access token)."""

    user_id: int
    session_id: int
    expires_at: datetime
    user_kind: str


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The contract's TOKENS; `expires_in` is the lifetime of the access token in seconds."""

    access: str
    refresh: str
    expires_in: int

    def as_dict(self) -> dict[str, Any]:
        """The three fields as they stand in an answer."""
        return {"access": self.access, "refresh": self.refresh, "expires_in": self.expires_in}


class _Backend(TokenBackend):
    """Signature, issuer and audience. Times are left to `_SessionToken.verify`, which goes by the program's clock.

    `iat` is not checked at all: a gateway whose clock is a little behind must not refuse a fresh token.
    """

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims. Raises TokenBackendError for anything that this program did not sign, whatever `verify` says."""
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self.prepared_signing_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "iat", "sub"]},
            )
        except jwt.InvalidTokenError as exc:
            raise TokenBackendError("Token is invalid") from exc
        return claims


@lru_cache(maxsize=4)
def _backend(signing_key: str) -> _Backend:
    return _Backend(ALGORITHM, signing_key=signing_key, audience=AUDIENCE, issuer=ISSUER)


class _SessionToken(Token):
    """A token of a session: algorithm, issuer, audience, type and signing key are ours alone."""

    @property
    def token_backend(self) -> _Backend:
        return _backend(settings.JWT_SIGNING_KEY)

    def verify(self) -> None:
        """As simplejwt, with the program's clock. Raises TokenError, ExpiredTokenError."""
        self.verify_token_type()
        expires_at = self.payload.get("exp")
        if not isinstance(expires_at, int):
            raise TokenError("Token has no end")
        if expires_at <= clock.now().timestamp():
            raise ExpiredTokenError("Token is expired")


class AccessToken(_SessionToken):
    """Short-lived; presented with every request."""

    token_type = ACCESS
    lifetime = timedelta(seconds=1)  # simplejwt demands one; `_encode` sets the claim itself


class RefreshToken(_SessionToken):
    """Long-lived; exchanged once for its successor."""

    token_type = REFRESH
    lifetime = timedelta(seconds=1)


def issue_access(session: Session, *, lifetime_s: int | None = None) -> str:
    """An access token of a session that starts now. `lifetime_s` is for development's seeds."""
    claims = _claims(session, new_token(12))
    return _encode(AccessToken, claims, clock.now(), lifetime_s or settings.ACCESS_TOKEN_LIFETIME_S)


def issue_pair(session: Session) -> TokenPair:
    """The tokens of the session's present rotation, issued at its `rotated_at`."""
    return _pair(session, session.rotation, session.rotated_at)


def renew_access(session: Session) -> TokenPair:
    """The session's present refresh token with an access token that starts now: rotates nothing."""
    return TokenPair(issue_access(session), issue_pair(session).refresh, settings.ACCESS_TOKEN_LIFETIME_S)


def authenticate_access(token: str) -> AccessGrant:
    """Who an access token speaks for, in one query. Raises AUTH_FAILED, or TOKEN_EXPIRED for one that was good."""
    return authenticate_with_user(token)[1]


def authenticate_with_user(token: str) -> tuple[User, AccessGrant]:
    """As `authenticate_access`, with the user's row.

    Notes that the device was seen, at most once in TOUCH_EVERY_S: only then is there a second query.
    """
    claims = _decode(AccessToken, token)
    session = find_live_session(claims["sid"])
    if session is None or str(session.user_id) != claims["sub"]:
        raise DomainError(ErrorCode.AUTH_FAILED)
    _touch(session)
    user = session.user
    grant = AccessGrant(user.pk, session.pk, datetime.fromtimestamp(claims["exp"], UTC), user.kind)
    return user, grant


def find_live_session(session_id: int, *, lock: bool = False) -> Session | None:
    """The session with its user, if neither has ended; `lock` holds the session's row until the transaction ends."""
    if lock:  # on its own: MariaDB cannot lock one table of a join
        Session.objects.select_for_update().filter(pk=session_id).values_list("pk").first()
    live = Session.objects.filter(pk=session_id, revoked_at=None, expires_at__gt=clock.now(), user__is_active=True)
    return live.select_related("user").first()


def rotate_refresh(token: str) -> TokenPair:
    """Exchange a refresh token for the session's next tokens.

    Within REUSE_WINDOW_S of its use, a used token gets the same successor byte for byte; used later, it ends the
    session, since one of its two holders is a thief. Raises AUTH_FAILED, TOKEN_EXPIRED, RATE_LIMITED, and BANNED for a
    session that is live or was ended by the ban.
    """
    claims = _decode(RefreshToken, token)
    check_limit("refresh.session", claims["sid"])
    with transaction.atomic():
        session = find_live_session(claims["sid"], lock=True)
        if session is None or str(session.user_id) != claims["sub"]:
            _check_not_banned(claims)
            raise DomainError(ErrorCode.AUTH_FAILED)
        check_may_sign_in(session.user_id)
        pair = _exchange(session, claims["rot"])
        if pair is None:
            end_session(session, reason="refresh-reused")
    if pair is None:
        raise DomainError(ErrorCode.AUTH_FAILED)
    return pair


def _check_not_banned(claims: dict[str, Any]) -> None:
    """Who comes with a session that a ban has ended is told of the ban, as long as it stands."""
    ended = Session.objects.filter(pk=claims["sid"], revoked_reason=BANNED).values_list("user_id", flat=True).first()
    if ended is not None and str(ended) == claims["sub"]:
        check_may_sign_in(ended)


def _exchange(session: Session, rotation: int) -> TokenPair | None:
    now = clock.now()
    if rotation == session.rotation:
        _advance(session, now)
        return issue_pair(session)
    rotated_at = _recent(session).get(rotation + 1)
    if rotated_at is None or now - rotated_at > timedelta(seconds=REUSE_WINDOW_S):
        return None
    return _pair(session, rotation + 1, rotated_at)


def _advance(session: Session, now: datetime) -> None:
    window = now - timedelta(seconds=REUSE_WINDOW_S)
    recent = [moment for moment in _recent(session).values() if moment >= window]
    session.recent_rotations = [moment.isoformat() for moment in [*recent, now][-_MAX_RECENT:]]
    session.rotation += 1
    session.rotated_at = session.last_seen_at = now
    session.expires_at = now + timedelta(seconds=settings.REFRESH_TOKEN_LIFETIME_S)
    session.save(update_fields=["recent_rotations", "rotation", "rotated_at", "last_seen_at", "expires_at"])


def _recent(session: Session) -> dict[int, datetime]:
    """Rotation to the moment it was made, for those remembered; the last one is the present rotation."""
    first = session.rotation - len(session.recent_rotations) + 1
    return {first + at: datetime.fromisoformat(text) for at, text in enumerate(session.recent_rotations)}


def _pair(session: Session, rotation: int, issued_at: datetime) -> TokenPair:
    claims = _claims(session, f"{session.pk}.{rotation}")
    return TokenPair(
        access=_encode(AccessToken, claims, issued_at, settings.ACCESS_TOKEN_LIFETIME_S),
        refresh=_encode(RefreshToken, {**claims, "rot": rotation}, issued_at, settings.REFRESH_TOKEN_LIFETIME_S),
        expires_in=settings.ACCESS_TOKEN_LIFETIME_S,
    )


def _claims(session: Session, token_id: str) -> dict[str, Any]:
    return {"sid": session.pk, "sub": str(session.user_id), "jti": token_id}


def _touch(session: Session) -> None:
    now = clock.now()
    if now - session.last_seen_at > timedelta(seconds=TOUCH_EVERY_S):
        Session.objects.filter(pk=session.pk).update(last_seen_at=now)


def _encode(kind: type[_SessionToken], claims: Mapping[str, Any], issued_at: datetime, lifetime_s: int) -> str:
    token = kind()
    start = int(issued_at.timestamp())
    token.payload = {"token_type": kind.token_type, **claims, "iat": start, "exp": start + lifetime_s}
    return str(token)


def _decode(kind: type[_SessionToken], token: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = kind(cast(Any, token)).payload
    except ExpiredTokenError as exc:
        raise DomainError(ErrorCode.TOKEN_EXPIRED) from exc
    except TokenError as exc:
        raise DomainError(ErrorCode.AUTH_FAILED) from exc
    if not isinstance(claims.get("sid"), int) or (kind is RefreshToken and not isinstance(claims.get("rot"), int)):
        raise DomainError(ErrorCode.AUTH_FAILED)
    return claims
