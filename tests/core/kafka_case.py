"""What the Kafka tests share: fresh topics, and reading with a deadline."""

import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.conf import settings
from django.test import SimpleTestCase, override_settings

from core.kafka import open_group, open_producer, pure
from core.kafka.port import GroupConsumer, Producer, Record, TailGap, TailReader
from core.kafka.topics import Topic, ensure_topics

DEADLINE_S = 30.0


class KafkaCase(SimpleTestCase):
    """A test that owns its topics, and closes what it opened."""

    def make_topic(self, partitions: int = 1) -> Topic:
        topic = Topic(f"test-{uuid.uuid4().hex}", partitions, 3_600_000)
        ensure_topics([topic])
        self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, [topic.name])
        return topic

    def open_producer(self, **options: object) -> Producer:
        producer = open_producer(**options)  # type: ignore[arg-type]  # passed on as they are
        self.addCleanup(producer.close)
        return producer

    def store(
        self, topic: Topic, values: list[bytes], *, key: bytes | None = None, partition: int | None = None
    ) -> None:
        """Produce `values` in order and wait until they are stored."""
        producer = self.open_producer()
        outcomes: list[Exception | None] = []
        for value in values:
            producer.produce(topic.name, value, key=key, partition=partition, on_delivery=outcomes.append)
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        self.assertEqual(outcomes, [None] * len(values))

    def read_all(self, topic: Topic) -> list[Record]:
        servers = settings.KAFKA_BOOTSTRAP_SERVERS
        return [record for number in range(topic.partitions) for record in pure.scan(servers, topic.name, number)]


if TYPE_CHECKING:
    Contract = KafkaCase
else:
    Contract = object
"""The base of tests that are run once for each adapter, by a class that is a KafkaCase too. Not a test case itself, so
that it is not run alone."""


def poll_until(consumer: GroupConsumer, enough: Callable[[list[Record]], bool]) -> list[Record]:
    """Poll until `enough` says so of all records read so far; return them. Fails after the deadline."""
    found: list[Record] = []
    deadline = time.monotonic() + DEADLINE_S
    while not enough(found):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {DEADLINE_S} s; read {[record.value for record in found]}")
        found += consumer.poll_batch(100, 0.2)
    return found


def tail_until(reader: TailReader, count: int) -> list[Record]:
    """Poll until `count` records were read; return them. Fails after the deadline."""
    found: list[Record] = []
    deadline = time.monotonic() + DEADLINE_S
    while len(found) < count:
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {DEADLINE_S} s; read {[record.value for record in found]}")
        found += reader.poll_batch(100, 0.2)
    return found


def wait_for_gap(reader: TailReader) -> TailGap:
    """Poll until the reader raises a gap; return it. Fails after the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        try:
            reader.poll_batch(100, 0.2)
        except TailGap as gap:
            return gap
    raise AssertionError(f"no gap within {DEADLINE_S} s")


confluent = override_settings(KAFKA_CLIENT="confluent")
kafka_python = override_settings(KAFKA_CLIENT="kafka-python")

__all__ = [
    "DEADLINE_S",
    "Contract",
    "KafkaCase",
    "confluent",
    "kafka_python",
    "open_group",
    "poll_until",
    "tail_until",
    "wait_for_gap",
]
