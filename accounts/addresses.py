"""The network address behind a request."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from django.conf import settings


def client_address(meta: Mapping[str, Any]) -> str | None:
    """The client's address by the request's META, None where it has none (a Unix socket).

    Behind a TLS proxy (BEHIND_TLS_PROXY) it is the last entry of X-Forwarded-For, the one that our own proxy has
    written; the entries before it are the client's claim. Otherwise the header is not believed at all.
    """
    address = str(meta.get("REMOTE_ADDR", ""))
    if settings.SECURE_PROXY_SSL_HEADER is not None:
        address = str(meta.get("HTTP_X_FORWARDED_FOR", address)).rpartition(",")[2].strip()
    try:
        return str(ip_address(address))
    except ValueError:
        return None
