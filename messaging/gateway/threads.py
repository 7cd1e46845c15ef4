"""Blocking work of the gateway (database, Redis): a few threads of its own, so that HTTP does not queue behind it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from django.db import close_old_connections

_THREADS: Final = 6
T = TypeVar("T")


class Threads:
    """A small pool. Each piece of work gives its database connection back when it is done."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="gateway")

    async def run(self, function: Callable[..., T], *args: Any) -> T:
        """`function(*args)` in a thread; its value or exception."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, _run, function, args)

    def close(self) -> None:
        """Take no more work and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _run(function: Callable[..., T], args: tuple[Any, ...]) -> T:
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()
