"""A WebSocket client that costs the machine little: it shares two cores with what it measures.

Frames go out with a zero mask key (RFC 6455 asks for a key, not for which), so that they need no masking. Incoming
frames are cut by their headers; what is in them is looked for as bytes, without decoding JSON.
"""

import asyncio
import base64
import os
from collections.abc import Callable, Sequence
from typing import cast
from urllib.parse import urlsplit

_TEXT, _CLOSE, _PING = 0x81, 0x88, 0x89
_READY = b'"ready"'
_TYPE_WITHIN = 48

OnFrame = Callable[[bytes], None]


class DriverError(Exception):
    """What was measured did not keep the contract, or cannot be measured."""


class ClientSocket(asyncio.Protocol):
    """One connection. `on_frame` gets the payload of each text frame after `ready`; `answer` may send during it."""

    def __init__(self, request: bytes, on_frame: OnFrame) -> None:
        self._request = request
        self._buffer = b""
        self._upgraded = False
        self._outgoing: list[bytes] = []
        self._in_callback = False
        self.on_frame = on_frame
        self.ready: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._fail(f"the connection was lost: {exc}")

    def send(self, frame: bytes) -> None:
        """Send a frame made by `text_frame`; those sent while incoming data is handled leave together."""
        if self._in_callback:
            self._outgoing.append(frame)
        elif self.transport is not None:
            self.transport.write(frame)

    def close(self) -> None:
        """Drop the connection."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._buffer = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self._fail(f"the handshake was refused: {data[:200]!r}")
                return
            self._upgraded = True
            data = data[end + 4 :]
        self._in_callback = True
        try:
            self._cut(data)
        finally:
            self._in_callback = False
        if self._outgoing and self.transport is not None:
            self.transport.write(b"".join(self._outgoing))
            self._outgoing.clear()

    def _cut(self, data: bytes) -> None:
        at, size = 0, len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                start = at + 4
                length = data[at + 2] << 8 | data[at + 3] if size >= start else size
            elif length == 127:
                start = at + 10
                length = int.from_bytes(data[at + 2 : start], "big") if size >= start else size
            end = start + length
            if end > size:
                break
            if data[at] == _TEXT:
                self._take(data[start:end])
            else:
                self._control(data[at], data[start:end])
            at = end
        if at < size:
            self._buffer = data[at:]

    def _take(self, payload: bytes) -> None:
        if self.ready.done():
            self.on_frame(payload)
        elif _READY in payload[:_TYPE_WITHIN]:
            self.ready.set_result(payload)

    def _control(self, first: int, payload: bytes) -> None:
        if first == _PING:
            self._outgoing.append(bytes((0x8A, 0x80 | len(payload))) + b"\0\0\0\0" + payload)
        elif first == _CLOSE:
            self._fail(f"the server closed with {int.from_bytes(payload[:2], 'big')}")

    def _fail(self, reason: str) -> None:
        if not self.ready.done():
            self.ready.set_exception(DriverError(reason))


def text_frame(payload: bytes) -> bytes:
    """A masked text frame with a zero key."""
    length = len(payload)
    if length < 126:
        return bytes((_TEXT, 0x80 | length)) + b"\0\0\0\0" + payload
    return bytes((_TEXT, 0x80 | 126)) + length.to_bytes(2, "big") + b"\0\0\0\0" + payload


async def connect_all(url: str, tokens: Sequence[str], on_frame: OnFrame, *, at_once: int = 50) -> list[ClientSocket]:
    """Open a socket for each token, `at_once` at a time, and return them, in order, when each has got its `ready`.

    Raises DriverError when one is refused, or not ready within 30 s.
    """
    sockets: list[ClientSocket] = []
    for first in range(0, len(tokens), at_once):
        opened = await asyncio.gather(*(_open(url, token, on_frame) for token in tokens[first : first + at_once]))
        async with asyncio.timeout(30):
            await asyncio.gather(*(socket.ready for socket in opened))
        sockets += opened
    return sockets


async def _open(url: str, token: str, on_frame: OnFrame) -> ClientSocket:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /ws/ HTTP/1.1\r\nHost: {parts.hostname}:{parts.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(lambda: ClientSocket(request, on_frame), parts.hostname, parts.port)
    return socket
