"""The gateway's own downstream topic: read from where it ends when the gateway starts, pushed as it comes."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

import msgspec

from core import metrics
from core.kafka import open_tail
from core.kafka.aio import AsyncTail
from core.kafka.port import Gap, KafkaError, Record
from core.kafka.topics import ensure_downstream
from core.logs import get_logger
from core.metrics import counters
from messaging import records
from messaging.gateway.hub import Hub
from messaging.gateway.large import LargeGroups
from messaging.records import UnknownVersionError

START_ATTEMPTS: Final = 30
_RETRY_S: Final = 1.0
log = get_logger(__name__)


class Downstream:
    """Hands each batch of records to the hub, those about large groups by way of who is in them.

    `on_gap(reason)` is called when records may have been missed.
    """

    def __init__(self, gateway_id: str, hub: Hub, large_groups: LargeGroups, on_gap: Callable[[str], None]) -> None:
        self._gateway_id = gateway_id
        self._hub = hub
        self._large_groups = large_groups
        self._on_gap = on_gap
        self._tail: AsyncTail | None = None
        self._delay_s = 0.0
        metrics.add_gauge(
            "downstream_delay_seconds",
            "How long the oldest record of the last downstream batch had waited, from the worker's clock to ours",
            lambda: self._delay_s,
        )

    async def start(self) -> None:
        """Create the topic where it is missing and fix the place in it: whatever is stored later will be pushed.

        Waits for Kafka for half a minute; raises KafkaError when it does not come.
        """
        for attempt in range(1, START_ATTEMPTS + 1):
            try:
                reader = await asyncio.to_thread(lambda: open_tail(ensure_downstream(self._gateway_id)))
                break
            except KafkaError:
                if attempt == START_ATTEMPTS:
                    raise
                log.warning("waiting for kafka", attempt=attempt)
                await asyncio.sleep(_RETRY_S)
        self._tail = AsyncTail(reader, on_records=self._push, on_gap=self._note_gap)

    async def close(self) -> None:
        """Stop reading."""
        if self._tail is not None:
            await self._tail.close()

    def _push(self, batch: list[Record]) -> None:
        counters.downstream_batches += 1
        counters.downstream_records += len(batch)
        self._delay_s = max(0.0, time.time() - batch[0].timestamp_ms / 1000)
        push, push_to_group = self._hub.push, self._large_groups.take
        for record in batch:
            try:
                pushes = records.decode_downstream(record.value).pushes
            except (msgspec.DecodeError, UnknownVersionError) as exc:
                log.error("a downstream record cannot be read", offset=record.offset, error=str(exc)[:200])
                self._note_gap(None)
                continue
            for one in pushes:
                if one.conversation:
                    push_to_group(one)
                else:
                    push(one)
        self._hub.flush()

    def _note_gap(self, gap: Gap | None) -> None:
        counters.downstream_gaps += 1
        self._on_gap(gap.value if gap is not None else "unreadable")
