"""The group consumer on librdkafka."""

from collections.abc import Mapping, Sequence

import confluent_kafka as ck

from core.kafka.confluent.client import connection, consumption, logger, to_partitions, to_places, to_record
from core.kafka.port import GroupError, KafkaError, OnAssign, OnRevoke, Partition, Record

_COMMITTED_TIMEOUT_S = 2.0


class ConfluentGroupConsumer:
    """`core.kafka.port.GroupConsumer`, with cooperative rebalancing."""

    def __init__(
        self, servers: str, group: str, topics: Sequence[str], on_assign: OnAssign | None, on_revoke: OnRevoke | None
    ) -> None:
        self._on_assign = on_assign
        self._on_revoke = on_revoke
        self._revoked: set[Partition] = set()
        self._fresh: list[ck.TopicPartition] = []
        self._fatal: str | None = None
        self._client = ck.Consumer(
            connection(servers)
            | consumption()
            | {
                "group.id": group,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                "session.timeout.ms": 10_000,
                "heartbeat.interval.ms": 1_000,
                "max.poll.interval.ms": 60_000,
                "error_cb": self._on_error,
                "on_commit": _log_commit,
            }
        )
        self._client.subscribe(list(topics), on_assign=self._assigned, on_revoke=self._gone, on_lost=self._lost)

    def poll_batch(self, max_records: int, timeout_s: float, gather_s: float = 0.0) -> list[Record]:
        self._revoked.clear()
        first = self._client.poll(timeout_s)
        if self._fatal is not None:
            raise GroupError(self._fatal)
        if self._fresh:
            # librdkafka remembers that a partition was paused when it went, and would never hand it out again.
            fresh, self._fresh = self._fresh, []
            self._client.resume(fresh)
        if first is None:
            return []
        messages = [first]
        if max_records > 1:
            messages += self._client.consume(max_records - 1, gather_s)
        records = [to_record(message) for message in messages if self._is_record(message)]
        if self._revoked:
            return [record for record in records if (record.topic, record.partition) not in self._revoked]
        return records

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool = False) -> None:
        if not offsets:
            return
        places = [ck.TopicPartition(topic, partition, offset) for (topic, partition), offset in offsets.items()]
        try:
            if wait:
                results = self._client.commit(offsets=places, asynchronous=False)
                refused = [str(place.error) for place in results if place.error is not None]
                if refused:
                    raise KafkaError("; ".join(refused))
            else:
                self._client.commit(offsets=places, asynchronous=True)
        except ck.KafkaException as error:
            if wait:
                raise KafkaError(str(error.args[0])) from error
            logger.warning("offsets were not committed: %s", error.args[0])

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        try:
            for (topic, partition), offset in offsets.items():
                self._client.seek(ck.TopicPartition(topic, partition, offset))
        except ck.KafkaException as error:
            raise KafkaError(str(error.args[0])) from error

    def pause(self, partitions: Sequence[Partition]) -> None:
        self._client.pause(to_places(partitions))

    def resume(self, partitions: Sequence[Partition]) -> None:
        self._client.resume(to_places(partitions))

    def assignment(self) -> list[Partition]:
        return to_partitions(self._client.assignment())

    def lag(self) -> dict[Partition, int]:
        lags: dict[Partition, int] = {}
        places = self._client.position(self._client.assignment())
        read = [place for place in places if place.offset >= 0]
        for place in [*read, *self._find_committed([place for place in places if place.offset < 0])]:
            watermarks = self._client.get_watermark_offsets(place, cached=True)  # (-1001, -1001) before the first fetch
            if watermarks[1] >= 0:
                start = place.offset if place.offset >= 0 else watermarks[0]
                lags[place.topic, place.partition] = max(0, watermarks[1] - start)
        return lags

    def _find_committed(self, places: list[ck.TopicPartition]) -> list[ck.TopicPartition]:
        """Where the group stands in partitions of which this member has read nothing yet."""
        try:
            return list(self._client.committed(places, timeout=_COMMITTED_TIMEOUT_S)) if places else []
        except ck.KafkaException:
            return []

    def close(self) -> None:
        self._client.close()

    def _is_record(self, message: ck.Message) -> bool:
        error = message.error()
        if error is None:
            return True
        logger.warning("kafka consumer: %s", error)
        return False

    def _on_error(self, error: ck.KafkaError) -> None:
        if error.fatal():
            self._fatal = str(error)
        else:
            logger.warning("kafka consumer: %s", error)

    def _assigned(self, _: ck.Consumer, places: list[ck.TopicPartition]) -> None:
        self._fresh += places
        if self._on_assign is not None:
            self._on_assign(to_partitions(places))

    def _gone(self, _: ck.Consumer, places: list[ck.TopicPartition], lost: bool = False) -> None:
        partitions = to_partitions(places)
        self._revoked.update(partitions)
        self._fresh = [place for place in self._fresh if (place.topic, place.partition) not in self._revoked]
        if self._on_revoke is not None:
            self._on_revoke(partitions, lost)

    def _lost(self, client: ck.Consumer, places: list[ck.TopicPartition]) -> None:
        self._gone(client, places, lost=True)


def _log_commit(error: ck.KafkaError | None, _: list[ck.TopicPartition]) -> None:
    if error is not None and error.code() != ck.KafkaError._NO_OFFSET:
        logger.warning("offsets were not committed: %s", error)
