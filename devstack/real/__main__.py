"""`make test-real`: fetches what is missing, then runs the tests on the real servers, once for each main database.

python -m devstack.real fetch            only fetch, and say what cannot be had
python -m devstack.real test [LABEL ...] the runs below; LABELs instead of their own
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence

from devstack.errors import DevstackError
from devstack.real.stack import VARIABLE, RealStack
from devstack.test_services import CHECKOUT

# Search and storage do not care which database is the main one; the write path's SQL does.
RUNS = {
    "postgres/3": ("tests.flows", "tests.search", "tests.files", "tests.real"),
    "mariadb/3": ("tests.flows", "tests.messaging.test_store", "tests.real.test_database"),
}
PROCESSES = "2"
COUNTS = re.compile(r"(\d+) passed, (\d+) failed(?:, (\d+) skipped)?")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when a test failed, or when the arguments make no sense."""
    try:
        match list(arguments):
            case ["fetch"]:
                return fetch()
            case ["test", *labels]:
                fetch()
                return run_tests(labels)
    except DevstackError as error:
        print(error, file=sys.stderr)
        return 1
    print(__doc__, file=sys.stderr)
    return 2


def fetch() -> int:
    """Fetch or build the servers of all runs; 1 when one cannot be had, whose sentence is printed."""
    sentences = {sentence for stack in stacks().values() for sentence in stack.fetch()}
    for sentence in sorted(sentences):
        print(f"{sentence} Its tests are skipped.", flush=True)
    return 1 if sentences else 0


def run_tests(labels: Sequence[str]) -> int:
    """Run on each stack in turn; the counts of all runs are added up in the last line."""
    totals = [0, 0, 0]
    for name, stack in stacks().items():
        print(f"\n{stack.describe()}", flush=True)
        counts = run_once(name, labels or RUNS[name])
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
    passed, failed, skipped = totals
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 1 if failed else 0


def run_once(name: str, labels: Sequence[str]) -> tuple[int, int, int]:
    """One test run on a stack: how many passed, failed and were skipped. One that broke off counts as a failure."""
    command = [sys.executable, "manage.py", "test", *labels, "--parallel", PROCESSES]
    environment = os.environ | {VARIABLE: name}
    last = ""
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            print(line, end="", flush=True)
            last = line.strip()
    counts = COUNTS.fullmatch(last)
    if counts is None:
        return 0, 1, 0
    passed, failed, skipped = (int(text or 0) for text in counts.groups())
    return passed, failed if run.returncode == 0 else max(failed, 1), skipped


def stacks() -> dict[str, RealStack]:
    """The stack of each run."""
    return {name: stack for name in RUNS if (stack := RealStack.named({VARIABLE: name})) is not None}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
