"""Counts of what happens too often, or in too busy a place, for a write each: kept in memory, written seconds later."""

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import ClassVar, Final, Generic, TypeVar

from django.db import connections

from core.logs import get_logger

WRITTEN_AFTER_S: Final = 5.0
K = TypeVar("K", bound=Hashable)
log = get_logger(__name__)


class Tally(Generic[K]):
    """Counts by key, handed to `write` WRITTEN_AFTER_S after the first of them, in a thread of its own.

    Nothing waits for it, so `add` suits an event loop. What `write` does not take (it raises) is handed over with the
    next. A process that dies takes the last seconds with it: for figures, not for what anything rests on. With
    `writes_later` off, which is for tests, counts wait for `flush`.
    """

    writes_later: ClassVar = True

    def __init__(self, name: str, write: Callable[[Mapping[K, int]], None]) -> None:
        self._name = name
        self._write = write
        self._lock = threading.Lock()
        self._counts: Counter[K] = Counter()
        self._is_due = False

    def add(self, keys: Iterable[K]) -> None:
        """One more of each."""
        with self._lock:
            self._counts.update(keys)
            self._plan()

    def flush(self) -> None:
        """Hands over what has been counted. Raises what `write` raises; the counts are kept then."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        try:
            if counts:
                self._write(counts)
        except BaseException:
            with self._lock:
                self._counts.update(counts)
            raise

    def forget(self) -> None:
        """Starts at nothing, in this process."""
        with self._lock:
            self._counts.clear()

    def _plan(self) -> None:
        """Under the lock: one thread at a time, and none while there is nothing to write."""
        if not self.writes_later or self._is_due or not self._counts:
            return
        timer = threading.Timer(WRITTEN_AFTER_S, self._flush_later)
        timer.daemon = True
        timer.start()
        self._is_due = True

    def _flush_later(self) -> None:
        try:
            self.flush()
        except Exception:
            log.exception("counts could not be written; trying again", tally=self._name)
        finally:
            connections.close_all()
            with self._lock:
                self._is_due = False
                self._plan()
