"""clamd over TCP: every byte of an upload goes by it before the file is ready, where CLAMAV_ADDRESS names one.

The protocol is clamd's INSTREAM (clamd(8)): the command, then pieces that each say their length, an empty one at the
end, and one line back.
"""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

from django.conf import settings

from core.errors import DomainError, ErrorCode
from core.logs import get_logger

_CONNECT_TIMEOUT_S: Final = 3.0
_ANSWER_TIMEOUT_S: Final = 120.0
_MAX_ANSWER: Final = 4096
log = get_logger(__name__)


class InfectedError(Exception):
    """clamd knows what this is; or the file is larger than it will look at."""


class Scan:
    """One file on its way through clamd. As a context manager: `feed` it, then `finish`."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        with _translated():
            self._socket = socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_TIMEOUT_S)
            self._socket.settimeout(_ANSWER_TIMEOUT_S)
            self._socket.sendall(b"zINSTREAM\0")

    def __enter__(self) -> "Scan":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._socket.close()

    def feed(self, piece: bytes) -> None:
        """The next bytes. Raises UNAVAILABLE, and InfectedError where clamd has seen as much as it takes."""
        if not piece:
            return
        try:
            self._socket.sendall(struct.pack(">I", len(piece)) + piece)
        except ConnectionError as exc:
            # It answers and hangs up in the middle when the stream grows beyond its StreamMaxLength.
            self._judge(exc)

    def finish(self) -> None:
        """That was all. Raises InfectedError, UNAVAILABLE."""
        with _translated():
            self._socket.sendall(struct.pack(">I", 0))
        self._judge(None)

    def _judge(self, cause: OSError | None) -> None:
        with _translated():
            answer = self._read_answer()
        if answer.endswith("FOUND") or "size limit exceeded" in answer:
            raise InfectedError(answer)
        if cause is not None or not answer.endswith("OK"):
            log.error("clamd did not look into a file", answer=answer, error=repr(cause))
            raise DomainError(ErrorCode.UNAVAILABLE)

    def _read_answer(self) -> str:
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < _MAX_ANSWER:
            piece = self._socket.recv(_MAX_ANSWER)
            if not piece:
                break
            answer += piece
        return answer.rstrip(b"\0\n").decode(errors="replace").strip()


def open_scan() -> Scan | None:
    """A scan, None where no clamd is set up. Raises UNAVAILABLE: a file that nobody could look into is not let in."""
    return Scan(settings.CLAMAV_ADDRESS) if settings.CLAMAV_ADDRESS else None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as exc:
        log.warning("clamd cannot be reached", error=repr(exc))
        raise DomainError(ErrorCode.UNAVAILABLE) from exc
