"""Kafka, behind one port: callers open producers and readers here and name topics by `core.kafka.topics`.

KAFKA_CLIENT chooses the adapter: `confluent` (librdkafka) or `kafka-python`. Both keep what `core.kafka.port` promises.
"""

import os
import queue
import time
from collections.abc import Sequence

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.kafka.confluent import ConfluentGroupConsumer, ConfluentProducer, ConfluentTailReader
from core.kafka.port import GroupConsumer, KafkaError, OnAssign, OnRevoke, Producer, Reports, TailReader
from core.kafka.pure import PureGroupConsumer, PureProducer, PureTailReader
from core.kafka.topics import Topic

__all__ = ["KAFKA_PYTHON", "deliver", "get_producer", "open_group", "open_producer", "open_tail"]

KAFKA_PYTHON = "kafka-python"
"""The pure client's name, for those who ask for it whatever KAFKA_CLIENT says."""

_DELIVERY_TIMEOUT_S = 30.0
_POLL_S = 0.05
_producers: dict[tuple[int, Reports], Producer] = {}


def get_producer(reports: Reports = Reports.ALL) -> Producer:
    """The producer that this process shares among its threads, opened on first use; a child process gets its own."""
    key = (os.getpid(), reports)
    producer = _producers.get(key)
    if producer is None:
        producer = _producers.setdefault(key, open_producer(reports=reports))
    return producer


def deliver(topic: Topic, value: bytes, *, key: bytes, timeout_s: float) -> None:
    """Stores one record through the process's shared producer and returns once Kafka has it. For threads.

    Raises KafkaError when it is refused, or not confirmed within `timeout_s`: then it may be stored all the same.
    """
    producer = get_producer()
    if producer.fatal is not None:
        producer.rebuild()
    reports: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    producer.produce(topic.name, value, key=key, on_delivery=reports.put)
    deadline = time.monotonic() + timeout_s
    while reports.empty():
        if time.monotonic() > deadline:
            raise KafkaError("not confirmed in time")
        producer.poll(_POLL_S)
    if (error := reports.get()) is not None:
        raise KafkaError(str(error)) from error


def open_producer(
    *, linger_ms: float = 0.0, reports: Reports = Reports.ALL, delivery_timeout_s: float = _DELIVERY_TIMEOUT_S
) -> Producer:
    """A producer of the caller's own, which gives up a record after `delivery_timeout_s`.

    `linger_ms` makes each record wait for others; without it, what is queued while a request is on its way goes
    together.
    """
    adapter = ConfluentProducer if _is_confluent() else PureProducer
    return adapter(
        settings.KAFKA_BOOTSTRAP_SERVERS, linger_ms=linger_ms, reports=reports, delivery_timeout_s=delivery_timeout_s
    )


def open_group(
    group: str,
    topics: Sequence[Topic],
    *,
    on_assign: OnAssign | None = None,
    on_revoke: OnRevoke | None = None,
    client: str = "",
) -> GroupConsumer:
    """Join `group` (KAFKA_TOPIC_PREFIX goes before its name) to read `topics`, with `client` in place of KAFKA_CLIENT.
    All its members must run the same client.

    The callbacks get partitions gained and given up; what `on_revoke` commits is where the next owner starts.
    """
    adapter = ConfluentGroupConsumer if _is_confluent(client) else PureGroupConsumer
    names = [topic.name for topic in topics]
    return adapter(
        settings.KAFKA_BOOTSTRAP_SERVERS, f"{settings.KAFKA_TOPIC_PREFIX}{group}", names, on_assign, on_revoke
    )


def open_tail(topic: Topic, partition: int = 0, *, timeout_s: float = 10.0) -> TailReader:
    """Read what is stored in one partition from now on. Raises KafkaError when its end is not known within
    `timeout_s`."""
    adapter = ConfluentTailReader if _is_confluent() else PureTailReader
    return adapter(settings.KAFKA_BOOTSTRAP_SERVERS, topic.name, partition, timeout_s=timeout_s)


def _is_confluent(client: str = "") -> bool:
    chosen = client or settings.KAFKA_CLIENT
    if chosen not in ("confluent", KAFKA_PYTHON):
        raise ImproperlyConfigured(f"KAFKA_CLIENT is {chosen!r}; it can be confluent or kafka-python")
    return bool(chosen == "confluent")
