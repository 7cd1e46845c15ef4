"""WebSocket frames as bytes (RFC 6455, section 5): what the server writes, encoded once for all who get it."""

from collections.abc import Iterator
from typing import Final

TEXT: Final = 0x1
BINARY: Final = 0x2
CONTINUATION: Final = 0x0
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

PING_FRAME: Final = bytes([0x80 | PING, 0])

NORMAL: Final = 1000
PROTOCOL_ERROR: Final = 1002
INVALID_DATA: Final = 1007
TOO_BIG: Final = 1009
RESTARTING: Final = 1012
TOO_SLOW: Final = 1013
UNAUTHENTICATED: Final = 4401
SESSION_ENDED: Final = 4403
HEARTBEAT_MISSED: Final = 4408
FLOODING: Final = 4429


def frame(opcode: int, payload: bytes) -> bytes:
    """One final, unmasked frame."""
    length = len(payload)
    if length < 126:
        return bytes((0x80 | opcode, length)) + payload
    if length < 65536:
        return bytes((0x80 | opcode, 126)) + length.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + length.to_bytes(8, "big") + payload


def frame_text(payload: bytes) -> bytes:
    """A server's text frame: header and UTF-8 payload. The same bytes go to every recipient."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 65536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


def frame_close(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to the 123 bytes that a control frame has room for."""
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return frame(CLOSE, code.to_bytes(2, "big") + text)


def split_frames(framed: bytes) -> Iterator[bytes]:
    """The payloads of a run of text frames that `frame_text` made, for servers that frame by themselves."""
    at = 0
    while at < len(framed):
        length = framed[at + 1]
        at += 2
        if length >= 126:
            width = 2 if length == 126 else 8
            length = int.from_bytes(framed[at : at + width], "big")
            at += width
        yield framed[at : at + length]
        at += length


def is_valid_close(payload: bytes) -> bool:
    """Whether a close frame's payload is one that a client may send (RFC 6455, sections 5.5.1 and 7.4)."""
    if not payload:
        return True
    if len(payload) < 2:
        return False
    code = int.from_bytes(payload[:2], "big")
    if not ((1000 <= code <= 1014 and code not in {1004, 1005, 1006}) or 3000 <= code <= 4999):
        return False
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return False
    return True
