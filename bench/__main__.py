"""`make bench`: load and latency of the running product (started when it is not), beside a bare reference.

W1: 50 pairs, one of each sending 100-byte messages, 8 unacknowledged or 200 a second in all. W2: a group of 500, all
online. Then idle sockets, and what the idle product costs. Results go to the terminal and to var/bench/.
"""

import argparse
import sys
import time

from bench.product import VAR, BenchError, running_product
from bench.report import Report, render, save
from bench.workloads import Session


def main() -> int:
    options = _parse()
    report = Report()
    try:
        with running_product(options.url) as processes:
            session = Session(options, processes, report)
            if "idle" in options.only:
                session.measure_idle()
            session.measure_loads()
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    finally:
        if report.rows or report.idle:
            print(render(report))
            print(f"\nWritten to {save(report, VAR / 'bench')}")
    return 1 if report.problems else 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the product is (or shall be started)")
    parser.add_argument("--only", default="w1,w2,idle", help="which of w1, w2 and idle to measure (default: all)")
    parser.add_argument("--seconds", type=float, default=15.0, help="how long each run is measured")
    parser.add_argument("--warm-up", type=float, default=60.0, help="load before the first run, in seconds")
    parser.add_argument("--no-reference", action="store_true", help="measure the product alone")
    parser.add_argument("--sockets", default="1000,5000", help="how many idle sockets to open, in steps")
    parser.add_argument("--group", default=f"bench-{int(time.time())}", help="the name of the large group")
    options = parser.parse_args()
    options.only = options.only.split(",")
    options.sockets = [int(count) for count in options.sockets.split(",")]
    return options


if __name__ == "__main__":
    sys.exit(main())
