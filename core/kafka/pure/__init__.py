"""The adapter for kafka-python: pure Python, for administration and tools, and for everything where KAFKA_CLIENT asks
for it.

Nothing outside this package imports `kafka`. Its network runs in threads of its own, so reports are carried over to
the thread that polls.
"""

from core.kafka.pure.admin import TopicConfig, create_missing_topics, delete_topics, group_lag, list_topics, scan
from core.kafka.pure.group import PureGroupConsumer
from core.kafka.pure.producer import PureProducer, murmur2
from core.kafka.pure.rewinding import rewind_group
from core.kafka.pure.tail import PureTailReader

__all__ = [
    "PureGroupConsumer",
    "PureProducer",
    "PureTailReader",
    "TopicConfig",
    "create_missing_topics",
    "delete_topics",
    "group_lag",
    "list_topics",
    "murmur2",
    "rewind_group",
    "scan",
]
