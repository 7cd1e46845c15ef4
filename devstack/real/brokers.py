"""Three brokers of Apache Kafka, each with a controller: every record on all of them, acknowledged by two.

A set may have fewer brokers: then there are as many copies as brokers, and a majority of them acknowledges.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from devstack import ports
from devstack.real.base import RealService
from devstack.services.base import Service
from devstack.services.kafka import METADATA_FRAME, Kafka, make_cluster_id
from devstack.services.kafka_jars import KAFKA

COPIED = (
    "default.replication.factor",
    "offsets.topic.replication.factor",
    "transaction.state.log.replication.factor",
    "share.coordinator.state.topic.replication.factor",
)
CONFIRMED = ("min.insync.replicas", "transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr")


class Broker(Kafka, RealService):
    """One of a cluster; `url` has the addresses of all of its brokers."""

    program = "Apache Kafka"
    stand_in = Kafka
    number: ClassVar[int]

    def __init__(self, data_dir: Path, port: int, *, durable: bool = True) -> None:
        super().__init__(data_dir, port, durable=durable)
        self._brokers: list[Broker] = [self]

    @classmethod
    def is_here(cls) -> bool:
        return KAFKA.is_cached()

    @classmethod
    def fetch(cls) -> None:
        KAFKA.fetch()

    @property
    def url(self) -> str:
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self._brokers)

    def settings(self) -> dict[str, str]:
        return super().settings() | {"KAFKA_REPLICATION_FACTOR": str(len(self._brokers))}

    def meet(self, services: Sequence[Service]) -> None:
        self._brokers = [service for service in services if isinstance(service, Broker)]

    def properties(self) -> dict[str, str]:
        copies = len(self._brokers)
        return (
            super().properties()
            | dict.fromkeys(COPIED, str(copies))
            | dict.fromkeys(CONFIRMED, str(copies // 2 + 1))
            | {
                "node.id": str(self.number),
                "controller.quorum.voters": ",".join(f"{peer.number}@{peer.controller}" for peer in self._brokers),
                # Three JVMs on a busy machine: one that waits for a core for 3 s is not dead yet.
                "broker.session.timeout.ms": "6000",
            }
        )

    def cluster_id(self) -> str:
        """The same for all brokers, and for one whose disk was lost: kept beside the first one's data."""
        return self._brokers[0].own_cluster_id()

    def own_cluster_id(self) -> str:
        """Made once, for the cluster in which this broker is the first."""
        path = self.data_dir / "cluster-id"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x") as file:
                file.write(make_cluster_id())
        except FileExistsError:
            pass
        return path.read_text()

    def is_ready(self) -> bool:
        """Ready once the broker lists itself; others may be away."""
        host = b"127.0.0.1"
        itself = self.number.to_bytes(4, "big") + len(host).to_bytes(2, "big") + host + self.port.to_bytes(4, "big")
        return itself in ports.exchange(self.port, METADATA_FRAME)


class Broker1(Broker):
    name = "kafka-1"
    title = "Apache Kafka, broker 1"
    number = 1


class Broker2(Broker):
    name = "kafka-2"
    title = "Apache Kafka, broker 2"
    number = 2


class Broker3(Broker):
    name = "kafka-3"
    title = "Apache Kafka, broker 3"
    number = 3


BROKERS: tuple[type[Broker], ...] = (Broker1, Broker2, Broker3)
