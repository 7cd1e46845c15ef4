"""What a run is summed up to."""

import asyncio
import json
import resource
import sys
import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

_LOOK_EVERY_S = 0.05
_CURVE = (0, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100)


@dataclass(slots=True)
class Result:
    """One run. `events` is how many deliveries were counted; latencies are milliseconds at the percentiles named."""

    seconds: float
    events: int
    driver_cpu_s: float
    figures: dict[str, float]
    latency_ms: dict[str, float]
    problems: list[str] = field(default_factory=list)
    unit: str = "delivery"
    """What an event is."""


class Span:
    """The measured stretch of a run. Its ends are told to whoever started the driver, who counts CPU time meanwhile."""

    def __init__(self) -> None:
        self._started = 0.0
        self._cpu = 0.0
        self.seconds = 0.0
        self.cpu_s = 0.0

    def begin(self) -> None:
        """The warm-up is over."""
        tell({"event": "begin"})
        self._started = time.perf_counter()
        self._cpu = own_cpu_s()

    def end(self) -> None:
        """Nothing after this counts."""
        self.seconds = time.perf_counter() - self._started
        self.cpu_s = own_cpu_s() - self._cpu
        tell({"event": "end"})


def summarise(
    span: Span, events: int, latencies_ns: "array[int]", figures: dict[str, float], problems: list[str]
) -> Result:
    """The run's result; without any latency there is no curve, and that is a problem."""
    ordered = sorted(latencies_ns)
    if not ordered:
        problems.append("nothing was delivered while it was measured")
    curve = {
        f"p{percent:g}": ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] / 1e6
        for percent in _CURVE
        if ordered
    }
    return Result(span.seconds, events, span.cpu_s, figures, curve, problems[:10])


def percentile_ms(latencies_ns: "array[int]", percent: float) -> float:
    """Milliseconds at a percentile of at least one latency."""
    ordered = sorted(latencies_ns)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] / 1e6


async def wait_until(condition: Callable[[], bool], timeout_s: float) -> None:
    """Return when `condition` holds, or after `timeout_s`."""
    for _ in range(int(timeout_s / _LOOK_EVERY_S)):
        if condition():
            return
        await asyncio.sleep(_LOOK_EVERY_S)


def own_cpu_s() -> float:
    """CPU seconds, user and system, of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def tell(message: dict[str, object]) -> None:
    """One JSON object on a line of standard output."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()
