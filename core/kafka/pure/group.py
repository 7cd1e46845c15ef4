"""The group consumer on kafka-python."""

import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import kafka
from kafka import errors
from kafka.consumer.subscription_state import AsyncConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from core.kafka.port import GroupError, KafkaError, OnAssign, OnRevoke, Partition, Record
from core.kafka.pure.client import connection, to_record

logger = logging.getLogger(__name__)


class PureGroupConsumer:
    """`core.kafka.port.GroupConsumer`. Rebalance callbacks run in the client's network thread while `poll_batch`
    waits for it."""

    def __init__(
        self, servers: str, group: str, topics: Sequence[str], on_assign: OnAssign | None, on_revoke: OnRevoke | None
    ) -> None:
        self._client = kafka.KafkaConsumer(
            **connection(servers),
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            partition_assignment_strategy=(CooperativeStickyAssignor,),
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            fetch_max_wait_ms=2_000,  # an idle member asks every two seconds; a record is answered at once
            max_poll_interval_ms=60_000,
            allow_auto_create_topics=False,
        )
        self._listener = _Listener(on_assign, on_revoke)
        self._client.subscribe(list(topics), listener=self._listener)

    def poll_batch(self, max_records: int, timeout_s: float, gather_s: float = 0.0) -> list[Record]:
        try:
            batch = self._poll(max_records, timeout_s)
            deadline = time.monotonic() + gather_s
            while batch and len(batch) < max_records and (left := deadline - time.monotonic()) > 0:
                batch += self._poll(max_records - len(batch), left)
            return batch
        except (errors.FencedInstanceIdError, errors.AuthorizationError) as error:
            raise GroupError(str(error)) from error
        except errors.KafkaError as error:
            logger.warning("kafka consumer: %s", error)
            return []

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool = False) -> None:
        if not offsets:
            return
        marks = {
            kafka.TopicPartition(*place): kafka.OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()
        }
        try:
            if wait and not self._listener.running:
                self._client.commit(marks, timeout_ms=10_000)
            else:
                self._listener.commits.append(self._client.commit_async(marks, callback=_log_commit))
        except errors.KafkaError as error:
            if wait:
                raise KafkaError(str(error)) from error
            logger.warning("offsets were not committed: %s", error)

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        try:
            for place, offset in offsets.items():
                self._client.seek(kafka.TopicPartition(*place), offset)
        except (errors.KafkaError, AssertionError) as error:
            raise KafkaError(str(error)) from error

    def pause(self, partitions: Sequence[Partition]) -> None:
        self._client.pause(*(kafka.TopicPartition(*place) for place in partitions))

    def resume(self, partitions: Sequence[Partition]) -> None:
        self._client.resume(*(kafka.TopicPartition(*place) for place in partitions))

    def assignment(self) -> list[Partition]:
        return [(place.topic, place.partition) for place in self._client.assignment()]

    def lag(self) -> dict[Partition, int]:
        lags: dict[Partition, int] = {}
        for place in self._client.assignment():
            end = self._client.highwater(place)
            if end is not None:
                lags[place.topic, place.partition] = max(0, end - (self._client.position(place, timeout_ms=0) or 0))
        return lags

    def close(self) -> None:
        self._client.close(autocommit=False, timeout_ms=5_000)

    def _poll(self, max_records: int, timeout_s: float) -> list[Record]:
        found = self._client.poll(timeout_ms=timeout_s * 1000, max_records=max_records)
        owned = self._client.assignment()
        return [to_record(record) for place, records in found.items() if place in owned for record in records]


class _Listener(AsyncConsumerRebalanceListener):  # type: ignore[misc]  # its base has no types
    """Runs the port's callbacks. What they commit is awaited before the group goes on, as a blocking commit cannot be
    made in this thread."""

    def __init__(self, on_assign: OnAssign | None, on_revoke: OnRevoke | None) -> None:
        self._on_assign = on_assign
        self._on_revoke = on_revoke
        self.running = False
        self.commits: list[Any] = []

    async def on_partitions_assigned(self, assigned: Sequence[Any]) -> None:
        if self._on_assign is not None and assigned:
            self._on_assign([(place.topic, place.partition) for place in assigned])

    async def on_partitions_revoked(self, revoked: Sequence[Any]) -> None:
        await self._revoke(revoked, lost=False)

    async def on_partitions_lost(self, lost: Sequence[Any]) -> None:
        await self._revoke(lost, lost=True)

    async def _revoke(self, places: Sequence[Any], *, lost: bool) -> None:
        if self._on_revoke is None or not places:
            return
        self.commits.clear()
        self.running = True
        try:
            self._on_revoke([(place.topic, place.partition) for place in places], lost)
        finally:
            self.running = False
        for commit in self.commits:
            with contextlib.suppress(errors.KafkaError):  # logged by its callback
                await commit


def _log_commit(_: object, result: object) -> None:
    if isinstance(result, Exception):
        logger.warning("offsets were not committed: %s", result)
