"""`python -m bench.relevance`: embedded services with fresh data, the corpus, all queries; takes a few minutes.

Prints a table for each half of the queries (parameters are chosen by the first) and for all, and with `--misses hybrid`
the queries that it answers wrongly; writes JSON and a plot to var/bench/.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from bench.relevance.measures import Answer, score
from bench.relevance.report import as_table, write_report
from devstack.services import Embeddings, Postgres, Search, Valkey
from devstack.test_services import run_services, test_environment

CHECKOUT = Path(__file__).resolve().parent.parent.parent


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description="Measure how well search finds.")
    parser.add_argument("--misses", metavar="CONTESTANT", default="", help="list the queries that it answers wrongly")
    options = parser.parse_args()
    answers = measure()
    scores = score(answers)
    for title, half in (("tuning half", False), ("held-out half", True)):
        print(f"{title}\n{as_table(score([answer for answer in answers if answer.held_out is half]))}\n")
    print(f"all\n{as_table(scores)}")
    for answer in answers:
        if answer.contestant == options.misses and answer.recall < 1:
            print(f"{answer.kind:12} {answer.query}  wanted {answer.wanted}, found {answer.found}")
    write_report(CHECKOUT / "var/bench", answers, scores)


def measure() -> Sequence[Answer]:
    """Every contestant's answer to every query, from a process inside the product."""
    running = run_services((Postgres, Valkey, Search, Embeddings))
    try:
        env = os.environ | test_environment(running) | {"DJANGO_SETTINGS_MODULE": "gochat_site.settings"}
        command = [sys.executable, "-m", "bench.relevance.inside"]
        done = subprocess.run(command, env=env, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    finally:
        running.stop()
    return [msgspec.json.decode(line, type=Answer) for line in done.stdout.splitlines()]


main()
