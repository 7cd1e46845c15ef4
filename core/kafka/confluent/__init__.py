"""The adapter for confluent-kafka (librdkafka): the fast one, for the message path. Nothing outside this package
imports `confluent_kafka`."""

from core.kafka.confluent.group import ConfluentGroupConsumer
from core.kafka.confluent.producer import ConfluentProducer
from core.kafka.confluent.tail import ConfluentTailReader

__all__ = ["ConfluentGroupConsumer", "ConfluentProducer", "ConfluentTailReader"]
