"""Token buckets: in Redis for all processes, in memory for one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest.mock import MagicMock, patch

from django.test import SimpleTestCase, override_settings

from core import ratelimits
from core.errors import DomainError, ErrorCode
from core.ratelimits import TokenBuckets, check_rate
from core.redis import get_redis


@override_settings(RATE_LIMITS=True)
class SharedLimitTest(SimpleTestCase):
    def setUp(self) -> None:
        get_redis().flushdb()

    def test_as_many_tries_as_the_limit_pass_and_the_next_says_when_to_come_back(self) -> None:
        for _ in range(5):
            check_rate("login", "ann", limit=5, period_s=1000)
        with self.assertRaises(DomainError) as caught:
            check_rate("login", "ann", limit=5, period_s=1000)
        error = caught.exception
        self.assertEqual((error.code, error.http_status), (ErrorCode.RATE_LIMITED, 429))
        self.assertTrue(190_000 < error.details["retry_after_ms"] <= 200_000, error.details)

    def test_keys_and_scopes_have_buckets_of_their_own(self) -> None:
        check_rate("login", "ann", limit=1, period_s=1000)
        check_rate("login", "ben", limit=1, period_s=1000)
        check_rate("guest", "ann", limit=1, period_s=1000)
        with self.assertRaises(DomainError):
            check_rate("login", "ben", limit=1, period_s=1000)

    def test_a_refused_try_costs_nothing(self) -> None:
        check_rate("login", "ann", limit=1, period_s=1000)
        waits = []
        for _ in range(3):
            with self.assertRaises(DomainError) as caught:
                check_rate("login", "ann", limit=1, period_s=1000)
            waits.append(caught.exception.details["retry_after_ms"])
        self.assertEqual(sorted(waits, reverse=True), waits)

    def test_buckets_leave_redis_by_themselves(self) -> None:
        check_rate("login", "ann", limit=5, period_s=10)
        ttls = [get_redis().pttl(key) for key in get_redis().keys("rate:*")]
        self.assertTrue(ttls)
        self.assertTrue(all(0 < int(ttl) <= 11_000 for ttl in ttls), ttls)

    def test_without_redis_the_process_counts_for_itself(self) -> None:
        with self.redis_away() as monotonic:
            for _ in range(3):
                check_rate("login", "ann", limit=3, period_s=300)
            with self.assertRaises(DomainError) as caught:
                check_rate("login", "ann", limit=3, period_s=300)
            self.assertTrue(99_000 < caught.exception.details["retry_after_ms"] <= 100_000)
            check_rate("login", "ben", limit=3, period_s=300)
            monotonic.return_value += 100.1
            check_rate("login", "ann", limit=3, period_s=300)
            with self.assertRaises(DomainError):
                check_rate("login", "ann", limit=3, period_s=300)

    def test_tries_counted_here_are_forgotten_when_their_bucket_is_full(self) -> None:
        with self.redis_away() as monotonic:
            for number in range(50):
                check_rate("login", str(number), limit=3, period_s=300)
            monotonic.return_value += 1000
            check_rate("login", "ann", limit=3, period_s=300)
            self.assertEqual(len(ratelimits._local_tries._full_at), 1)

    def test_threads_share_the_tries_of_their_process(self) -> None:
        def attempt(_number: int) -> bool:
            try:
                check_rate("login", "ann", limit=5, period_s=1000)
            except DomainError:
                return False
            return True

        with self.redis_away(), ThreadPoolExecutor(8) as pool:
            self.assertEqual(sum(pool.map(attempt, range(40))), 5)

    @contextmanager
    def redis_away(self) -> Iterator[MagicMock]:
        """Redis fails, and the process's clock is the test's."""
        ratelimits._local_tries.clear()
        self.addCleanup(ratelimits._local_tries.clear)
        with (
            patch("core.ratelimits.best_effort", return_value=None),
            patch("core.ratelimits.time.monotonic", return_value=10_000.0) as monotonic,
        ):
            yield monotonic

    @override_settings(RATE_LIMITS=False)
    def test_limits_can_be_off(self) -> None:
        for _ in range(10):
            check_rate("login", "ann", limit=1, period_s=1000)


class LocalLimitTest(SimpleTestCase):
    def test_a_burst_passes_then_tokens_come_back_with_time(self) -> None:
        buckets = TokenBuckets(per_s=10, burst=3)
        with patch("core.ratelimits.time.monotonic") as monotonic:
            monotonic.return_value = 100.0
            for _ in range(3):
                buckets.check(1)
            with self.assertRaises(DomainError) as caught:
                buckets.check(1)
            self.assertTrue(100 <= caught.exception.details["retry_after_ms"] <= 101)
            buckets.check(2)
            monotonic.return_value = 100.1001
            buckets.check(1)
            with self.assertRaises(DomainError):
                buckets.check(1)

    def test_full_buckets_are_forgotten(self) -> None:
        buckets = TokenBuckets(per_s=10, burst=3)
        with patch("core.ratelimits.time.monotonic") as monotonic:
            monotonic.return_value = 100.0
            for key in range(50):
                buckets.check(key)
            monotonic.return_value = 200.0
            buckets.check(99)
            self.assertEqual(len(buckets), 1)
