"""Which tests cannot run on this stack; they are skipped, and counted as such."""

import os
from collections.abc import Iterable
from unittest import TestCase

from devstack.real.brokers import BROKERS
from devstack.real.stack import RealStack

# The tests that are there to show that a server works with the product: on its stand-in they would show nothing.
ABOUT = {
    "search": ("tests.search", "tests.flows.test_flow5", "tests.flows.test_flow6", "tests.real.test_opensearch"),
    "s3": ("tests.files", "tests.flows.test_flow7", "tests.real.test_minio"),
    "redis": ("tests.real.test_redis",),
    "mariadb": ("tests",),
    **dict.fromkeys((broker.name for broker in BROKERS), ("tests.real.test_brokers",)),
}
REAL_ONLY = "tests.real"


def skip_what_cannot_run(tests: Iterable[TestCase]) -> None:
    """Mark the test classes: those about a real server that is missing, and on embedded servers those of the real
    ones alone."""
    stack = RealStack.named(os.environ)
    for kind in {type(test) for test in tests}:
        reason = _find_reason(kind.__module__, stack)
        if reason:
            kind.__unittest_skip__ = True  # type: ignore[attr-defined] # what unittest.skip sets
            kind.__unittest_skip_why__ = reason  # type: ignore[attr-defined] # the same


def _find_reason(module: str, stack: RealStack | None) -> str | None:
    if stack is None:
        return "needs the real servers (make test-real)" if module.startswith(REAL_ONLY) else None
    for name, program in stack.missing().items():
        if module.startswith(ABOUT.get(name, ())):
            return f"{program} is missing"
    return None
