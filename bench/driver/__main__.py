"""`python -m bench.driver`: reads one job as JSON from standard input, runs it, and tells its course as JSON lines.

A job is `{"kind", "url", "runs": [...], ...}`: the sockets are opened once and every run uses them. Lines are
`{"event": "open"}`, then `begin` and `end` around what is measured and `{"event": "result", ...}` for each run. After
each line but `begin` and `end` the driver waits for a line on its standard input, so that others can count undisturbed.
"""

import asyncio
import gc
import json
import sys
from dataclasses import asdict
from typing import Any

import uvloop

from bench.driver.group import Group
from bench.driver.large import Large
from bench.driver.pairs import Pairs
from bench.driver.sockets import DriverError, connect_all
from bench.driver.stats import Result, tell


async def run_pairs(job: dict[str, Any]) -> None:
    """W1: runs are `{"window"}` or `{"rate"}` with `warm_up_s` and `measure_s`."""
    load = Pairs(job["conversations"])
    await load.open(job["url"], job["tokens"])
    await _pause({"event": "open"})
    for run in job["runs"]:
        if "window" in run:
            result = await load.run_window(run["window"], run["warm_up_s"], run["measure_s"])
        else:
            result = await load.run_rate(run["rate"], run["warm_up_s"], run["measure_s"])
        await _pause_with(result)


async def run_group(job: dict[str, Any]) -> None:
    """W2: runs are `{"in_flight", "warm_up_s", "measure_s"}`."""
    load = Group(job["conversations"][0])
    await load.open(job["url"], job["tokens"])
    await _pause({"event": "open"})
    for run in job["runs"]:
        await _pause_with(await load.run(run["in_flight"], run["warm_up_s"], run["measure_s"]))


async def run_large(job: dict[str, Any]) -> None:
    """W3: runs are `{"per_s", "warm_up_s", "measure_s"}`."""
    load = Large(*job["conversations"])
    await load.open(job["url"], job["tokens"], tuple(job["pair"]))
    await _pause({"event": "open"})
    for run in job["runs"]:
        await _pause_with(await load.run(run["per_s"], run["warm_up_s"], run["measure_s"]))


async def run_idle(job: dict[str, Any]) -> None:
    """Sockets that do nothing: opens as many as each run's `sockets` says, in all."""
    opened = 0
    for run in job["runs"]:
        await connect_all(job["url"], job["tokens"][opened : run["sockets"]], lambda _: None)
        opened = run["sockets"]
        await _pause({"event": "open", "sockets": opened})


async def _pause_with(result: Result) -> None:
    await _pause({"event": "result", **asdict(result)})


async def _pause(message: dict[str, object]) -> None:
    tell(message)
    await asyncio.to_thread(sys.stdin.readline)


def main() -> int:
    job = json.loads(sys.stdin.readline())
    gc.disable()  # nothing here makes cycles, and a collection would count as latency
    kinds = {"pairs": run_pairs, "group": run_group, "large": run_large, "idle": run_idle}
    try:
        uvloop.run(kinds[job["kind"]](job))
    except (DriverError, OSError, TimeoutError) as error:
        tell({"event": "failed", "reason": f"{type(error).__name__}: {error}"})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
