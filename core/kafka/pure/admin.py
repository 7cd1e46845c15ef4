"""Administration: topics, the lag of a group, and reading a partition from end to end."""

import contextlib
from collections.abc import Iterator, Sequence

import kafka
import msgspec
from kafka import errors

from core.kafka.port import KafkaError, Partition, Record
from core.kafka.pure.client import connection, to_record


class TopicConfig(msgspec.Struct, frozen=True):
    """What a topic is created with."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]


def create_missing_topics(servers: str, topics: Sequence[TopicConfig]) -> list[str]:
    """Create those that do not exist, wait until each has a leader, and return the names created. Raises KafkaError."""
    try:
        with contextlib.closing(kafka.KafkaAdminClient(**connection(servers), bootstrap_timeout_ms=10_000)) as admin:
            existing = set(admin.list_topics())
            created = [topic for topic in topics if topic.name not in existing]
            for topic in created:
                with contextlib.suppress(errors.TopicAlreadyExistsError):  # another process was quicker
                    admin.create_topics(
                        {
                            topic.name: {
                                "num_partitions": topic.partitions,
                                "replication_factor": topic.replication,
                                "configs": topic.configs,
                            }
                        }
                    )
            admin.wait_for_topics([topic.name for topic in topics])
            return [topic.name for topic in created]
    except errors.KafkaError as error:
        raise KafkaError(f"topics were not created: {error}") from error


def list_topics(servers: str) -> list[str]:
    """The names of all topics, in no order. Raises KafkaError."""
    try:
        with contextlib.closing(kafka.KafkaAdminClient(**connection(servers), bootstrap_timeout_ms=2_000)) as admin:
            return list(admin.list_topics())
    except errors.KafkaError as error:
        raise KafkaError(f"topics cannot be listed: {error}") from error


def delete_topics(servers: str, names: Sequence[str]) -> None:
    """Delete topics with all their records; those that do not exist are passed over. Raises KafkaError."""
    try:
        with contextlib.closing(kafka.KafkaAdminClient(**connection(servers), bootstrap_timeout_ms=10_000)) as admin:
            for name in names:
                with contextlib.suppress(errors.UnknownTopicOrPartitionError):
                    admin.delete_topics([name])
    except errors.KafkaError as error:
        raise KafkaError(f"topics were not deleted: {error}") from error


def group_lag(servers: str, group: str, topics: Sequence[str]) -> dict[Partition, int]:
    """For each partition of `topics` how many records `group` has not committed yet; all that are kept where it never
    committed. Raises KafkaError."""
    try:
        with contextlib.closing(
            kafka.KafkaConsumer(**connection(servers), group_id=group, enable_auto_commit=False)
        ) as client:
            places = [
                kafka.TopicPartition(topic, number)
                for topic in topics
                for number in sorted(client.partitions_for_topic(topic) or ())
            ]
            starts, ends = client.beginning_offsets(places), client.end_offsets(places)
            return {
                (place.topic, place.partition): max(0, ends[place] - max(client.committed(place) or 0, starts[place]))
                for place in places
            }
    except errors.KafkaError as error:
        raise KafkaError(f"the lag of {group} is not known: {error}") from error


def scan(servers: str, topic: str, partition: int = 0, start: int = 0) -> Iterator[Record]:
    """Yield the records of one partition from offset `start` (or the first that is kept) up to where its end is now,
    in order. Raises KafkaError."""
    place = kafka.TopicPartition(topic, partition)
    try:
        with contextlib.closing(kafka.KafkaConsumer(**connection(servers), enable_auto_commit=False)) as client:
            client.assign([place])
            end = client.end_offsets([place])[place]
            client.seek(place, max(start, client.beginning_offsets([place])[place]))
            while client.position(place) < end:
                for records in client.poll(timeout_ms=1000).values():
                    yield from (to_record(record) for record in records if record.offset < end)
    except errors.KafkaError as error:
        raise KafkaError(f"{topic} cannot be read: {error}") from error
