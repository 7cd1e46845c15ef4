"""CPU time and memory of the processes under test, whole families at once."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Processes:
    """Named root processes; what they have started counts with them."""

    pids: Mapping[str, int]

    def read_cpu_s(self) -> dict[str, float]:
        """CPU seconds so far, user and system, by name. A child that ended counts with the parent that waited for
        it."""
        return {name: _family_cpu_s(pid) for name, pid in self.pids.items()}

    def read_rss_kib(self, name: str) -> float:
        """Resident memory of one process, without its children."""
        return float(psutil.Process(self.pids[name]).memory_info().rss) / 1024

    def has(self, name: str) -> bool:
        """Whether there is a process of that name."""
        return name in self.pids


def read_pid_files(run_dir: Path) -> Processes:
    """The live processes whose ids are in `run_dir`/NAME.pid."""
    pids: dict[str, int] = {}
    for path in sorted(run_dir.glob("*.pid")):
        with contextlib.suppress(ValueError):
            pid = int(path.read_text())
            if psutil.pid_exists(pid):
                pids[path.stem] = pid
    return Processes(pids)


def subtract(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    """What was used between two readings; a process that was started anew in between counts from its start."""
    return {name: value - before.get(name, 0.0) for name, value in after.items() if value >= before.get(name, 0.0)}


def _family_cpu_s(pid: int) -> float:
    try:
        root = psutil.Process(pid)
        own = root.cpu_times()
        family = root.children(recursive=True)
    except psutil.Error:
        return 0.0
    total = float(own.user + own.system + own.children_user + own.children_system)
    for child in family:
        with contextlib.suppress(psutil.Error):
            times = child.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
