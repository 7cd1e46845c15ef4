"""S1: search beside the load (docs/performance.md, Search). How soon a message is found while 200 others a second are
stored, and what indexing takes from W1."""

import argparse
import json
import random
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final
from urllib.parse import urlencode

import psutil

from bench.measuring import Driver, Measurement
from bench.processes import Processes
from bench.product import BenchError, Load, read_addresses, running_product, seed_load, settle_database
from bench.report import Report, Row
from bench.workloads import PAIRS, RATE_PER_S, WINDOW

SEARCH_PROCESSES: Final = ("search", "embeddings", "indexing-1", "celery-indexing-1", "celery-embedding-1")
ON, OFF = "indexing on", "indexing off"
MODES: Final = ("keyword", "semantic")
PROBE_EVERY_S: Final = 2.0
LOOK_EVERY_S: Final = 0.2
LOST_AFTER_S: Final = 60.0
TURNS: Final = 2
_TAIL_S: Final = 10.0
_CURVE: Final = (0, 10, 25, 50, 75, 90, 95, 99, 100)
_WORDS: Final = (
    ("Ann", "Ben", "Mei", "Omar", "Lena", "Kofi"),
    ("ordered", "repaired", "painted", "forgot", "sold", "measured"),
    ("two bicycles", "the old piano", "a crate of oranges", "the projector", "seven chairs", "her passport"),
    ("near the station", "in Lisbon", "before lunch", "on the ferry", "behind the library", "at the office"),
)


def measure_search(options: argparse.Namespace, report: Report) -> None:
    """First how soon messages are found, while nothing is behind; then W1, indexing stopped and going in turns."""
    with running_product(options.url) as processes:
        load = seed_load(2 * PAIRS + 2, f"s1-{int(time.time())}", 3, PAIRS + 1)
        _measure_finding(options, processes, load, report)
        _measure_cost(options, processes, load, report)


def _measure_finding(options: argparse.Namespace, processes: Processes, load: Load, report: Report) -> None:
    """The last pair writes the probes, the others the load."""
    print(f"S1: {RATE_PER_S} messages a second, a probe every {PROBE_EVERY_S:g} s ...", flush=True)
    conversation_id, (sender, _) = load.pairs[PAIRS]
    span = {"warm_up_s": options.warm_up, "measure_s": options.search_seconds}
    with closing(_drive(options, processes, load, [{"rate": RATE_PER_S} | span])) as driver:
        probes = Probes(options.url, load.tokens[sender], conversation_id)
        with probes.going(options.warm_up, options.search_seconds):
            measured = driver.measure()
    for mode in MODES:
        workload = f"S1: found by {mode} search at {RATE_PER_S} messages a second"
        report.rows.append(Row(workload, ON, probes.measurement(mode, measured)))


def _measure_cost(options: argparse.Namespace, processes: Processes, load: Load, report: Report) -> None:
    """The processes of search stand still for a turn: what moves meanwhile waits for them in Kafka."""
    plan = [
        (f"S1: {PAIRS} pairs, {WINDOW} unacknowledged", {"window": WINDOW}),
        (f"S1: {PAIRS} pairs, {RATE_PER_S} messages a second", {"rate": RATE_PER_S}),
    ]
    spans = {"warm_up_s": 3.0, "measure_s": options.seconds}
    addresses = read_addresses()
    runs = [run | spans for _, run in plan for _ in range(2 * TURNS)]
    with closing(_drive(options, processes, load, runs)) as driver:
        for workload, _ in plan:
            for turn in range(TURNS):
                for way in (ON, OFF):
                    settle_database(addresses)
                    name = f"{workload}, turn {turn + 1}"
                    print(f"{name}: {way} ...", flush=True)
                    with _standing_still(processes if way == OFF else None):
                        report.rows.append(Row(name, way, driver.measure()))


