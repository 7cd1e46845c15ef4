"""What all librdkafka clients here share: their settings, and the port's types from librdkafka's."""

import logging
from collections.abc import Sequence
from typing import Any

import confluent_kafka as ck

from core.kafka.port import Partition, Record

logger = logging.getLogger(__name__)

_REPEAT_S = 60.0


class _Throttle(logging.Filter):
    """Lets the same sort of line through once a minute: a client tells of each failed attempt to reconnect."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        sort = " ".join(str(part)[:40] for part in (record.msg, *(record.args or ())))
        if record.created - self._last.get(sort, 0.0) < _REPEAT_S:
            return False
        self._last[sort] = record.created
        return True


logger.addFilter(_Throttle())


def connection(servers: str) -> dict[str, Any]:
    """What every client shares: no Nagle delay, quick reconnects, and silence about connections that were idle."""
    return {
        "bootstrap.servers": servers,
        "socket.nagle.disable": True,
        "socket.keepalive.enable": True,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        "log.connection.close": False,
        "logger": logger,
    }


def consumption() -> dict[str, Any]:
    """Fetching: a broker answers as soon as it has a byte, else every 500 ms, which is all that an idle reader
    costs."""
    return {"enable.auto.commit": False, "fetch.min.bytes": 1, "fetch.wait.max.ms": 500, "fetch.error.backoff.ms": 100}


def to_record(message: ck.Message) -> Record:
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.key(),
        message.value() or b"",
        message.timestamp()[1],
    )


def to_places(partitions: Sequence[Partition]) -> list[ck.TopicPartition]:
    return [ck.TopicPartition(topic, partition) for topic, partition in partitions]


def to_partitions(places: Sequence[ck.TopicPartition]) -> list[Partition]:
    return [(place.topic, place.partition) for place in places]
