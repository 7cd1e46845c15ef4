"""The project's Kafka topics: names, partitions, retention, and their creation.

Records about one conversation carry its id as their key (`conversation_key`), so that they share a partition and keep
their order.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec
from django.conf import settings

from core.kafka import pure

_HOUR_MS = 3_600_000


class Topic(msgspec.Struct, frozen=True):
    """A topic as it shall be. `base` is its name without the installation's prefix; `retention_ms` is how long a
    record is kept."""

    base: str
    partitions: int
    retention_ms: int

    @property
    def name(self) -> str:
        """The name on the broker: KAFKA_TOPIC_PREFIX, then `base`."""
        return f"{settings.KAFKA_TOPIC_PREFIX}{self.base}"


UPSTREAM_GROUP = "im-logic"
"""The consumer group of the logic workers, which read UPSTREAM."""
UPSTREAM = Topic("im-upstream-topic", 8, 24 * _HOUR_MS)
LARGE_GROUP_FANOUT = Topic("im-task-large-group-fanout-topic", 8, 24 * _HOUR_MS)
INDEXING = Topic("indexing-topic", 8, 7 * 24 * _HOUR_MS)
AGENT = Topic("im-agent-topic", 8, 24 * _HOUR_MS)
DEAD_LETTER = Topic("im-dead-letter-topic", 1, 7 * 24 * _HOUR_MS)

ALL = (UPSTREAM, LARGE_GROUP_FANOUT, INDEXING, AGENT, DEAD_LETTER)

_DOWNSTREAM_RETENTION_MS = 10 * 60 * 1000
_KEY_BYTES = 8


def downstream(gateway_id: str) -> Topic:
    """The topic that the gateway `gateway_id` reads. One partition, so that pushes keep their order."""
    return Topic(f"im-downstream-topic-{gateway_id}", 1, _DOWNSTREAM_RETENTION_MS)


def count_upstream_lag() -> int:
    """How many upstream records the logic workers have not committed yet. Asks the broker; raises KafkaError."""
    group = f"{settings.KAFKA_TOPIC_PREFIX}{UPSTREAM_GROUP}"
    return sum(pure.group_lag(settings.KAFKA_BOOTSTRAP_SERVERS, group, [UPSTREAM.name]).values())


def list_downstream_gateways() -> list[str]:
    """The ids of all gateways that have a downstream topic, whether they run or not. Raises KafkaError."""
    prefix = downstream("").name
    return [
        name.removeprefix(prefix)
        for name in pure.list_topics(settings.KAFKA_BOOTSTRAP_SERVERS)
        if name.startswith(prefix)
    ]


def conversation_key(conversation_id: int) -> bytes:
    """The record key of a conversation: its id as eight bytes, the highest first."""
    return conversation_id.to_bytes(_KEY_BYTES, "big")


@lru_cache(maxsize=1 << 16)
def partition_of(conversation_id: int, partitions: int = UPSTREAM.partitions) -> int:
    """The partition that records with this conversation's key go to, for who puts several conversations in one record.

    The same hash as the clients' own (murmur2), so that records with a key and records with a partition agree.
    """
    return int(pure.murmur2(conversation_key(conversation_id)) & 0x7FFFFFFF) % partitions


def ensure_topics(topics: Iterable[Topic] = ALL) -> list[str]:
    """Create what is missing and return the names created; topics that exist are left as they are, and each has a
    leader on return.

    Several processes may do this at the same time. Raises KafkaError when Kafka does not answer.
    """
    wanted = [
        pure.TopicConfig(topic.name, topic.partitions, settings.KAFKA_REPLICATION_FACTOR, _configs(topic))
        for topic in topics
    ]
    return pure.create_missing_topics(settings.KAFKA_BOOTSTRAP_SERVERS, wanted)


def ensure_downstream(gateway_id: str) -> Topic:
    """Create the gateway's downstream topic unless it exists, and return it."""
    topic = downstream(gateway_id)
    ensure_topics([topic])
    return topic


def _configs(topic: Topic) -> dict[str, str]:
    """A record goes only with its whole segment, so segments are rolled several times within the retention."""
    return {
        "cleanup.policy": "delete",
        "min.insync.replicas": str(settings.KAFKA_MIN_INSYNC_REPLICAS),
        "retention.ms": str(topic.retention_ms),
        "segment.ms": str(max(topic.retention_ms // 4, 60_000)),
    }
