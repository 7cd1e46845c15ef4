"""One driver process and the CPU time that others use while it measures."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import IO, Any

from bench.processes import Processes, subtract
from bench.product import CHECKOUT, BenchError


@dataclass(slots=True)
class Measurement:
    """A run as the driver saw it, and the CPU seconds of every process during it."""

    seconds: float
    events: int
    figures: dict[str, float]
    latency_ms: dict[str, float]
    problems: list[str]
    unit: str = "delivery"
    cpu_s: dict[str, float] = field(default_factory=dict)

    def cpu_us_per_event(self) -> dict[str, float]:
        """CPU microseconds by process for each event (a delivery, mostly) that was counted."""
        return {name: seconds / max(1, self.events) * 1e6 for name, seconds in self.cpu_s.items()}


class Driver:
    """A driver at work on one server. Its sockets are open from the start; `measure` makes its next run."""

    def __init__(self, job: dict[str, Any], processes: Processes) -> None:
        self._processes = processes
        command = [sys.executable, "-m", "bench.driver"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, text=True)
        self._tell(json.dumps(job))
        self._expect("open")

    def measure(self) -> Measurement:
        """Raises BenchError when the driver fails."""
        self._tell("go")
        self._expect("begin")
        before = self._processes.read_cpu_s()
        self._expect("end")
        after = self._processes.read_cpu_s()
        told = self._expect("result")
        cpu_s = subtract(after, before) | {"driver": told.pop("driver_cpu_s")}
        del told["event"]
        return Measurement(**told, cpu_s=cpu_s)

    def open_more(self) -> None:
        """For idle sockets: open those of the next run."""
        self._tell("go")
        self._expect("open")

    def close(self) -> None:
        """End the driver and with it all its sockets."""
        self._process.kill()
        self._process.wait()

    def _tell(self, line: str) -> None:
        stdin: IO[str] | None = self._process.stdin
        assert stdin is not None
        stdin.write(line + "\n")
        stdin.flush()

    def _expect(self, event: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError("the driver died; its last words are above")
        told: dict[str, Any] = json.loads(line)
        if told["event"] == "failed":
            raise BenchError(told["reason"])
        assert told["event"] == event, told
        return told
