"""The tail reader on librdkafka."""

import time

import confluent_kafka as ck

from core.kafka.confluent.client import connection, consumption, logger, to_record
from core.kafka.port import Gap, KafkaError, Record, TailGap

_OFFSET_ERRORS = frozenset(
    {
        ck.KafkaError._AUTO_OFFSET_RESET,
        ck.KafkaError.OFFSET_OUT_OF_RANGE,
        ck.KafkaError._UNKNOWN_PARTITION,
        ck.KafkaError._UNKNOWN_TOPIC,
        ck.KafkaError.UNKNOWN_TOPIC_OR_PART,
        ck.KafkaError.UNKNOWN_TOPIC_ID,
    }
)
_PROBE_S = 1.0


class ConfluentTailReader:
    """`core.kafka.port.TailReader`.

    A broker counts as lost when none can be reached: while a replica in sync is there, nothing stored is lost. The
    gap is raised when one answers again.
    """

    def __init__(self, servers: str, topic: str, partition: int, *, timeout_s: float) -> None:
        self._place = ck.TopicPartition(topic, partition)
        self._lost = False
        self._misplaced: str | None = None
        self._position = 0
        self._client = ck.Consumer(
            connection(servers)
            | consumption()
            | {"group.id": f"tail-{topic}", "auto.offset.reset": "error", "error_cb": self._on_error}
        )
        self._move_to_end(time.monotonic() + timeout_s)

    def poll_batch(self, max_records: int, timeout_s: float) -> list[Record]:
        if self._misplaced is not None:
            self._recover(Gap.OFFSET_RESET, self._misplaced)
        first = self._client.poll(timeout_s)
        if first is None:
            if self._lost:
                self._recover(Gap.BROKER_LOST, "every broker was away")
            return []
        messages = [first]
        if max_records > 1:
            messages += self._client.consume(max_records - 1, 0.0)
        records = [to_record(message) for message in messages if self._is_record(message)]
        if records:
            self._position = records[-1].offset + 1
        return records

    def close(self) -> None:
        self._client.close()

    def _is_record(self, message: ck.Message) -> bool:
        error = message.error()
        if error is None:
            return True
        if error.code() in _OFFSET_ERRORS:
            self._misplaced = str(error)
        else:
            logger.warning("kafka tail reader: %s", error)
        return False

    def _on_error(self, error: ck.KafkaError) -> None:
        if error.code() == ck.KafkaError._ALL_BROKERS_DOWN:
            self._lost = True

    def _recover(self, gap: Gap, detail: str) -> None:
        """Raise TailGap if a broker answers now; otherwise the next poll tries again."""
        try:
            end = self._client.get_watermark_offsets(self._place, timeout=_PROBE_S)[1]
            if self._misplaced is not None or end < self._position:
                self._move_to_end(time.monotonic() + _PROBE_S)
        except (ck.KafkaException, KafkaError):
            return
        self._lost = False
        self._misplaced = None
        raise TailGap(gap, detail)

    def _move_to_end(self, deadline: float) -> None:
        """Fix the place at the number that is the end now. A new topic may have no leader for a moment: tried until
        `deadline`."""
        while True:
            try:
                end = self._client.get_watermark_offsets(self._place, timeout=_PROBE_S)[1]
                break
            except ck.KafkaException as error:
                if time.monotonic() >= deadline:
                    raise KafkaError(f"no end of {self._place.topic}: {error.args[0]}") from error
                self._client.poll(0.1)
        self._position = end
        self._client.assign([ck.TopicPartition(self._place.topic, self._place.partition, end)])
