"""Which records of a partition are in a bridge's hands, and up to where all of them are done."""

from collections import deque


class Offsets:
    """The open records of one partition. They may be done in any order; only what has nothing open before it may be
    committed, so a crash repeats some and loses none."""

    def __init__(self) -> None:
        self._open: deque[int] = deque()
        self._done: set[int] = set()

    def open(self, offset: int) -> None:
        """A record was read; offsets rise."""
        self._open.append(offset)

    def close(self, offset: int) -> int | None:
        """A record is done. The offset to commit, where that has moved it."""
        self._done.add(offset)
        last = None
        while self._open and self._open[0] in self._done:
            last = self._open.popleft()
            self._done.remove(last)
        return None if last is None else last + 1