def _drive(options: argparse.Namespace, processes: Processes, load: Load, runs: list[dict[str, float]]) -> Driver:
    pairs = load.pairs[:PAIRS]
    tokens = [[load.tokens[user] for user in users] for _, users in pairs]
    where = [conversation_id for conversation_id, _ in pairs]
    job = {"kind": "pairs", "url": options.url, "tokens": tokens, "conversations": where, "runs": runs}
    return Driver(job, processes)


class Probes:
    """Messages that are looked for from the moment at which they are stored until they are found."""

    def __init__(self, url: str, token: str, conversation_id: str) -> None:
        self._url = f"{url}/api/v1"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._conversation_id = conversation_id
        self._random = random.Random(1)
        self._found_ms: dict[str, list[float]] = {mode: [] for mode in MODES}
        self._problems: dict[str, list[str]] = {mode: [] for mode in MODES}
        self._threads: list[threading.Thread] = []

    @contextmanager
    def going(self, after_s: float, for_s: float) -> Iterator[None]:
        """Sends them in a thread of its own; the end waits for the last to be found."""
        sender = threading.Thread(target=self._send_all, args=(after_s, for_s))
        sender.start()
        yield
        sender.join()
        for thread in self._threads:
            thread.join()

    def measurement(self, mode: str, load: Measurement) -> Measurement:
        """How long they took, beside what the load cost meanwhile."""
        times = sorted(self._found_ms[mode])
        curve = {f"p{p}": times[min(len(times) - 1, len(times) * p // 100)] for p in _CURVE if times}
        figures = {"probes": float(len(times)), "stored per s": load.events / load.seconds}
        problems = [*load.problems, *self._problems[mode]]
        return Measurement(load.seconds, load.events, figures, curve, problems, "message", load.cpu_s)

    def _send_all(self, after_s: float, for_s: float) -> None:
        time.sleep(after_s)
        end = time.monotonic() + for_s - _TAIL_S / 2
        while time.monotonic() < end:
            started = time.monotonic()
            self._send_one()
            time.sleep(max(0.0, PROBE_EVERY_S - (time.monotonic() - started)))

    def _send_one(self) -> None:
        word = "".join(self._random.choices("bcdfghklmnprstvz", k=12))
        sentence = " ".join(self._random.choice(words) for words in _WORDS)
        content = {"text": f"{word}: {sentence}"}
        body = {"client_msg_id": str(uuid.uuid4()), "kind": "text", "content": content}
        stored = self._ask(f"conversations/{self._conversation_id}/messages", body)
        queries = {"keyword": word, "semantic": content["text"]}
        for mode in MODES:
            arguments = (mode, queries[mode], stored["message_id"], time.monotonic())
            self._threads.append(threading.Thread(target=self._look_for, args=arguments))
            self._threads[-1].start()

    def _look_for(self, mode: str, query: str, message_id: str, since: float) -> None:
        asked = urlencode({"q": query, "mode": mode, "conversation_id": self._conversation_id})
        while time.monotonic() - since < LOST_AFTER_S:
            answer = self._ask(f"search/messages?{asked}")
            if not answer["degraded"] and _holds(answer["results"], message_id):
                self._found_ms[mode].append((time.monotonic() - since) * 1000)
                return
            time.sleep(LOOK_EVERY_S)
        self._problems[mode].append(f"message {message_id} was not found within {LOST_AFTER_S:g} s")

    def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}/{path}", data, self._headers)  # noqa: S310 - an http address of ours
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
                told: dict[str, Any] = json.load(answer)
                return told
        except OSError as error:
            raise BenchError(f"{path.partition('?')[0]} failed: {error}") from error


def _holds(results: Sequence[dict[str, Any]], message_id: str) -> bool:
    return any(result["message"]["message_id"] == message_id for result in results)


@contextmanager
def _standing_still(processes: Processes | None) -> Iterator[None]:
    """Stops the processes of search, children too, and lets them go on at the end."""
    family: list[psutil.Process] = []
    for name in SEARCH_PROCESSES if processes is not None else ():
        if processes is not None and processes.has(name):
            root = psutil.Process(processes.pids[name])
            family += [root, *root.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        yield
    finally:
        for process in family:
            process.resume()
