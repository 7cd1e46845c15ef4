"""`make bench`: load and latency of the running product (started when it is not), beside a bare reference.

W1: 50 pairs, one of each sending 100-byte messages, 8 unacknowledged or 200 a second in all. W2: a group of 500, all
online. Then idle sockets, and what the idle product costs. Not among the default ones: W3 (best on a stopped product,
which it starts once for each way): large groups, most of whose members are away; S1: how soon a message is found, and
what indexing takes from W1. With --stacks, W1 and W2 on several sets of real servers. Results go to the terminal and to
var/bench/.
"""

import argparse
import sys
import time

from bench.large import Size, measure_large
from bench.product import VAR, BenchError, running_product
from bench.report import Report, render, save
from bench.search import measure_search
from bench.stacks import measure_stacks, render_stacks, save_stacks
from bench.workloads import Session


def main() -> int:
    options = _parse()
    report = Report()
    try:
        if options.stacks:
            measure_stacks(options, report)
        elif {"w1", "w2", "idle"} & set(options.only):
            with running_product(options.url) as processes:
                session = Session(options, processes, report)
                if "idle" in options.only:
                    session.measure_idle()
                session.measure_loads()
        if "w3" in options.only:
            measure_large(options, report)
        if "s1" in options.only:
            measure_search(options, report)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        if report.rows or report.idle:
            print(render_stacks(report) if options.stacks else render(report))
            print(f"\nWritten to {save(report, VAR / 'bench')}")
            if options.stacks:
                print(f"and {save_stacks(report, VAR / 'bench')}")
    return 1 if report.problems else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the product is (or shall be started)")
    parser.add_argument("--only", default="w1,w2,idle", help="which of w1, w2, idle, w3 and s1 to measure")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each run is measured")
    parser.add_argument("--warm-up", type=float, default=60.0, help="load before the first run, in seconds")
    parser.add_argument("--no-reference", action="store_true", help="measure the product alone")
    parser.add_argument("--sockets", default="1000,5000", help="how many idle sockets to open, in steps")
    parser.add_argument("--group", default=f"bench-{int(time.time())}", help="the name of the large group")
    parser.add_argument("--large", default="5000:400,100000:2000", help="W3: groups, as MEMBERS:ONLINE")
    parser.add_argument("--group-rate", type=float, default=10.0, help="W3: messages a second to the group")
    parser.add_argument("--large-warm-up", type=float, default=10.0, help="W3: load before each run, in seconds")
    parser.add_argument("--search-seconds", type=float, default=60.0, help="S1: how long probes are sent")
    parser.add_argument("--ways", default="paging,online", help="W3: values of LARGE_GROUP_DELIVERY to compare")
    parser.add_argument("--stacks", default="", help="W1 and W2 on real servers, as DATABASE/BROKERS,...")
    options = parser.parse_args()
    options.stacks = [stack for stack in options.stacks.split(",") if stack]
    options.only = options.only.split(",")
    options.ways = options.ways.split(",")
    options.large = [Size.parse(text) for text in options.large.split(",")]
    options.sockets = [int(count) for count in options.sockets.split(",")]
    return options


if __name__ == "__main__":
    sys.exit(main())
