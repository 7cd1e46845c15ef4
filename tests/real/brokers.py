"""What the tests ask of a cluster of brokers directly."""

import contextlib
from collections.abc import Iterator
from typing import Any

import kafka
from kafka.admin import ConfigResource, ConfigResourceType

CONFIG = {"reconnect_backoff_ms": 50, "reconnect_backoff_max_ms": 500}


@contextlib.contextmanager
def administration(servers: str) -> Iterator[Any]:
    """A client for administration, closed at the end."""
    with contextlib.closing(kafka.KafkaAdminClient(bootstrap_servers=servers.split(","), **CONFIG)) as admin:
        yield admin


def count_copies(servers: str, prefix: str) -> dict[tuple[str, int], tuple[int, int]]:
    """`{(topic, partition): (brokers that shall have it, brokers that are up to date)}` of the topics that begin with
    `prefix`, Kafka's own left out."""
    with administration(servers) as admin:
        return {
            (topic["name"], partition["partition_index"]): (
                len(partition["replica_nodes"]),
                len(partition["isr_nodes"]),
            )
            for topic in admin.describe_topics()
            if topic["name"].startswith(prefix) and not topic["is_internal"]
            for partition in topic["partitions"]
        }


def read_configuration(servers: str, topic: str, name: str) -> str:
    """One setting of a topic."""
    with administration(servers) as admin:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        described = admin.describe_configs([resource], config_filter="all")
    [by_name] = described.values()
    return str(by_name[topic][name]["value"])


def are_all_copied(servers: str, copies: int) -> bool:
    """Whether every partition has all of its copies, up to date; False too while no broker answers."""
    try:
        counted = count_copies(servers, "")
    except kafka.errors.KafkaError:
        return False
    return bool(counted) and all(current == copies for _, current in counted.values())
