"""What a bridge shows in /metrics, by its name."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.bridges.lanes import Lane
from core.metrics import registry

_NOTE_EVERY_S: Final = 1.0
_GAUGES: Final = {
    "lag": "Records of the task topic that are not done yet, over this process's partitions",
    "in_flight": "Batches in Celery's hands",
}
_COUNTERS: Final = {
    "batches": "Batches that are done",
    "handed_out_again": "Batches handed out once more: lost, late, or asked to wait",
    "set_aside": "Records that became dead letters",
}


@dataclass(slots=True)
class Stats:
    """The figures of one bridge. The gauges are as of at most a second ago."""

    lag: int = 0
    in_flight: int = 0
    batches: int = 0
    handed_out_again: int = 0
    set_aside: int = 0
    noted_at: float = 0.0

    @classmethod
    def of(cls, name: str) -> "Stats":
        """New figures, shown under this name."""
        stats = _bridges[name] = cls()
        return stats

    def note(self, lanes: Iterable[Lane], unread: int) -> None:
        """Takes the gauges' readings."""
        self.lag = unread
        self.in_flight = 0
        for lane in lanes:
            self.lag += len(lane)
            self.in_flight += lane.flight is not None
        self.noted_at = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Whether the readings are a second old."""
        return time.monotonic() - self.noted_at >= _NOTE_EVERY_S


_bridges: dict[str, Stats] = {}


class BridgesCollector(Collector):
    """The figures of all bridges of this process."""

    def collect(self) -> Iterator[Metric]:
        for name, text in _GAUGES.items():
            gauge = GaugeMetricFamily(f"gochat_bridge_{name}", text, labels=["bridge"])
            for bridge, stats in list(_bridges.items()):
                gauge.add_metric([bridge], getattr(stats, name))
            yield gauge
        for name, text in _COUNTERS.items():
            counter = CounterMetricFamily(f"gochat_bridge_{name}", text, labels=["bridge"])
            for bridge, stats in list(_bridges.items()):
                counter.add_metric([bridge], getattr(stats, name))
            yield counter


registry.register(BridgesCollector())
