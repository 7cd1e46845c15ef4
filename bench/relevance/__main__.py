"""`python -m bench.relevance`: embedded services with fresh data, the corpus, all queries; takes a few minutes.

Prints a table for each half of the queries (parameters are chosen by the first) and for all, and with `--misses hybrid`
the queries that it answers wrongly; writes JSON and a plot to var/bench/. With `--questions` only what an agent finds
for the questions that people put to it.
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
    parser.add_argument("--questions", action="store_true", help="only what an agent finds for questions")
    options = parser.parse_args()
    if options.questions:
        report_questions(measure("bench.relevance.inside.questions"))
        return
    answers = measure("bench.relevance.inside")
    scores = score(answers)
    for title, half in (("tuning half", False), ("held-out half", True)):
        print(f"{title}\n{as_table(score([answer for answer in answers if answer.held_out is half]))}\n")
    print(f"all\n{as_table(scores)}")
    for answer in answers:
        if answer.contestant == options.misses and answer.recall < 1:
            print(f"{answer.kind:12} {answer.query}  wanted {answer.wanted}, found {answer.found}")
    write_report(CHECKOUT / "var/bench", answers, scores)


def report_questions(answers: Sequence[Answer]) -> None:
    """For how many questions the right passage is among those that the model would be given, and which are missed."""
    missed = [answer for answer in answers if not answer.reciprocal_rank]
    for answer in answers:
        place = "missed" if answer in missed else f"{round(1 / answer.reciprocal_rank)}."
        print(f"{answer.kind:16}{place:>8}  {answer.query}")
    print(f"the right passage among those retrieved: {len(answers) - len(missed)} of {len(answers)}")


def measure(module: str) -> Sequence[Answer]:
    """Every contestant's answer to every query, from a process inside the product that runs this module."""
    running = run_services((Postgres, Valkey, Search, Embeddings))
    try:
        env = os.environ | test_environment(running) | {"DJANGO_SETTINGS_MODULE": "gochat_site.settings"}
        command = [sys.executable, "-m", module]
        done = subprocess.run(command, env=env, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    finally:
        running.stop()
    return [msgspec.json.decode(line, type=Answer) for line in done.stdout.splitlines()]


main()
