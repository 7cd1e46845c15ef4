"""What processes tell of themselves, and what the dashboard reads of it."""

import time
from typing import Any
from unittest import mock

from django.test import SimpleTestCase

from core import pulse
from core.pulse import Pulse, read_counts, read_gauge
from core.redis import get_redis


class PulseTests(SimpleTestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.count = 0
        self.gauge = 3.0

    def make(self, process: str) -> Pulse:
        return Pulse(process, counts={"messages": lambda: self.count}, gauges={"sockets": lambda: self.gauge})

    def in_the_next_minute(self) -> Any:
        """Counts are read of whole minutes alone."""
        return mock.patch("core.pulse.time.time", return_value=time.time() + 60)

    def test_counts_of_all_processes_are_added_up_by_the_minute(self) -> None:
        one, other = self.make("one"), self.make("other")
        self.count = 5
        now = time.time()
        with mock.patch("core.pulse.time.time", return_value=now):
            one.tell()
            other.tell()
            self.count = 7
            one.tell()
        with mock.patch("core.pulse.time.time", return_value=now + 60):
            self.assertEqual(read_counts("messages", 3), [0, 0, 12])

    def test_what_was_counted_before_the_process_told_is_not_told(self) -> None:
        self.count = 1_000
        self.make("one").tell()
        with self.in_the_next_minute():
            self.assertEqual(read_counts("messages", 1), [0])

    def test_gauges_are_added_up_and_forgotten_with_their_process(self) -> None:
        self.make("one").tell()
        self.gauge = 4
        self.make("other").tell()
        self.assertEqual(read_gauge("sockets"), 7)
        with self.in_the_next_minute():
            self.assertIsNone(read_gauge("sockets"))

    def test_without_redis_nothing_is_known_and_nothing_is_lost(self) -> None:
        one = self.make("one")
        self.count = 5
        with mock.patch.object(pulse, "best_effort", return_value=None):
            one.tell()
            self.assertEqual((read_counts("messages", 1), read_gauge("sockets")), (None, None))
        one.tell()
        with self.in_the_next_minute():
            self.assertEqual(sum(read_counts("messages", 2) or []), 5)
