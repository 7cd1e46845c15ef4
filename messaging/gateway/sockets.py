"""A live WebSocket after its handshake: bytes in, frames out, with nothing per frame that is not needed.

`protocol.GatewayWebSocketProtocol` does the handshake and then hands its transport to a `FramedSocket`, which parses
RFC 6455 frames itself: a complete text frame goes from `data_received` to `on_text` without a queue, a task switch or a
pause of reading, and an idle socket holds little more than its transport.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from websockets.speedups import apply_mask

from core.metrics import counters
from messaging import framing

MAX_FRAME_BYTES: Final = 256 * 1024
MAX_UNSENT_BYTES: Final = 1024 * 1024
CLOSE_TIMEOUT_S: Final = 3.0
FLOOD_BURST: Final = 1200
FLOOD_PER_S: Final = 200.0

OnText = Callable[[bytes], None]
OnBinary = Callable[[], None]
OnClosed = Callable[[int], None]


class FramedSocket(asyncio.Protocol):
    """One client's connection. Everything happens on the event loop.

    `on_text(payload)` gets each text message (any bytes: decoding JSON checks the UTF-8); `on_closed(code)` is called
    once, when either side begins to close. `write` takes bytes that `framing` made. What a client does not read is kept
    up to MAX_UNSENT_BYTES; then the socket is closed with 1013.
    """

    __slots__ = (
        "__weakref__",
        "_budget",
        "_buffer",
        "_closed",
        "_connections",
        "_deaf",
        "_fragments",
        "_needed",
        "_refilled_at",
        "_timer",
        "alive",
        "guard_floods",
        "missed",
        "on_binary",
        "on_closed",
        "on_text",
        "transport",
    )

    def __init__(self, transport: asyncio.Transport, connections: "set[Any]", *, guard_floods: bool = True) -> None:
        self.transport = transport
        self.on_text: OnText = _ignore
        self.on_binary: OnBinary = _ignore_binary
        self.on_closed: OnClosed = _ignore_code
        self.alive = True
        self.missed = 0
        self.guard_floods = guard_floods
        self._connections = connections
        self._buffer: bytearray | None = None
        self._needed = 0
        self._fragments: bytearray | None = None
        self._budget = FLOOD_BURST
        self._refilled_at = asyncio.get_running_loop().time()
        self._closed = False
        self._deaf = False
        self._timer: asyncio.TimerHandle | None = None
        transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)

    # --- Writing ----------------------------------------------------------------------------------------------------
    def write(self, framed: bytes) -> None:
        """Send frames; nothing happens when the socket is closed or closing."""
        if not self._closed:
            self.transport.write(framed)

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake; the connection is dropped when the client has not answered in 3 s."""
        if self._closed:
            return
        if not self.transport.is_closing():
            self.transport.write(framing.frame_close(code, reason))
        self._begin_close(code)
        self._timer = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self.transport.abort)

    def abort(self) -> None:
        """Drop the connection at once."""
        self.transport.abort()

    def shutdown(self) -> None:
        """Called by the server when it stops: the gateway is restarting."""
        self.close(framing.RESTARTING, "restarting")

    def beat(self) -> None:
        """One heartbeat: ping, or close with 4408 when two pings in a row have met silence."""
        if self.alive:
            self.alive = False
            self.missed = 0
        else:
            self.missed += 1
            if self.missed >= 2:
                self.close(framing.HEARTBEAT_MISSED, "heartbeat missed")
                return
        self.write(framing.PING_FRAME)

    def unsent_bytes(self) -> int:
        """How much waits for the client to read."""
        return self.transport.get_write_buffer_size()

    def is_closed(self) -> bool:
        """Whether closing has begun."""
        return self._closed

    # --- asyncio.Protocol -------------------------------------------------------------------------------------------
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._connections.discard(self)
        if not self._closed:
            self._begin_close(1006)
        self._buffer = self._fragments = None

    def pause_writing(self) -> None:
        """More than MAX_UNSENT_BYTES wait for a client that does not read."""
        counters.slow_sockets += 1
        self.close(framing.TOO_SLOW, "reads too slowly")

    def resume_writing(self) -> None:
        """Nothing waits for this: a slow socket is being closed."""

    def eof_received(self) -> None:
        """The client has gone; returning None lets the transport close."""

    def data_received(self, data: bytes) -> None:
        self.alive = True
        if self._deaf:
            return
        if self._buffer is not None:
            self._buffer += data
            if len(self._buffer) < self._needed:
                return
            data = bytes(self._buffer)
            self._buffer = None
        at = self._parse(data)
        if at < len(data) and not self._deaf:
            self._buffer = bytearray(data[at:])

    # --- Frames -----------------------------------------------------------------------------------------------------
    def _parse(self, data: bytes) -> int:
        """Handle the complete frames in `data`; where the first incomplete one begins."""
        at, size = 0, len(data)
        while size - at >= 2:
            first, length = data[at], data[at + 1]
            if length < 128:
                self._fail(framing.PROTOCOL_ERROR, "frames must be masked")
                break
            start = at + 6
            length -= 128
            if length > 125:
                start += 2 if length == 126 else 8
                if size < start:
                    self._needed = start - at
                    break
                length = int.from_bytes(data[at + 2 : start - 4], "big")
                if length > MAX_FRAME_BYTES:
                    self._fail(framing.TOO_BIG, "frame too large")
                    break
            end = start + length
            if end > size:
                self._needed = end - at
                break
            payload = apply_mask(data[start:end], data[start - 4 : start])
            at = end
            self._spend()
            if first == 0x81 and self._fragments is None:
                if not self._closed:
                    self.on_text(payload)
            else:
                self._handle(first, payload)
            if self._deaf:
                break
        else:
            self._needed = 2
        return at

    def _handle(self, first: int, payload: bytes) -> None:
        """Any frame but a whole text message."""
        opcode, is_final = first & 0x0F, first >= 0x80
        if first & 0x70 or (opcode >= framing.CLOSE and (not is_final or len(payload) > 125)):
            self._fail(framing.PROTOCOL_ERROR, "malformed frame")
        elif opcode in (framing.TEXT, framing.BINARY, framing.CONTINUATION):
            self._collect(opcode, is_final, payload)
        elif opcode == framing.PING:
            self.write(framing.frame(framing.PONG, payload))
        elif opcode == framing.CLOSE:
            self._answer_close(payload)
        elif opcode != framing.PONG:
            self._fail(framing.PROTOCOL_ERROR, "unknown opcode")

    def _collect(self, opcode: int, is_final: bool, payload: bytes) -> None:
        """Fragments gather behind a first byte that is their opcode."""
        if (opcode == framing.CONTINUATION) != (self._fragments is not None):
            self._fail(framing.PROTOCOL_ERROR, "fragments out of order")
            return
        fragments = self._fragments = self._fragments or bytearray([opcode])
        fragments += payload
        if len(fragments) - 1 > MAX_FRAME_BYTES:
            self._fail(framing.TOO_BIG, "message too large")
        elif is_final:
            self._fragments = None
            if self._closed:
                return
            if fragments[0] == framing.TEXT:
                self.on_text(bytes(fragments[1:]))
            else:
                self.on_binary()

    def _answer_close(self, payload: bytes) -> None:
        if not framing.is_valid_close(payload):
            self._fail(framing.PROTOCOL_ERROR, "malformed close")
            return
        self._deaf = True
        if not self._closed:
            self.transport.write(framing.frame(framing.CLOSE, payload))
            self._begin_close(int.from_bytes(payload[:2], "big") if payload else 1005)
        self.transport.close()

    def _spend(self) -> None:
        """Every frame takes from the socket's budget, which refills with time; without any left, 4429."""
        self._budget -= 1
        if self._budget < 0:
            now = asyncio.get_running_loop().time()
            self._budget = min(FLOOD_BURST, int((now - self._refilled_at) * FLOOD_PER_S))
            self._refilled_at = now
            if self._budget < 1 and self.guard_floods:
                self._fail(framing.FLOODING, "flooding")

    def _fail(self, code: int, reason: str) -> None:
        """Close, and read nothing more: the client may be in the middle of anything."""
        self.close(code, reason)
        self._deaf = True
        self._buffer = self._fragments = None

    def _begin_close(self, code: int) -> None:
        self._closed = True
        on_closed = self.on_closed
        self.on_text, self.on_binary, self.on_closed = _ignore, _ignore_binary, _ignore_code
        on_closed(code)


def _ignore(_payload: bytes) -> None:
    """What a closing socket still receives."""


def _ignore_binary() -> None:
    """What a closing socket still receives."""


def _ignore_code(_code: int) -> None:
    """A socket that nobody listens to."""
