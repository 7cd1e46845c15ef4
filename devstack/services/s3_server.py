"""`python -m devstack.services.s3_server PORT`: nanio with what browsers need of S3 and it lacks.

CORS for any origin (every request is signed, and no cookie is ever looked at), the `response-*` overrides of a signed
download, no sniffing, and nothing inline unless the signer says so. The three NANIO_ variables say where and for whom.
"""

import sys
from collections.abc import Iterable
from urllib.parse import parse_qs

import uvicorn
from nanio.app import build_app
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Headers = list[tuple[bytes, bytes]]

CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Content-Length, Content-Range, Accept-Ranges"),
]
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, PUT"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"3600"),
]
SAFE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
OVERRIDES = {
    "response-content-type": b"content-type",
    "response-content-disposition": b"content-disposition",
    "response-cache-control": b"cache-control",
}


class BrowserFriendly:
    """An ASGI app around nanio's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await _answer(send, 204, CORS + PREFLIGHT)
        elif scope["method"] == "PUT" and _has_header(scope, b"transfer-encoding"):
            # A body without a length would slip past a signed Content-Length.
            await _answer(send, 411, CORS)
        else:
            await self._app(scope, receive, _with_headers(scope, send))


def _with_headers(scope: Scope, send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            added = CORS + SAFE + (_overrides(scope) if message["status"] < 300 else [])
            message = {**message, "headers": _replace(message.get("headers", []), added)}
        await send(message)

    return send_with_headers


def _overrides(scope: Scope) -> Headers:
    """What the query says of the answer: the signature covers it, of a repeated name as here the last value."""
    if scope["method"] not in {"GET", "HEAD"}:
        return []
    query = parse_qs(scope["query_string"].decode("latin-1"))
    asked = [
        (header, query[name][-1].encode("latin-1", "replace")) for name, header in OVERRIDES.items() if name in query
    ]
    return [(b"content-disposition", b"attachment"), *asked]


def _replace(headers: Iterable[tuple[bytes, bytes]], added: Headers) -> Headers:
    """The headers with those of `added` in place of their own of that name; the last of a name wins."""
    return list({name.lower(): (name, value) for name, value in [*headers, *added]}.values())


def _has_header(scope: Scope, wanted: bytes) -> bool:
    return any(name.lower() == wanted for name, _value in scope["headers"])


async def _answer(send: Send, status: int, headers: Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    uvicorn.run(BrowserFriendly(build_app()), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
