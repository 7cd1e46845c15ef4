"""Who may open a socket: Origin, credentials, and the refusals before the upgrade."""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_supported_language_variant
from django.utils.translation.trans_real import parse_accept_lang_header

from accounts.addresses import client_address
from accounts.services.tickets import redeem_ticket
from accounts.services.tokens import AccessGrant, authenticate_access
from core.errors import DomainError, ErrorCode

_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
Headers = Iterable[tuple[bytes, bytes]]


def check_request(scope: dict[str, Any]) -> None:
    """Raises FORBIDDEN for a foreign Origin, and for a token in the URL, where logs and histories would keep it."""
    origins = _values(scope["headers"], b"origin")
    if origins and (len(origins) > 1 or not _is_allowed(origins[0], scope)):
        raise DomainError(ErrorCode.FORBIDDEN)
    if _JWT.search(unquote_to_bytes(scope["query_string"])):
        raise DomainError(ErrorCode.FORBIDDEN)


def find_grant(scope: dict[str, Any]) -> AccessGrant | None:
    """What the header or the ticket stands for; None when neither is there, so that the first frame must bring a token.

    Blocks on the database and Redis. Raises AUTH_FAILED, TOKEN_EXPIRED, UNAVAILABLE.
    """
    authorizations = _values(scope["headers"], b"authorization")
    if authorizations:
        scheme, _, token = authorizations[0].partition(" ")
        if len(authorizations) > 1 or scheme.lower() != "bearer":
            raise DomainError(ErrorCode.AUTH_FAILED)
        return authenticate_access(token.strip())
    tickets = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get("ticket")
    if tickets is None:
        return None
    if len(tickets) > 1 or not tickets[0]:
        raise DomainError(ErrorCode.AUTH_FAILED)
    return redeem_ticket(tickets[0])


def has_credentials(scope: dict[str, Any]) -> bool:
    """Whether there is anything for `find_grant` to look at."""
    return bool(_values(scope["headers"], b"authorization")) or b"ticket" in scope["query_string"]


def get_language(headers: Headers) -> str:
    """The language of the messages in error frames: the best of Accept-Language that the site speaks."""
    for wanted, _ in parse_accept_lang_header(",".join(_values(headers, b"accept-language"))[:500]):
        try:
            return get_supported_language_variant(wanted)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE


def get_address(scope: dict[str, Any]) -> str:
    """The client's address by the rule of `client_address`; empty where it has none."""
    client = scope.get("client")
    meta = {"REMOTE_ADDR": client[0] if client else ""}
    if forwarded := _values(scope["headers"], b"x-forwarded-for"):
        meta["HTTP_X_FORWARDED_FOR"] = ",".join(forwarded)
    return client_address(meta) or ""


def _is_secure(scope: dict[str, Any]) -> bool:
    """Whether the client speaks TLS: to us, or to the proxy that we are told to believe."""
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        return _values(scope["headers"], b"x-forwarded-proto") == ["https"]
    return scope.get("scheme") in ("wss", "https")


def _is_allowed(origin: str, scope: dict[str, Any]) -> bool:
    if settings.ALLOWED_ORIGINS:
        return origin in settings.ALLOWED_ORIGINS
    hosts = _values(scope["headers"], b"host")
    if len(hosts) != 1 or not validate_host(split_domain_port(hosts[0])[0], settings.ALLOWED_HOSTS or [".localhost"]):
        return False
    scheme = "https" if _is_secure(scope) else "http"
    try:
        return _place(origin) == _place(f"{scheme}://{hosts[0]}")
    except ValueError:
        return False


def _place(origin: str) -> tuple[str, str, int]:
    """Scheme, host and port of an origin. Raises ValueError for what is none."""
    parts = urlsplit(origin)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path or parts.query or parts.username:
        raise ValueError(origin)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS[parts.scheme]


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in headers if key.lower() == name]
