"""Values that every process keeps in memory and that follow the database: what is asked for with every message.

One thread a process looks every second whether a value's version in Redis has moved, and reads it again when it has;
also every MAX_AGE_S, so that a lost version (or no Redis at all) delays a change but never hides it.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import ClassVar, Final, Generic, TypeVar

from django.conf import settings
from django.db import connections, transaction

from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from core.redis import Redis, best_effort

POLL_S: Final = 1.0
MAX_AGE_S: Final = 30.0
_FIRST_WAIT_S: Final = 5.0
T = TypeVar("T")
log = get_logger(__name__)


class Watched(Generic[T]):
    """A value by `load`, which reads the database (and runs in the watching thread).

    Whoever changes the rows behind it calls `note_change` in the same transaction. With `follows` off, which is for
    tests, a value is read once and then left as it is.
    """

    follows: ClassVar = True

    def __init__(self, name: str, load: Callable[[], T], *, max_age_s: float = MAX_AGE_S) -> None:
        self._name = name
        self._load = load
        self._max_age_s = max_age_s
        self._forget()
        # Asked for with every message, and a process's own id is a system call.
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()  # a fork may have copied it while it was held
        self._is_watching = False
        self._value: T | None = None
        self._loaded = threading.Event()
        self._version: bytes | None = None
        self._read_at = 0.0

    def get(self) -> T:
        """The value, without a query. The first call in a process waits for it; raises UNAVAILABLE where it cannot be
        read. For threads."""
        self._watch()
        if not self._loaded.wait(_FIRST_WAIT_S):
            raise DomainError(ErrorCode.UNAVAILABLE)
        return self._value  # type: ignore[return-value] # it is set before the event

    def peek(self) -> T | None:
        """The value, or None before it has been read: never waits, so it suits an event loop."""
        self._watch()
        return self._value if self._loaded.is_set() else None

    def note_change(self) -> None:
        """Once this transaction has committed, have every process read the value again (within about a second)."""
        transaction.on_commit(self._raise_version)

    def reload(self) -> T:
        """Read the value now, in this thread, inside its transaction."""
        value = self._load()
        self._value, self._read_at = value, time.monotonic()
        self._loaded.set()
        return value

    def refresh(self) -> None:
        """Read the value again if its version has moved or it is too old. Called by the watching thread."""
        version = best_effort(self._read_version)
        is_old = time.monotonic() - self._read_at > self._max_age_s
        if self._loaded.is_set() and not is_old and (version is None or version == self._version):
            return
        try:
            self.reload()
            self._version = version
        finally:
            connections.close_all()

    def _watch(self) -> None:
        """See to it that this process watches the value: a forked one has lost its parent's thread."""
        if self._is_watching:
            return
        with self._lock:
            if not self._is_watching:
                self._is_watching = True
                threading.Thread(target=self._follow, name=f"watched-{self._name}", daemon=True).start()

    def _follow(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception:
                log.exception("a watched value could not be read", value=self._name)
            if self._loaded.is_set() and not self.follows:
                return
            time.sleep(POLL_S)

    def _key(self) -> str:
        return f"{settings.KAFKA_TOPIC_PREFIX}watched:{self._name}"

    def _read_version(self, client: Redis) -> bytes:
        return client.get(self._key()) or b"0"  # type: ignore[return-value] # the client's types are for both kinds

    def _raise_version(self) -> None:
        best_effort(lambda client: client.incr(self._key()))
