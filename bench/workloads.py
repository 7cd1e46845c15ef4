"""The measured workloads, in an order that lets the product and the reference take turns."""

import argparse
import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.measuring import Driver
from bench.processes import Processes, subtract
from bench.product import Load, read_addresses, seed_load, settle_database
from bench.reference.running import running_reference
from bench.report import PRODUCT, REFERENCE, Report, Row

PAIRS = 50
GROUP_SIZE = 500
WINDOW = 8
RATE_PER_S = 200
_SHORT_WARM_UP_S = 3.0
_IDLE_S = 15.0
_SETTLE_S = 5.0
_WARM_SOCKETS = 50
_GATEWAY = "gateway-1"


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server under load. The reference takes a user's id for a token."""

    name: str
    url: str
    processes: Processes
    tokens: dict[str, str]


class Session:
    """One `make bench`."""

    def __init__(self, options: argparse.Namespace, processes: Processes, report: Report) -> None:
        self._options = options
        self._processes = processes
        self._report = report
        self._load = self._seed()

    def measure_idle(self) -> None:
        """What the product costs when nobody does anything, and the memory of sockets that do nothing."""
        print(f"idle: {_IDLE_S:.0f} s without load, then {self._options.sockets} idle sockets ...", flush=True)
        time.sleep(_SETTLE_S)
        before = self._processes.read_cpu_s()
        time.sleep(_IDLE_S)
        used = subtract(self._processes.read_cpu_s(), before)
        self._report.idle = {name: seconds / _IDLE_S * 100 for name, seconds in used.items()}
        if self._processes.has(_GATEWAY):
            self._measure_sockets()

    def measure_loads(self) -> None:
        """W1 and W2, the reference after the product in each."""
        kinds = [kind for kind in ("w1", "w2") if kind in self._options.only]
        if not kinds:
            return
        with self._contestants() as contestants:
            for kind in kinds:
                self._take_turns(kind, contestants)

    def _seed(self) -> Load:
        users = max(GROUP_SIZE, *self._options.sockets) if "idle" in self._options.only else GROUP_SIZE
        return seed_load(users, self._options.group, GROUP_SIZE, PAIRS)

    def _measure_sockets(self) -> None:
        """Memory as the growth of the gateway's resident set; a few sockets go first, so that no first use is
        counted."""
        tokens = list(self._load.tokens.values())
        steps = self._options.sockets
        runs = [{"sockets": _WARM_SOCKETS}, *({"sockets": _WARM_SOCKETS + count} for count in steps)]
        tokens += tokens[:_WARM_SOCKETS]
        job = {"kind": "idle", "url": self._options.url, "tokens": tokens, "runs": runs}
        driver = Driver(job, self._processes)
        try:
            time.sleep(_SETTLE_S)
            before_kib = self._processes.read_rss_kib(_GATEWAY)
            for count in steps:
                driver.open_more()
                time.sleep(_SETTLE_S)
                grown_kib = self._processes.read_rss_kib(_GATEWAY) - before_kib
                self._report.socket_kib[count] = grown_kib / count
        finally:
            driver.close()

    @contextlib.contextmanager
    def _contestants(self) -> Iterator[list[Contestant]]:
        product = Contestant(PRODUCT, self._options.url, self._processes, self._load.tokens)
        if self._options.no_reference:
            yield [product]
            return
        members = {conversation_id: [int(user) for user in users] for conversation_id, users in self._load.pairs}
        members[self._load.group_id] = [int(user) for user in self._group_users()]
        with running_reference(read_addresses(), members, self._processes) as (url, processes):
            yield [product, Contestant(REFERENCE, url, processes, {user: user for user in self._load.tokens})]

    def _group_users(self) -> list[str]:
        return list(self._load.tokens)[:GROUP_SIZE]

    def _take_turns(self, kind: str, contestants: list[Contestant]) -> None:
        plan = _pairs_plan() if kind == "w1" else _group_plan()
        first_warm_up_s = self._options.warm_up if kind == "w1" or "w1" not in self._options.only else _SHORT_WARM_UP_S
        warm_ups = [first_warm_up_s] + [_SHORT_WARM_UP_S] * (len(plan) - 1)
        spans = [{"warm_up_s": warm_up_s, "measure_s": self._options.seconds} for warm_up_s in warm_ups]
        runs = [run | span for (_, run), span in zip(plan, spans, strict=True)]
        addresses = read_addresses()
        with contextlib.ExitStack() as stack:
            drivers = []
            for contestant in contestants:
                driver = Driver(self._job(kind, contestant, runs), contestant.processes)
                stack.callback(driver.close)
                drivers.append((contestant, driver))
            for workload, _ in plan:
                for contestant, driver in drivers:
                    settle_database(addresses)
                    print(f"{workload}: {contestant.name} ...", flush=True)
                    self._report.rows.append(Row(workload, contestant.name, driver.measure()))

    def _job(self, kind: str, contestant: Contestant, runs: list[dict[str, float]]) -> dict[str, Any]:
        job: dict[str, Any] = {"url": contestant.url, "runs": runs}
        if kind == "w1":
            tokens = [[contestant.tokens[user] for user in users] for _, users in self._load.pairs]
            return job | {"kind": "pairs", "tokens": tokens, "conversations": [where for where, _ in self._load.pairs]}
        tokens_of_group = [contestant.tokens[user] for user in self._group_users()]
        return job | {"kind": "group", "tokens": tokens_of_group, "conversations": [self._load.group_id]}


def _pairs_plan() -> list[tuple[str, dict[str, float]]]:
    return [
        (f"W1: {PAIRS} pairs, {WINDOW} unacknowledged", {"window": WINDOW}),
        (f"W1: {PAIRS} pairs, {RATE_PER_S} messages a second", {"rate": RATE_PER_S}),
    ]


def _group_plan() -> list[tuple[str, dict[str, float]]]:
    return [
        (f"W2: group of {GROUP_SIZE}, each message waits for the last", {"in_flight": 1}),
        (f"W2: group of {GROUP_SIZE}, {WINDOW} messages in flight", {"in_flight": WINDOW}),
    ]
