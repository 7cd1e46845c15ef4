"""Rate limits: token buckets in Redis for what may be tried anywhere (log-ins), in memory for what one gateway sees."""

import math
import threading
import time
from typing import Final

from django.conf import settings

from core.errors import rate_limited
from core.redis import Script, best_effort

_PREFIX: Final = "rate"
# A bucket is one number: the moment (ms, the server's clock) at which it is full again.
# KEYS[1] bucket; ARGV limit, period in ms. Answers the wait in ms, 0 when the try was taken.
_TAKE: Final = Script("""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, period = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost = period / limit
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + cost
if full_at - now > period then
    return math.ceil(full_at - now - period)
end
redis.call('SET', KEYS[1], tostring(full_at), 'PX', math.ceil(full_at - now) + 1000)
return 0
""")


def check_rate(scope: str, key: str, *, limit: int, period_s: float) -> None:
    """Take one of `limit` tries from a bucket that refills in `period_s`, shared by all processes.

    Raises RATE_LIMITED with the wait until the next try. Without Redis each process counts for itself: the limit is
    then as many times as lax as there are processes, but neither gone nor an outage.
    """
    if not settings.RATE_LIMITS:
        return
    name = f"{_PREFIX}:{settings.KAFKA_TOPIC_PREFIX}{scope}:{key}"
    wait_ms = best_effort(lambda _client: _TAKE.run([name], [limit, int(period_s * 1000)]))
    if wait_ms is None:
        wait_ms = _local_tries.take(name, limit, period_s * 1000)
    if wait_ms:
        raise rate_limited(int(wait_ms))


class LocalTries:
    """The same buckets in this process's memory, for all its threads; limit and period may differ from try to try."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # bucket -> the moment (ms) at which it is full again
        self._full_at: dict[str, float] = {}
        self._swept_at = 0.0

    def take(self, name: str, limit: int, period_ms: float) -> int:
        """The wait in ms, 0 when the try was taken."""
        now = time.monotonic() * 1000
        with self._lock:
            if now - self._swept_at > 60_000:
                self._swept_at = now
                self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
            full_at = max(self._full_at.get(name, 0.0), now) + period_ms / limit
            excess = full_at - now - period_ms
            if excess > 1e-6:
                return math.ceil(excess)
            self._full_at[name] = full_at
            return 0

    def clear(self) -> None:
        """Forget every try."""
        with self._lock:
            self._full_at.clear()


_local_tries: Final = LocalTries()


class TokenBuckets:
    """Token buckets of one process, one a key: `burst` at once, `per_s` in the long run. For one thread."""

    def __init__(self, *, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        # key -> the moment at which its bucket is full again
        self._full_at: dict[int, float] = {}
        self._swept_at = 0.0

    def check(self, key: int) -> None:
        """Take a token of `key`. Raises RATE_LIMITED with the wait for the next one."""
        now = time.monotonic()
        full_at = self._full_at.get(key, 0.0)
        full_at = (full_at if full_at > now else now) + 1 / self._per_s
        excess = full_at - now - self._burst / self._per_s
        if excess > 1e-9:
            raise rate_limited(int(excess * 1000) + 1)
        self._full_at[key] = full_at
        if now - self._swept_at > 60:
            self._sweep(now)

    def __len__(self) -> int:
        return len(self._full_at)

    def _sweep(self, now: float) -> None:
        """Forget full buckets, so that memory follows who is active."""
        self._swept_at = now
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
