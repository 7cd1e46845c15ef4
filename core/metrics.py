"""Prometheus metrics of the process: plain integers that cost nothing to count, read by a collector when asked."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

registry = CollectorRegistry()

_HELP = {
    "sockets_opened": "Sockets that became ready",
    "sockets_closed": "Ready sockets that ended",
    "slow_sockets": "Sockets closed with 1013 because their client did not read",
    "frames_in": "Text frames from clients",
    "frames_out": "Text frames written to sockets",
    "writes_out": "Socket writes; one may carry several frames",
    "commands": "Durable commands produced to upstream",
    "upstream_records": "Upstream records produced; one may carry several commands",
    "upstream_failures": "Upstream records that Kafka did not take",
    "downstream_records": "Downstream records read",
    "downstream_batches": "Batches of downstream records handed to the event loop",
    "downstream_gaps": "Times that the downstream may have missed records",
    "resyncs": "Times that sockets were told to resync",
    "error_frames": "Error frames sent to clients",
    "moments_in": "Channel-layer messages read",
    "moments_lost": "Channel-layer messages that could not be sent",
    "presence_failures": "Presence writes that Redis did not take",
    "upstream_commands_handled": "Commands that the logic worker has handled",
    "upstream_batches_handled": "Batches that the logic worker has committed",
    "messages_stored": "Messages that the logic worker has committed",
}


class Counters:
    """Counts of this process, raised in place: `counters.frames_in += 1`."""

    __slots__ = tuple(_HELP)

    sockets_opened: int
    sockets_closed: int
    slow_sockets: int
    frames_in: int
    frames_out: int
    writes_out: int
    commands: int
    upstream_records: int
    upstream_failures: int
    downstream_records: int
    downstream_batches: int
    downstream_gaps: int
    resyncs: int
    error_frames: int
    moments_in: int
    moments_lost: int
    presence_failures: int
    upstream_commands_handled: int
    upstream_batches_handled: int
    messages_stored: int

    def __init__(self) -> None:
        for name in _HELP:
            setattr(self, name, 0)


counters = Counters()
_gauges: dict[str, tuple[str, Callable[[], float]]] = {}

upstream_to_ack = Histogram(
    "gochat_upstream_to_ack_seconds",
    "From a command's arrival at the gateway to its answer there (sampled: one at a time per socket)",
    buckets=(0.002, 0.004, 0.006, 0.008, 0.012, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24),
    registry=registry,
)
batch_size = Histogram(
    "gochat_upstream_batch_commands",
    "Commands in one transaction of the logic worker",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    registry=registry,
)


class _CountersCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        for name, text in _HELP.items():
            yield CounterMetricFamily(f"gochat_{name}", text, value=getattr(counters, name))
        for name, (text, read) in list(_gauges.items()):
            yield GaugeMetricFamily(f"gochat_{name}", text, value=read())


registry.register(_CountersCollector())
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)


def add_gauge(name: str, text: str, read: Callable[[], float]) -> None:
    """Show `gochat_{name}`, read when somebody asks (from any thread); a second one of that name replaces the first."""
    _gauges[name] = (text, read)


def render() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(registry)


def serve_metrics(port: int, host: str = "127.0.0.1") -> None:
    """Serve the metrics of a process without an HTTP server of its own, from a daemon thread."""
    start_http_server(port, addr=host, registry=registry)
