"""The tail reader on kafka-python."""

import time

import kafka
from kafka import errors

from core.kafka.port import Gap, KafkaError, Record, TailGap
from core.kafka.pure.client import connection, to_record

_PROBE_S = 1.0


class PureTailReader:
    """`core.kafka.port.TailReader`. A broker counts as lost when no connection is open; the gap is raised when one
    answers again."""

    def __init__(self, servers: str, topic: str, partition: int, *, timeout_s: float) -> None:
        self._place = kafka.TopicPartition(topic, partition)
        self._lost = False
        self._misplaced: str | None = None
        self._position = 0
        self._client = kafka.KafkaConsumer(
            **connection(servers),
            enable_auto_commit=False,
            auto_offset_reset="none",
            request_timeout_ms=5_000,
            allow_auto_create_topics=False,
        )
        self._client.assign([self._place])
        self._move_to_end(time.monotonic() + timeout_s)

    def poll_batch(self, max_records: int, timeout_s: float) -> list[Record]:
        if self._misplaced is not None:
            self._recover(Gap.OFFSET_RESET, self._misplaced)
        try:
            found = self._client.poll(timeout_ms=timeout_s * 1000, max_records=max_records)
        except (
            errors.OffsetOutOfRangeError,
            errors.NoOffsetForPartitionError,
            errors.LogTruncationError,
            errors.UnknownTopicOrPartitionError,
        ) as error:
            self._misplaced = str(error)
            return []
        records = [to_record(record) for batch in found.values() for record in batch]
        if records:
            self._position = records[-1].offset + 1
        elif self._lost:
            self._recover(Gap.BROKER_LOST, "every broker was away")
        else:
            self._lost = self._client.metrics()["consumer-metrics"]["connection-count"] == 0
        return records

    def close(self) -> None:
        self._client.close()

    def _recover(self, gap: Gap, detail: str) -> None:
        """Raise TailGap if a broker answers now; otherwise the next poll tries again."""
        try:
            end = self._client.end_offsets([self._place], timeout_ms=_PROBE_S * 1000)[self._place]
            if self._misplaced is not None or end < self._position:
                self._move_to_end(time.monotonic() + _PROBE_S)
        except (errors.KafkaError, KafkaError):
            return
        self._lost = False
        self._misplaced = None
        raise TailGap(gap, detail)

    def _move_to_end(self, deadline: float) -> None:
        while True:
            try:
                end = self._client.end_offsets([self._place], timeout_ms=_PROBE_S * 1000)[self._place]
                break
            except errors.KafkaError as error:
                if time.monotonic() >= deadline:
                    raise KafkaError(f"no end of {self._place.topic}: {error}") from error
        self._position = end
        self._client.seek(self._place, end)
