"""Figures of all processes together, for the dashboard: kept in Redis for an hour or two, never what anything rests on.

Each process tells what it has counted every few seconds, from a thread of its own: nothing is paid for a message.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from django.conf import settings

from core.redis import Redis, best_effort

EVERY_S: Final = 5.0
FRESH_S: Final = 20.0
_KEPT_S: Final = 2 * 3600


class Pulse:
    """Tells the `counts` of a process (they only grow) by the minute, and its `gauges` as they are now.

    A gauge whose process has ended is forgotten after FRESH_S.
    """

    def __init__(
        self, process: str, *, counts: Mapping[str, Callable[[], int]], gauges: Mapping[str, Callable[[], float]]
    ) -> None:
        self._process = process
        self._counts = counts
        self._gauges = gauges
        self._told = {name: read() for name, read in counts.items()}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="pulse", daemon=True)

    def start(self) -> "Pulse":
        """Begins to tell; itself."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Tells no more."""
        self._stopping.set()

    def tell(self) -> None:
        """Tells once. What Redis does not take is told with the next."""
        now = {name: read() for name, read in self._counts.items()}
        minute = int(time.time()) // 60
        if best_effort(lambda client: self._write(client, now, minute)):
            self._told = now

    def _write(self, client: Redis, now: Mapping[str, int], minute: int) -> bool:
        pipeline = client.pipeline(transaction=True)
        for name, value in now.items():
            if value != self._told[name]:
                pipeline.incrby(_count_key(name, minute), value - self._told[name])
                pipeline.expire(_count_key(name, minute), _KEPT_S)
        for name, read in self._gauges.items():
            pipeline.hset(_gauge_key(name), self._process, f"{read():.0f} {time.time():.0f}")
            pipeline.expire(_gauge_key(name), _KEPT_S)
        pipeline.execute()
        return True

    def _beat(self) -> None:
        while not self._stopping.wait(EVERY_S):
            self.tell()


def read_counts(name: str, minutes: int) -> list[int] | None:
    """What all processes together counted in each of the last whole minutes, the newest last; None without Redis."""
    this = int(time.time()) // 60
    keys = [_count_key(name, minute) for minute in range(this - minutes, this)]
    found = best_effort(lambda client: client.mget(keys))
    return None if found is None else [int(value or 0) for value in _as_list(found)]


def read_gauge(name: str) -> int | None:
    """The sum over the processes that have told it lately; None where none has, or without Redis."""
    found = best_effort(lambda client: client.hgetall(_gauge_key(name)))
    values = [value.decode().split() for value in _as_mapping(found or {}).values()]
    fresh = [int(number) for number, told_at in values if time.time() - int(told_at) < FRESH_S]
    return sum(fresh) if fresh else None


def _as_list(answer: object) -> Sequence[bytes | None]:
    """The client's types are for both kinds, waiting and not."""
    return answer if isinstance(answer, list) else []


def _as_mapping(answer: object) -> Mapping[bytes, bytes]:
    return answer if isinstance(answer, dict) else {}


def _count_key(name: str, minute: int) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}pulse:{name}:{minute}"


def _gauge_key(name: str) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}pulse:{name}"
