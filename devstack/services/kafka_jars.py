"""Apache Kafka's jars: the broker, and the smallest logger that slf4j can bind to, which writes warnings to the log."""

from pathlib import Path

from devstack.services.jars import JarSet

COORDINATES = ("org.apache.kafka:kafka_2.13:4.1.0", "org.slf4j:slf4j-simple:1.7.36")
LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
KAFKA = JarSet("Apache Kafka", COORDINATES, LOCK_FILE)


def fetch_jars() -> list[Path]:
    """The jars of the lock file. :raises DevstackError: one of them cannot be had."""
    return KAFKA.fetch()
