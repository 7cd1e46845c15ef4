"""A bar with an end, for the steps of an installation or a start. Standard library only: it also runs before one."""

import sys
import threading
from typing import TextIO

WIDTH = 24


class Progress:
    """`total` steps; on a terminal one line that grows, elsewhere a line per step. May be used by several threads."""

    def __init__(self, title: str, total: int, *, stream: TextIO | None = None) -> None:
        self._title = title
        self._total = total
        self._done = 0
        self._stream = stream or sys.stdout
        self._lock = threading.Lock()

    def done(self, what: str) -> None:
        """One step is finished: `what` says which."""
        with self._lock:
            self._done += 1
            self._show(what)

    def doing(self, what: str) -> None:
        """A step is under way."""
        with self._lock:
            self._show(what)

    def _show(self, what: str) -> None:
        filled = WIDTH * self._done // self._total
        line = f"{self._title} [{'#' * filled}{'.' * (WIDTH - filled)}] {self._done}/{self._total} {what}"
        if self._stream.isatty():
            ending = "\n" if self._done == self._total else ""
            self._stream.write(f"\r\x1b[K{line}{ending}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()
