"""W3: large groups, most of whose members are away, under both ways of reaching those who are not (docs/performance.md,
Large groups)."""

import argparse
import json
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from bench.measuring import Driver
from bench.processes import Processes
from bench.product import BenchError, Load, is_ready, read_addresses, running_product, seed_load, settle_database
from bench.report import PRODUCT, Report, Row

WAY_SETTING = "LARGE_GROUP_DELIVERY"


@dataclass(frozen=True, slots=True)
class Size:
    """A group: how many belong to it, and how many of them are online."""

    members: int
    online: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """MEMBERS:ONLINE. Raises ValueError."""
        members, online = (int(part) for part in text.split(":"))
        return cls(members, online)

    def __str__(self) -> str:
        return f"{self.online:,} of {self.members:,} online"


def measure_large(options: argparse.Namespace, report: Report) -> None:
    """Every size with every way; where the product already runs, with the way that it was started with."""
    ways = [PRODUCT] if is_ready(options.url) else options.ways
    for way in ways:
        with _product(options.url, way) as processes:
            for size in options.large:
                _measure(options, processes, report, size, way)


@contextmanager
def _product(url: str, way: str) -> Iterator[Processes]:
    with running_product(url, {} if way == PRODUCT else {WAY_SETTING: way}) as processes:
        yield processes


def _measure(options: argparse.Namespace, processes: Processes, report: Report, size: Size, way: str) -> None:
    print(f"W3: {size}, {way}: preparing ...", flush=True)
    load = _seed(size.members)
    settle_database(read_addresses())
    with closing(Driver(_job(options, load, size), processes)) as driver:
        for workload in _plan(size, options.group_rate):
            print(f"{workload}: {way} ...", flush=True)
            report.rows.append(Row(workload, way, driver.measure()))


@cache
def _seed(members: int) -> Load:
    """The group, once for all ways, and two people outside it."""
    return seed_load(members + 2, f"w3-{members}", members, 0)


def _plan(size: Size, per_s: float) -> list[str]:
    return [f"W3: {size}, silent, direct messages alone", f"W3: {size}, {per_s:g} messages a second"]


def _job(options: argparse.Namespace, load: Load, size: Size) -> dict[str, Any]:
    """The online ones are spread over the group; the two who talk to each other are outside it."""
    users = list(load.tokens)
    online = users[: size.members : size.members // size.online][: size.online]
    first, second = users[-2:]
    direct_id = _open_direct(options.url, load.tokens[first], second)
    spans = {"warm_up_s": options.large_warm_up, "measure_s": options.seconds}
    return {
        "kind": "large",
        "url": options.url,
        "conversations": [load.group_id, direct_id],
        "tokens": [load.tokens[user] for user in online],
        "pair": [load.tokens[first], load.tokens[second]],
        "runs": [{"per_s": 0.0} | spans, {"per_s": options.group_rate} | spans],
    }


def _open_direct(url: str, token: str, user_id: str) -> str:
    body = json.dumps({"kind": "direct", "user_id": user_id}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}/api/v1/conversations", body, headers)  # noqa: S310 - an http address of ours
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return str(json.load(answer)["id"])
    except OSError as error:
        raise BenchError(f"a direct conversation cannot be opened: {error}") from error
