"""Records that cannot be handled: set aside with the reason, listed, and replayed once the cause is gone (`manage.py
dead_letters`)."""

from collections.abc import Iterator

import msgspec
from django.conf import settings

from core import clock
from core.kafka import get_producer, pure
from core.kafka.port import KafkaError, Producer, Record
from core.kafka.topics import DEAD_LETTER

_SEND_TIMEOUT_S = 30.0


class DeadLetter(msgspec.Struct, frozen=True):
    """A record as it was read, why it was given up, and when (RFC 3339). `topic` lacks the installation's prefix; `v`
    is this layout's version."""

    v: int
    reason: str
    failed_at: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes


class Entry(msgspec.Struct, frozen=True):
    """A dead letter in its topic. `number` is its offset there: the name by which people show and replay it."""

    number: int
    letter: DeadLetter


def send(record: Record, reason: str, *, producer: Producer | None = None) -> None:
    """Set `record` aside. On return it is stored, so that its offset may be committed. Raises KafkaError when it is
    not."""
    letter = DeadLetter(
        v=1,
        reason=reason,
        failed_at=clock.to_wire(clock.now()),
        topic=record.topic.removeprefix(settings.KAFKA_TOPIC_PREFIX),
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp_ms,
        key=record.key,
        value=record.value,
    )
    _deliver(producer or get_producer(), DEAD_LETTER.name, msgspec.json.encode(letter), record.key)


def list_entries(start: int = 0) -> Iterator[Entry]:
    """Yield the dead letters that are still kept, the oldest first, from number `start` on. What is not one (a
    foreign record) is passed over."""
    for record in pure.scan(settings.KAFKA_BOOTSTRAP_SERVERS, DEAD_LETTER.name, start=start):
        try:
            yield Entry(record.offset, msgspec.json.decode(record.value, type=DeadLetter))
        except msgspec.DecodeError:
            continue


def find_entry(number: int) -> Entry | None:
    """The dead letter with that number, or None when it is no longer kept or never was."""
    entry = next(list_entries(number), None)
    return entry if entry is not None and entry.number == number else None


def replay(entry: Entry, *, producer: Producer | None = None) -> None:
    """Send the record to its topic again, with its key. Handling is idempotent, so a second replay does no harm.
    Raises KafkaError."""
    letter = entry.letter
    _deliver(producer or get_producer(), f"{settings.KAFKA_TOPIC_PREFIX}{letter.topic}", letter.value, letter.key)


def _deliver(producer: Producer, topic: str, value: bytes, key: bytes | None) -> None:
    outcome: list[Exception | None] = []
    producer.produce(topic, value, key=key, on_delivery=outcome.append)
    if producer.flush(_SEND_TIMEOUT_S):
        raise KafkaError(f"a record for {topic} was not confirmed within {_SEND_TIMEOUT_S:.0f} s")
    if outcome and outcome[0] is not None:
        raise KafkaError(f"a record for {topic} was not stored") from outcome[0]
