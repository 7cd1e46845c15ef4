"""What a measurement is told as: a table for people, JSON for tools, a plot of the latencies."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measuring import Measurement
from bench.plot import Curve, draw_curves

REFERENCE = "reference"
DASHED = (REFERENCE, "paging")
PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one contestant."""

    workload: str
    contestant: str
    measurement: Measurement

    @property
    def cpu_us(self) -> float:
        """CPU microseconds for each event, all processes but the driver."""
        return sum(us for name, us in self.measurement.cpu_us_per_event().items() if name != "driver")


@dataclass(slots=True)
class Report:
    """Everything that one `make bench` measured. `idle` has percent of a core; `socket_kib` is by number of sockets."""

    rows: list[Row] = field(default_factory=list)
    idle: dict[str, float] = field(default_factory=dict)
    socket_kib: dict[int, float] = field(default_factory=dict)
    load_average: tuple[float, float, float] = field(default_factory=os.getloadavg)

    def find(self, workload: str, contestant: str) -> Row | None:
        """The run, if it was made."""
        return next((row for row in self.rows if (row.workload, row.contestant) == (workload, contestant)), None)

    def ratio(self, workload: str) -> float | None:
        """Product to reference, CPU for each delivery, all processes but the driver; None where one was not
        measured."""
        product, reference = self.find(workload, PRODUCT), self.find(workload, REFERENCE)
        if product is None or reference is None or not reference.cpu_us:
            return None
        return product.cpu_us / reference.cpu_us

    @property
    def problems(self) -> list[str]:
        """Where a promise was not kept while it was measured."""
        return [f"{row.contestant}, {row.workload}: {text}" for row in self.rows for text in row.measurement.problems]


def render(report: Report) -> str:
    """The report as text."""
    lines = [f"load average at the start {report.load_average[0]:.2f}, {os.cpu_count()} cores", ""]
    for workload in dict.fromkeys(row.workload for row in report.rows):
        lines += [workload, *_describe(report, workload), ""]
    if report.idle:
        shares = ", ".join(f"{name} {share:.2f}" for name, share in _largest_first(report.idle))
        lines += [f"Idle product: {sum(report.idle.values()):.2f} % of a core ({shares})"]
    lines += [f"Idle sockets: {kib:.1f} KiB each for {count:,}" for count, kib in report.socket_kib.items()]
    lines += ["", *(f"PROBLEM: {problem}" for problem in report.problems)]
    return "\n".join(lines).rstrip()


def save(report: Report, directory: Path) -> Path:
    """Write latest.json, a dated copy and latency.svg; return the dated file's path."""
    directory.mkdir(parents=True, exist_ok=True)
    encoded = json.dumps(_to_json(report), indent=1)
    path = directory / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    for target in (path, directory / "latest.json"):
        target.write_text(encoded)
    curves = [
        Curve(f"{row.workload} ({row.contestant})", row.measurement.latency_ms, row.contestant in DASHED)
        for row in report.rows
    ]
    (directory / "latency.svg").write_text(draw_curves("Time from sending to arrival", curves))
    return path


def _describe(report: Report, workload: str) -> list[str]:
    lines = []
    for row in report.rows:
        if row.workload != workload:
            continue
        latency = row.measurement.latency_ms
        figures = ", ".join(_tell(name, value) for name, value in row.measurement.figures.items())
        times = f"p50 {latency.get('p50', 0):.2f} ms, p99 {latency.get('p99', 0):.2f} ms"
        lines += [f"  {row.contestant:<9}  {figures.replace(' per s', '/s')}; {times}"]
        lines += [
            f"             CPU us for each {row.measurement.unit}: {row.cpu_us:,.1f} ({_split_cpu(row.measurement)})"
        ]
    ratio = report.ratio(workload)
    if ratio is not None:
        lines += [f"  product to reference, CPU for each delivery: {ratio:.2f}"]
    return lines


def _tell(name: str, value: float) -> str:
    return (
        f"{value:,.1f} {name.replace('_', ' ')}" if name.startswith("ms_") else f"{value:,.0f} {name.replace('_', ' ')}"
    )


def _split_cpu(measurement: Measurement) -> str:
    used = {name: us for name, us in measurement.cpu_us_per_event().items() if us >= 0.05}
    return ", ".join(f"{name} {us:.1f}" for name, us in _largest_first(used))


def _largest_first(values: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return sorted(values.items(), key=lambda item: -item[1])


def _to_json(report: Report) -> dict[str, Any]:
    workloads = dict.fromkeys(row.workload for row in report.rows)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "load_average": report.load_average, "python": platform.python_version()},
        "runs": [
            {
                "workload": row.workload,
                "contestant": row.contestant,
                "cpu_us_per_delivery": row.cpu_us,
                "cpu_us_by_process": row.measurement.cpu_us_per_event(),
                **asdict(row.measurement),
            }
            for row in report.rows
        ],
        "ratios": {workload: report.ratio(workload) for workload in workloads},
        "idle_percent_of_a_core": report.idle,
        "idle_socket_kib": report.socket_kib,
    }
