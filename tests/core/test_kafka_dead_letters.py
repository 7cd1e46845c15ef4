"""A record that cannot be handled is kept, found, and sent again."""

import io
import uuid

import msgspec
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from core.kafka import dead_letters, pure
from core.kafka.port import Record
from core.kafka.topics import DEAD_LETTER, Topic, ensure_topics
from tests.core.kafka_case import KafkaCase


class DeadLetterTests(KafkaCase):
    def setUp(self) -> None:
        settings_of_this_test = override_settings(KAFKA_TOPIC_PREFIX=f"test-{uuid.uuid4().hex}.")
        settings_of_this_test.enable()
        self.addCleanup(settings_of_this_test.disable)
        self.origin = Topic("origin", 4, 3_600_000)
        ensure_topics([DEAD_LETTER, self.origin])
        self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, [DEAD_LETTER.name, self.origin.name])
        self.record = Record(
            self.origin.name, 2, 41, b"12345678", msgspec.msgpack.encode({"text": "secret"}), 1_700_000_000_000
        )

    def run_command(self, *args: str) -> str:
        out = io.StringIO()
        call_command("dead_letters", *args, stdout=out, stderr=io.StringIO())
        return out.getvalue()

    def test_a_dead_letter_keeps_the_record_and_the_reason(self) -> None:
        dead_letters.send(self.record, "conversation is broken")
        [entry] = dead_letters.list_entries()
        letter = entry.letter
        self.assertEqual((entry.number, letter.reason, letter.topic), (0, "conversation is broken", "origin"))
        self.assertEqual((letter.partition, letter.offset, letter.timestamp_ms), (2, 41, 1_700_000_000_000))
        self.assertEqual((letter.key, letter.value), (self.record.key, self.record.value))

    def test_the_list_shows_origin_and_reason_but_no_body(self) -> None:
        dead_letters.send(self.record, "conversation is broken")
        listing = self.run_command("list")
        self.assertIn("origin/2/41", listing)
        self.assertIn("conversation is broken", listing)
        self.assertNotIn("secret", listing)

    def test_showing_one_prints_its_body(self) -> None:
        dead_letters.send(self.record, "broken")
        self.assertEqual(msgspec.json.decode(self.run_command("show", "0"))["value"], {"text": "secret"})

    def test_a_replayed_record_is_in_its_topic_again_with_its_key(self) -> None:
        dead_letters.send(self.record, "broken")
        dead_letters.send(self.record, "still broken")
        self.run_command("replay", "0")
        [replayed] = self.read_all(self.origin)
        self.assertEqual((replayed.key, replayed.value), (self.record.key, self.record.value))

    def test_all_can_be_replayed_at_once(self) -> None:
        for _ in range(3):
            dead_letters.send(self.record, "broken")
        self.run_command("replay", "--all")
        self.assertEqual(len(self.read_all(self.origin)), 3)

    def test_an_unknown_number_is_an_error(self) -> None:
        with self.assertRaises(CommandError):
            self.run_command("show", "7")

    def test_a_foreign_record_does_not_hide_the_others(self) -> None:
        self.store(DEAD_LETTER, [b"not ours"])
        dead_letters.send(self.record, "broken")
        self.assertEqual([entry.letter.reason for entry in dead_letters.list_entries()], ["broken"])
