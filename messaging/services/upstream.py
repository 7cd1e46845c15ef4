"""Upstream from outside the gateway's sockets: HTTP sends that wait for their answer, and calls for the relay.

Inside a gateway process the running gateway takes these over (`set_gateway`); anywhere else, `request_drain` produces
by itself, and `submit_and_wait` has nobody who could bring the answer back, so it refuses with UNAVAILABLE.
"""

import atexit
import time
from typing import Any, Protocol

from core.errors import DomainError, ErrorCode
from core.kafka import get_producer
from core.kafka.port import KafkaError
from core.kafka.topics import UPSTREAM, conversation_key
from core.logs import get_logger
from messaging import records
from messaging.records import DrainOutbox, UpstreamItem, UpstreamRecord

_EXIT_FLUSH_S = 2.0
log = get_logger(__name__)


class LocalGateway(Protocol):
    """What a gateway does for the other threads of its process."""

    def submit_soon(self, item: UpstreamItem) -> None:
        """Produce a command that needs no answer. Returns at once; never raises."""

    def submit_and_wait(self, item: UpstreamItem, timeout_s: float) -> dict[str, Any] | None:
        """See the function of that name."""


class _Process:
    gateway: LocalGateway | None = None
    flushes_at_exit = False


def set_gateway(gateway: LocalGateway | None) -> None:
    """Name the gateway that runs in this process (None: it has stopped)."""
    _Process.gateway = gateway


def request_drain(conversation_id: int) -> None:
    """Ask the worker that owns the conversation to publish its outbox. Call it after the commit.

    Returns at once and never raises: should the request be lost, the next lock of the conversation, or the sweep,
    drains the outbox as well.
    """
    item = _drain_item(conversation_id)
    if _Process.gateway is not None:
        _Process.gateway.submit_soon(item)
        return
    try:
        _produce(conversation_id, item)
    except KafkaError as exc:
        log.warning("a drain was not requested", conversation_id=conversation_id, error=str(exc))


def submit_and_wait(item: UpstreamItem, timeout_s: float) -> dict[str, Any] | None:
    """Send a durable command and wait for its answer: the `message-ack` or `error` frame, or None after `timeout_s`.

    For threads, never for the event loop. The item's connection_id and gateway_id are replaced by those that bring the
    answer here. Raises UNAVAILABLE where no gateway runs in this process, RATE_LIMITED as a socket would.
    """
    if _Process.gateway is None:
        raise DomainError(ErrorCode.UNAVAILABLE)
    return _Process.gateway.submit_and_wait(item, timeout_s)


def _drain_item(conversation_id: int) -> UpstreamItem:
    return UpstreamItem(
        sender_id=0,
        session_id=0,
        connection_id="",
        gateway_id="",
        received_ms=int(time.time() * 1000),
        language="",
        command=DrainOutbox(conversation_id=str(conversation_id)),
    )


def _produce(conversation_id: int, item: UpstreamItem) -> None:
    producer = get_producer()
    value = records.encode(UpstreamRecord(records.VERSION, [item]))
    producer.produce(UPSTREAM.name, value, key=conversation_key(conversation_id))
    producer.poll()
    if not _Process.flushes_at_exit:
        # A short-lived process (a management command) must not end before its request has left.
        _Process.flushes_at_exit = True
        atexit.register(lambda: get_producer().flush(_EXIT_FLUSH_S))
