"""The table of workers that `manage.py run_worker NAME` starts."""

from collections.abc import Callable
from typing import Protocol

from core.bridges import Bridge
from messaging.tasks import FANOUT
from messaging.workers import UpstreamWorker
from search.bridges import EMBED, INDEX


class Worker(Protocol):
    """What reads a Kafka topic until it is told to stop."""

    def run(self) -> None:
        """Blocks until `stop`."""

    def stop(self) -> None:
        """Asks `run` to finish what it has in hand; safe in a signal handler."""


WORKERS: dict[str, Callable[[], Worker]] = {
    "upstream": UpstreamWorker,
    "fanout": lambda: Bridge(FANOUT),
    "indexing": lambda: Bridge(INDEX),
    "embedding": lambda: Bridge(EMBED),
}
