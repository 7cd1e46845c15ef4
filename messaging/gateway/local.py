"""What the gateway does for the other threads of its process: HTTP sends, and calls for the relay."""

import asyncio
import concurrent.futures
import itertools
import time
from typing import Any

import msgspec

from core.errors import DomainError
from messaging.gateway.handling import Handling
from messaging.gateway.hub import Hub, Waiter
from messaging.gateway.upstream import Upstream
from messaging.records import UpstreamItem


class LocalCalls:
    """See `messaging.services.upstream.LocalGateway`. Made on the event loop, called from any other thread."""

    def __init__(self, gateway_id: str, prefix: str, hub: Hub, upstream: Upstream, handling: Handling) -> None:
        self._gateway_id = gateway_id
        self._prefix = prefix
        self._hub = hub
        self._upstream = upstream
        self._handling = handling
        self._numbers = itertools.count(1)
        self._loop = asyncio.get_running_loop()

    def submit_soon(self, item: UpstreamItem) -> None:
        """Produce a command that needs no answer."""
        self._loop.call_soon_threadsafe(self._submit, None, item)

    def submit_and_wait(self, item: UpstreamItem, timeout_s: float) -> dict[str, Any] | None:
        """Produce a command; its answer, or None after `timeout_s`. Raises RATE_LIMITED, UNAVAILABLE."""
        waiter = Waiter(f"{self._prefix}{next(self._numbers):x}")
        named = msgspec.structs.replace(
            item, connection_id=waiter.id, gateway_id=self._gateway_id, received_ms=int(time.time() * 1000)
        )
        self._loop.call_soon_threadsafe(self._submit, waiter, named)
        try:
            return waiter.future.result(timeout_s)
        except concurrent.futures.TimeoutError:
            return None
        finally:
            self._loop.call_soon_threadsafe(self._hub.waiters.pop, waiter.id, None)

    def _submit(self, waiter: Waiter | None, item: UpstreamItem) -> None:
        try:
            if waiter is not None:
                self._hub.waiters[waiter.id] = waiter
                self._handling.check_rate(item.sender_id)
            self._upstream.submit(int(item.command.conversation_id), item)
        except DomainError as error:
            if waiter is not None and not waiter.future.done():
                waiter.future.set_exception(error)
