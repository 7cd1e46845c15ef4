"""Topics are created once and as they shall be."""

import io
import uuid

from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from core.kafka import get_producer, pure
from core.kafka.topics import (
    ALL,
    INDEXING,
    UPSTREAM,
    Topic,
    conversation_key,
    downstream,
    ensure_downstream,
    ensure_topics,
)
from tests.core.kafka_case import KafkaCase


class TopicTests(KafkaCase):
    def test_the_prefix_of_the_installation_goes_before_every_name(self) -> None:
        with override_settings(KAFKA_TOPIC_PREFIX="x."):
            self.assertEqual(UPSTREAM.name, "x.im-upstream-topic")
            self.assertEqual(INDEXING.name, "x.indexing-topic")
            self.assertEqual(downstream("gw-1").name, "x.im-downstream-topic-gw-1")

    def test_creating_topics_twice_creates_them_once(self) -> None:
        topic = Topic(f"test-{uuid.uuid4().hex}", 3, 3_600_000)
        self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, [topic.name])
        self.assertEqual(ensure_topics([topic]), [topic.name])
        self.assertEqual(ensure_topics([topic]), [])
        self.assertEqual(len(pure.group_lag(settings.KAFKA_BOOTSTRAP_SERVERS, "nobody", [topic.name])), 3)

    def test_a_downstream_topic_has_one_partition(self) -> None:
        topic = ensure_downstream(f"gw-{uuid.uuid4().hex}")
        self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, [topic.name])
        self.assertEqual(
            list(pure.group_lag(settings.KAFKA_BOOTSTRAP_SERVERS, "nobody", [topic.name])), [(topic.name, 0)]
        )

    def test_the_command_says_what_it_created(self) -> None:
        with override_settings(KAFKA_TOPIC_PREFIX=f"test-{uuid.uuid4().hex}."):
            names = [topic.name for topic in ALL]
            self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, names)
            for state in ("created", "exists"):
                out = io.StringIO()
                call_command("ensure_topics", stdout=out)
                self.assertEqual(out.getvalue().splitlines(), [f"{name}: {state}" for name in names])

    def test_a_conversation_key_is_eight_bytes_the_highest_first(self) -> None:
        self.assertEqual(conversation_key(258), b"\x00\x00\x00\x00\x00\x00\x01\x02")

    def test_a_process_shares_one_producer(self) -> None:
        self.assertIs(get_producer(), get_producer())
