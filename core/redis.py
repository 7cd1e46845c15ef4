"""The one place that knows the Redis driver: clients, and what "Redis is not there" looks like.

Redis only carries and accelerates: every caller has a way to go on without it.
"""

import hashlib
import os
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import redis
import redis.asyncio
from django.conf import settings
from redis import Redis as Redis
from redis.exceptions import NoScriptError as NoScriptError
from redis.exceptions import RedisError as RedisError

from core.logs import get_logger

_SOCKET_TIMEOUT_S = 2.0
_PAUSE_S = 1.0
T = TypeVar("T")
log = get_logger(__name__)


@lru_cache(maxsize=4)
def _client(url: str, pid: int) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_timeout=_SOCKET_TIMEOUT_S,
        socket_connect_timeout=_SOCKET_TIMEOUT_S,
        health_check_interval=30,
    )


def get_redis() -> "redis.Redis":
    """The process's client (bytes in and out, pooled, thread-safe); a forked child gets its own."""
    return _client(settings.REDIS_URL, os.getpid())


def new_async_redis() -> "redis.asyncio.Redis":
    """A client for the running event loop; its owner closes it."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_SOCKET_TIMEOUT_S, socket_connect_timeout=_SOCKET_TIMEOUT_S
    )


class _Breaker:
    """Remembers for a second that Redis failed, so that a batch does not wait for its time-out again and again."""

    open_until = 0.0


def best_effort(operation: "Callable[[redis.Redis], T]") -> T | None:
    """What `operation` returns, or None while Redis cannot be reached: for caches, never for what must happen."""
    if time.monotonic() < _Breaker.open_until:
        return None
    try:
        return operation(get_redis())
    except RedisError as exc:
        _Breaker.open_until = time.monotonic() + _PAUSE_S
        log.warning("redis failed; going on without it", error=type(exc).__name__)
        return None


class Script:
    """A Lua script that runs as EVALSHA and loads itself where the server has not seen it (a flush, a restart)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    def run(self, keys: list[str], args: list[Any]) -> Any:
        """The script's answer. Raises RedisError."""
        return get_redis().register_script(self._source)(keys=keys, args=args)

    @property
    def sha(self) -> str:
        """The script's name for `evalsha` in a pipeline; wrap the pipeline in `retry_loaded`."""
        return self._sha

    def retry_loaded(self, client: "redis.Redis", operation: "Callable[[redis.Redis], T]") -> T:
        """Runs `operation`, and once more when the server turns out not to know the script (a flush, a restart)."""
        try:
            return operation(client)
        except NoScriptError:
            client.script_load(self._source)
            return operation(client)
