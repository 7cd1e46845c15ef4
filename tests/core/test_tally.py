"""Counts in memory: handed over once, kept when nobody takes them, and written without being asked."""

import threading
from collections.abc import Mapping
from unittest.mock import patch

from django.test import SimpleTestCase

from core import tally
from core.tally import Tally


class TallyTests(SimpleTestCase):
    def setUp(self) -> None:
        self.taken: list[dict[str, int]] = []
        self.written = threading.Event()
        self.fails = False
        self.tally: Tally[str] = Tally("test", self.take)

    def take(self, counts: Mapping[str, int]) -> None:
        if self.fails:
            raise OSError
        self.taken.append(dict(counts))
        self.written.set()

    def test_counts_are_handed_over_once(self) -> None:
        self.tally.add(["a", "b"])
        self.tally.add(["a"])
        self.tally.flush()
        self.tally.flush()
        self.assertEqual(self.taken, [{"a": 2, "b": 1}])

    def test_what_is_not_taken_is_handed_over_with_the_next(self) -> None:
        self.fails = True
        self.tally.add(["a"])
        with self.assertRaises(OSError):
            self.tally.flush()
        self.tally.add(["a", "b"])
        self.fails = False
        self.tally.flush()
        self.assertEqual(self.taken, [{"a": 2, "b": 1}])

    def test_counts_of_all_threads_are_written_by_themselves_soon_afterwards(self) -> None:
        with patch.object(Tally, "writes_later", new=True), patch.object(tally, "WRITTEN_AFTER_S", 0.05):
            threads = [threading.Thread(target=self.tally.add, args=(["a"] * 50,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for _ in range(100):
                if sum(counts["a"] for counts in self.taken) == 400:
                    break
                self.written.wait(0.1)
        self.assertEqual(sum(counts["a"] for counts in self.taken), 400)

    def test_a_write_that_fails_is_tried_again_without_a_further_count(self) -> None:
        self.fails = True
        with patch.object(Tally, "writes_later", new=True), patch.object(tally, "WRITTEN_AFTER_S", 0.05):
            self.tally.add(["a"])
            self.assertFalse(self.written.wait(0.3))
            self.fails = False
            self.assertTrue(self.written.wait(10))
        self.assertEqual(self.taken, [{"a": 1}])
