"""A bar with an end, for management commands that take a while."""

from typing import Final

from django.core.management.base import OutputWrapper

WIDTH: Final = 24


class Bar:
    """`total` rows; on a terminal one line that grows, elsewhere a line at every tenth."""

    def __init__(self, title: str, total: int, out: OutputWrapper) -> None:
        self._title = title
        self._total = total
        self._out = out
        self._done = 0
        self._shown = -1
        self._show()

    def advance(self, count: int) -> None:
        """So many rows more are done."""
        self._done += count
        self._show()

    def finish(self) -> None:
        """All is done, however many rows that were."""
        self._total = self._done
        self._shown = -1
        self._show()
        if self._out.isatty():
            self._out.write("")

    def _show(self) -> None:
        share = min(1.0, self._done / self._total) if self._total else 1.0
        step = int(share * (100 if self._out.isatty() else 10))
        if step == self._shown:
            return
        self._shown = step
        filled = int(share * WIDTH)
        line = f"{self._title} [{'#' * filled}{'.' * (WIDTH - filled)}] {self._done}/{self._total}"
        if self._out.isatty():
            self._out.write(f"\r\x1b[K{line}", ending="")
            self._out.flush()
        else:
            self._out.write(line)
