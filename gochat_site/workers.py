"""The table of workers that `manage.py run_worker NAME` starts."""

from collections.abc import Callable
from typing import Protocol

from ai_agent.bridges import AGENT_BRIDGE
from core.bridges import Bridge
from messaging.tasks import FANOUT
from messaging.workers import UpstreamWorker
from search.bridges import EMBED, INDEX
from search.lag import show_lag


class Worker(Protocol):
    """What reads a Kafka topic until it is told to stop."""

    def run(self) -> None:
        """Blocks until `stop`."""

    def stop(self) -> None:
        """Asks `run` to finish what it has in hand; safe in a signal handler."""


def _index() -> Worker:
    """The one process whose /metrics says how far search is behind: the figures are the site's, and cost queries."""
    show_lag()
    return Bridge(INDEX)


WORKERS: dict[str, Callable[[], Worker]] = {
    "upstream": UpstreamWorker,
    "fanout": lambda: Bridge(FANOUT),
    "indexing": _index,
    "embedding": lambda: Bridge(EMBED),
    "agent": lambda: Bridge(AGENT_BRIDGE),
}
