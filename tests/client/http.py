"""HTTP for the test client: one connection a call, JSON in and out, on the standard library alone."""

import asyncio
import http.client
import io
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 20.0


class ApiError(Exception):
    """An answer of 400 or above, in the contract's one shape."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status = status
        self.code: str = body.get("code", "")
        self.details: dict[str, Any] = body.get("details", {})
        self.body = body
        super().__init__(f"{status} {body}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer; `body` is None where there is none."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Api:
    """The HTTP half of the contract at `base_url`, as one caller."""

    base_url: str
    access: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **query: Any) -> Any:
        """The body of a GET under /api/v1/."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return (await self.call("GET", f"{path}?{urlencode(wanted)}" if wanted else path)).body

    async def post(self, path: str, body: Any = None) -> Any:
        """The body that a POST answers."""
        return (await self.call("POST", path, {} if body is None else body)).body

    async def call(self, method: str, path: str, body: Any = None) -> Answer:
        """One call under /api/v1/. Raises ApiError, and OSError or TimeoutError when nobody answers."""
        async with asyncio.timeout(TIMEOUT_S):
            raw = await self._exchange(method, f"/api/v1/{path}", body)
        return _read(raw)

    async def list_all(self, path: str, **query: Any) -> list[Any]:
        """Every result of a cursor-paged list."""
        results: list[Any] = []
        page = await self.get(path, **query)
        while True:
            results += page["results"]
            if page["next_cursor"] is None:
                return results
            page = await self.get(path, **query, cursor=page["next_cursor"])

    async def _exchange(self, method: str, target: str, body: Any) -> bytes:
        address = urlsplit(self.base_url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(self._request(method, target, body, address.netloc))
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    def _request(self, method: str, target: str, body: Any, host: str) -> bytes:
        payload = b"" if body is None else json.dumps(body).encode()
        headers = {"Host": host, "Connection": "close", "Accept-Language": "en", **self.headers}
        if self.access is not None:
            headers["Authorization"] = f"Bearer {self.access}"
        if body is not None:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(payload))}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + payload


class _Received:
    """What http.client wants of a socket: bytes that have already arrived."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


def _read(raw: bytes) -> Answer:
    if not raw:
        raise ConnectionResetError("the connection was closed without an answer")
    response = http.client.HTTPResponse(_Received(raw))  # type: ignore[arg-type] # it asks for makefile() alone
    try:
        response.begin()
        text = response.read()
    except http.client.HTTPException as exc:
        raise ConnectionResetError("half an answer") from exc
    body = _parse(text)
    if response.status >= 400:
        raise ApiError(response.status, body if isinstance(body, dict) else {"message": text[:500].decode()})
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _parse(text: bytes) -> Any:
    """The JSON value; None for an empty body and for what is no JSON, which no answer of the contract is."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
