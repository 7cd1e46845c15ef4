"""Commands on their way to Kafka: those of one loop tick whose conversations share a partition go as one record."""

import asyncio
from functools import partial
from typing import Protocol

from core import crashpoints
from core.errors import DomainError, ErrorCode
from core.kafka.aio import AsyncProducer
from core.kafka.port import KafkaError
from core.kafka.topics import UPSTREAM, conversation_key, partition_of
from core.logs import get_logger
from core.metrics import counters
from messaging import records
from messaging.records import UpstreamItem, UpstreamRecord

log = get_logger(__name__)


class OnFailure(Protocol):
    """Told of the commands that may not have reached Kafka."""

    def __call__(self, items: list[UpstreamItem]) -> None: ...


class Upstream:
    """The gateway's producer. Commands leave in the order in which they were submitted, per conversation."""

    def __init__(self, producer: AsyncProducer, on_failure: OnFailure) -> None:
        self._producer = producer
        self._on_failure = on_failure
        self._pending: dict[int, list[UpstreamItem]] = {}
        self._is_scheduled = False
        self._loop = asyncio.get_running_loop()
        self._is_closed = False

    def submit(self, conversation_id: int, item: UpstreamItem) -> None:
        """Send a command at the end of this loop tick. Raises UNAVAILABLE when the gateway is stopping."""
        if self._is_closed:
            raise DomainError(ErrorCode.UNAVAILABLE)
        partition = partition_of(conversation_id)
        group = self._pending.get(partition)
        if group is None:
            self._pending[partition] = [item]
        else:
            group.append(item)
        if not self._is_scheduled:
            self._is_scheduled = True
            self._loop.call_soon(self._send)

    async def close(self, timeout_s: float) -> None:
        """Send what is left and wait for Kafka, up to `timeout_s`."""
        self._is_closed = True
        self._send()
        await self._producer.close(timeout_s)

    def _send(self) -> None:
        self._is_scheduled = False
        pending, self._pending = self._pending, {}
        for partition, items in pending.items():
            counters.commands += len(items)
            counters.upstream_records += 1
            value = records.encode(UpstreamRecord(records.VERSION, items))
            try:
                # The key is for who replays the record; the partition holds however many conversations it carries.
                key = conversation_key(int(items[0].command.conversation_id))
                report = partial(self._note_delivery, items)
                crashpoints.reach("before-produce")
                self._producer.produce(UPSTREAM.name, value, key=key, partition=partition, on_delivery=report)
            except KafkaError as exc:
                self._fail(items, exc)

    def _note_delivery(self, items: list[UpstreamItem], error: Exception | None) -> None:
        if error is not None:
            self._fail(items, error)

    def _fail(self, items: list[UpstreamItem], error: Exception) -> None:
        counters.upstream_failures += 1
        log.warning("upstream failed", error=str(error), commands=len(items))
        self._on_failure(items)
