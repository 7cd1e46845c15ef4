"""Records on their way to Kafka: produced together, seen confirmed, repeated for as long as somebody waits for them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, NamedTuple

from accounts.presence import Directory
from core.kafka.port import KafkaError, Producer, QueueFull
from core.kafka.topics import Topic, downstream, ensure_topics
from core.logs import get_logger
from messaging.records import VERSION, DownstreamRecord, Push, encode

MAX_RECORD_BYTES: Final = 512 * 1024
_PUSH_OVERHEAD_BYTES: Final = 64
_USER_BYTES: Final = 9
log = get_logger(__name__)


class Outbound(NamedTuple):
    """One record. `gateway_id` names the gateway whose downstream it is; without one it is for a task topic, and is
    produced until it is stored. A `key` leads a replayed record to the same partition again."""

    topic: Topic
    partition: int
    value: bytes
    gateway_id: str = ""
    key: bytes | None = None


class Sender:
    """Sends records and sees them confirmed. For one thread."""

    def __init__(self, producer: Producer, directory: Directory) -> None:
        self._producer = producer
        self._directory = directory

    def send(self, records: Iterable[Outbound], while_waiting: Callable[[], None] = lambda: None) -> None:
        """Returns once every record is stored by Kafka, or its gateway is gone; runs `while_waiting` meanwhile."""
        failed = self._produce(records)
        while_waiting()
        while failed():
            failed = self._produce(self._still_wanted(failed()))

    def _produce(self, records: Iterable[Outbound]) -> Callable[[], list[Outbound]]:
        """Sends; the returned function waits for the reports and gives what was not stored."""
        failed: list[Outbound] = []

        def report(record: Outbound, error: Exception | None) -> None:
            if error is not None:
                log.warning("a record was not stored", topic=record.topic.base, error=str(error))
                failed.append(record)

        if self._producer.fatal is not None:
            self._producer.rebuild()
        for record in records:
            self._queue(record, partial(report, record))

        def wait() -> list[Outbound]:
            while self._producer.flush(5.0):
                log.warning("waiting for kafka to confirm records")
            return failed

        return wait

    def _queue(self, record: Outbound, report: Callable[[Exception | None], None]) -> None:
        while True:
            try:
                self._producer.produce(
                    record.topic.name, record.value, key=record.key, partition=record.partition, on_delivery=report
                )
                return
            except QueueFull:
                self._producer.poll(0.1)
            except KafkaError as exc:
                report(exc)
                return

    def _still_wanted(self, failed: Sequence[Outbound]) -> list[Outbound]:
        """What somebody still waits for; its topics are made again where the broker has lost its disk."""
        live = set(self._directory.live_gateways())
        wanted = [record for record in failed if not record.gateway_id or record.gateway_id in live]
        try:
            if wanted and ensure_topics({record.topic for record in wanted}):
                self._producer.rebuild()  # the old one knows only that there is no such topic
        except KafkaError as exc:
            log.warning("kafka does not answer", error=str(exc))
            self._producer.poll(1.0)
        return wanted


class Pushes:
    """Pushes for gateways, gathered in order."""

    def __init__(self) -> None:
        self._by_gateway: defaultdict[str, list[Push]] = defaultdict(list)

    def add(self, gateway_id: str, push: Push) -> None:
        """One more push for a gateway."""
        self._by_gateway[gateway_id].append(push)

    def records(self) -> list[Outbound]:
        """One record a gateway, or several where it would grow past MAX_RECORD_BYTES."""
        return [
            Outbound(downstream(gateway_id), 0, value, gateway_id)
            for gateway_id, pushes in self._by_gateway.items()
            for value in _encode_split(pushes)
        ]


def _encode_split(pushes: Sequence[Push]) -> list[bytes]:
    values: list[bytes] = []
    batch: list[Push] = []
    size = 0
    for push in pushes:
        weight = len(push.framed) + _USER_BYTES * len(push.users) + _PUSH_OVERHEAD_BYTES
        if batch and size + weight > MAX_RECORD_BYTES:
            values.append(encode(DownstreamRecord(VERSION, batch)))
            batch, size = [], 0
        batch.append(push)
        size += weight
    if batch:
        values.append(encode(DownstreamRecord(VERSION, batch)))
    return values
