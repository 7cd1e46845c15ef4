"""`python -m bench --stacks postgres/1,mariadb/3`: W1 and W2 on one set of real servers after the other.

Each stack is the product of `make run STACK=...`, started for its runs and stopped after them. The runs are the
product's own; the reference, which stands on PostgreSQL and one broker alone, has no part in it.
"""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from bench.measuring import Measurement
from bench.plot import Curve, draw_curves
from bench.product import BenchError, is_ready, running_product
from bench.report import Report, Row
from bench.workloads import Session

# Whose CPU time a message's way takes: gateways, logic workers and what they ask. Everything else indexes or sweeps.
MESSAGE_PATH = ("gateway", "upstream", "kafka", "postgres", "mariadb", "redis")


def measure_stacks(options: argparse.Namespace, report: Report) -> None:
    """Add the runs of every stack in `options.stacks` to the report. Raises BenchError."""
    if is_ready(options.url):
        raise BenchError(f"a product is running at {options.url}: stop it, every stack starts its own")
    options.only = [kind for kind in options.only if kind in {"w1", "w2"}]
    options.no_reference = True
    for stack in options.stacks:
        print(f"{stack}:", flush=True)
        with running_product(options.url, {"STACK": stack}) as processes:
            measured = Report()
            Session(options, processes, measured).measure_loads()
        report.rows += [Row(row.workload, stack, row.measurement) for row in measured.rows]


def render_stacks(report: Report) -> str:
    """A table in Markdown: a line for each stack and workload, CPU in microseconds by server for each delivery."""
    lines = [
        f"load average at the start {report.load_average[0]:.1f}, {os.cpu_count()} cores; CPU us for each delivery",
        "",
        "| stack | run | a second | p50 / p99 ms | CPU, message path | of it | all processes |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {' | '.join(_cells(row))} |" for row in sorted(report.rows, key=lambda row: row.workload)]
    return "\n".join([*lines, "", *(f"PROBLEM: {problem}" for problem in report.problems)]).rstrip()


def save_stacks(report: Report, directory: Path) -> Path:
    """Write stacks.md, and for each workload stacks-N.svg with the latencies of all stacks; return the table's path."""
    path = directory / "stacks.md"
    path.write_text(render_stacks(report) + "\n")
    for number, workload in enumerate(sorted({row.workload for row in report.rows}), start=1):
        rows = [row for row in report.rows if row.workload == workload]
        curves = [
            Curve(row.contestant, row.measurement.latency_ms, row.contestant.startswith("mariadb")) for row in rows
        ]
        (directory / f"stacks-{number}.svg").write_text(draw_curves(workload, curves))
    return path


def _cells(row: Row) -> list[str]:
    measurement = row.measurement
    shares = _by_server(measurement)
    latency = measurement.latency_ms
    return [
        row.contestant,
        row.workload,
        f"{measurement.events / measurement.seconds:,.0f}",
        f"{latency.get('p50', 0):.1f} / {latency.get('p99', 0):.1f}",
        f"{sum(shares.values()):,.1f}",
        ", ".join(f"{name} {us:,.1f}" for name, us in sorted(shares.items(), key=lambda share: -share[1])),
        f"{row.cpu_us:,.1f}",
    ]


def _by_server(measurement: Measurement) -> Mapping[str, float]:
    """CPU microseconds by kind of process on the message path: `kafka-1` and `kafka-2` are both `kafka`."""
    shares: dict[str, float] = {}
    for name, us in measurement.cpu_us_per_event().items():
        kind = name.rstrip("0123456789").rstrip("-")
        if kind in MESSAGE_PATH:
            shares[kind] = shares.get(kind, 0.0) + us
    return shares
