"""The test runner: `manage.py test` on real embedded servers, each parallel process in a world of its own.

A world is a clone of the test database, a Redis database number and a prefix of Kafka topics. `manage.py` has started
the servers before the settings were read (see test_services.py).
"""

import os
import sys
from collections.abc import Sequence
from typing import Any
from unittest import TestSuite

from django.test import runner as django_runner
from django.test.runner import DiscoverRunner, ParallelTestSuite
from django.test.utils import iter_test_cases  # type: ignore[attr-defined] # missing in the stubs

from devstack.real.skipping import skip_what_cannot_run
from devstack.test_services import TEST_DIR_VARIABLE
from devstack.worlds import allow_emptying, allow_idle_transactions, enter_world


def init_worker(*arguments: Any, **keywords: Any) -> None:
    """Run Django's own initialiser, which numbers the process, then enter the world of that number."""
    django_runner._init_worker(*arguments, **keywords)  # type: ignore[attr-defined] # private, but the only way in
    enter_world(django_runner._worker_id)  # type: ignore[attr-defined] # the same


class WorldPerProcessSuite(ParallelTestSuite):
    """Django's parallel suite, with a world for each of its processes."""

    init_worker = init_worker


class EmbeddedServicesRunner(DiscoverRunner):
    """Ends with a line of counts that stands alone: `120 passed, 0 failed, 2 skipped`."""

    parallel_test_suite = WorldPerProcessSuite

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._counts = "0 passed, 1 failed"

    def setup_databases(self, **keywords: Any) -> Any:
        """Create the test database and its clones."""
        if TEST_DIR_VARIABLE not in os.environ:
            sys.exit("The tests need their servers: start them with manage.py test.")
        allow_idle_transactions()
        allow_emptying()
        created = super().setup_databases(**keywords)
        if self.parallel <= 1:
            enter_world(0)
        return created

    def load_tests_for_label(self, label: str, discover_kwargs: dict[str, Any]) -> Any:
        """The tests, each tagged with its folder: `--tag flows`, `--exclude-tag browser`."""
        tests = super().load_tests_for_label(label, discover_kwargs)
        for test in iter_test_cases(tests):
            folder = type(test).__module__.removeprefix("tests.").split(".")[0]
            type(test).tags = {folder} | getattr(type(test), "tags", set())
        skip_what_cannot_run(iter_test_cases(tests))
        return tests

    def suite_result(self, suite: TestSuite, result: Any, **keywords: Any) -> int:
        """How many tests failed; the counts are kept for the closing line."""
        failed = super().suite_result(suite, result, **keywords)
        skipped = len(result.skipped)
        expected = len(getattr(result, "expectedFailures", ()))
        passed = max(0, result.testsRun - failed - skipped - expected)
        self._counts = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
        return failed

    def run_tests(self, test_labels: Sequence[str], **keywords: Any) -> int:
        """Run everything; the counts come last, after the databases are gone."""
        try:
            return super().run_tests(list(test_labels), **keywords)
        finally:
            sys.stderr.flush()
            print(self._counts, flush=True)
