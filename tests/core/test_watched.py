"""Values that processes hold in memory follow the database: by their version, by their age, and across forks."""

import os
from typing import Any
from unittest import mock

from django.test import TransactionTestCase

from core.errors import DomainError, ErrorCode
from core.redis import get_redis
from core.watched import Watched


class WatchedTest(TransactionTestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.rows = ["first"]
        self.reads = 0
        self.watched: Watched[list[str]] = Watched("test", self.load)
        # The thread is the tests' own: each look is a call of refresh().
        starter = mock.patch("core.watched.threading.Thread")
        starter.start()
        self.addCleanup(starter.stop)

    def load(self) -> list[str]:
        """What the database has now."""
        self.reads += 1
        return list(self.rows)

    def test_it_is_read_once_and_again_when_its_version_moves(self) -> None:
        self.assertIsNone(self.watched.peek())
        for _look in range(3):
            self.watched.refresh()
        self.assertEqual((self.watched.get(), self.reads), (["first"], 1))
        self.rows.append("second")
        self.watched.note_change()
        self.watched.refresh()
        self.assertEqual((self.watched.peek(), self.reads), (["first", "second"], 2))

    def test_a_flushed_redis_has_it_read_again(self) -> None:
        self.watched.note_change()
        self.watched.refresh()
        get_redis().flushdb()
        self.watched.refresh()
        self.assertEqual(self.reads, 2)

    def test_without_redis_it_is_read_again_once_it_is_too_old(self) -> None:
        with mock.patch("core.watched.best_effort", return_value=None):
            self.watched.refresh()
            self.watched.refresh()
            self.assertEqual(self.reads, 1)
            with mock.patch("core.watched.time.monotonic", return_value=1e12):
                self.watched.refresh()
            self.assertEqual(self.reads, 2)

    def test_a_database_that_is_away_leaves_the_last_value_and_a_first_one_is_refused(self) -> None:
        self.watched.refresh()
        with mock.patch.object(self.watched, "_load", side_effect=OSError), self.assertRaises(OSError):
            self.watched.note_change()
            self.watched.refresh()
        self.assertEqual(self.watched.get(), ["first"])
        fresh: Watched[Any] = Watched("other", self.load)
        with mock.patch("core.watched._FIRST_WAIT_S", 0.01), self.assertRaises(DomainError) as caught:
            fresh.get()
        self.assertEqual(caught.exception.code, ErrorCode.UNAVAILABLE)

    def test_a_forked_process_watches_for_itself(self) -> None:
        self.watched.peek()
        self.watched.refresh()
        child = os.fork()
        if child == 0:
            os._exit(0 if self.watched.peek() is None else 1)
        _pid, status = os.waitpid(child, 0)
        self.assertEqual(status, 0, "the child has taken over a value that nobody watches there")
        self.assertIsNotNone(self.watched.peek())
