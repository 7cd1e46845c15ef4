"""What is refused of a command before any row is locked."""

from typing import Any
from uuid import uuid4

from django.test import SimpleTestCase, override_settings

from core.errors import DomainError, ErrorCode
from messaging import policies
from messaging.commands import Command, Content, EditMessage, React, RecallMessage, SendMessage
from messaging.policies import check_command

SENDER = 7
IDS: dict[str, Any] = {"client_msg_id": str(uuid4()), "conversation_id": "1"}


def refuse_spam(sender_id: int, command: Command) -> None:
    """A policy as a higher app would name one."""
    if isinstance(command, SendMessage) and command.content.text == f"spam of {sender_id}":
        raise DomainError(ErrorCode.CONTENT_REJECTED)


def send(text: str | None, kind: Any = "text", **content: Any) -> SendMessage:
    """A send-message command."""
    return SendMessage(**IDS, kind=kind, content=Content(text=text, **content))


@override_settings(MESSAGE_POLICIES=[])
class PolicyCase(SimpleTestCase):
    def setUp(self) -> None:
        policies._policies.cache_clear()
        self.addCleanup(policies._policies.cache_clear)

    def assert_refused(self, command: Command, code: ErrorCode) -> DomainError:
        """Raised with this code."""
        with self.assertRaises(DomainError, msg=command) as caught:
            check_command(SENDER, command)
        self.assertEqual(caught.exception.code, code, command)
        return caught.exception


class NamingTest(PolicyCase):
    def test_a_refusal_names_the_field_it_is_about(self) -> None:
        refused: tuple[tuple[Command, str], ...] = (
            (send(""), "text"),
            (send("a\x00b"), "text"),
            (EditMessage(**IDS, message_id="1", content=Content(text=" ")), "text"),
            (send("a", "image"), "file_id"),
            (React(**IDS, message_id="1", emoji="a", op="add"), "emoji"),
        )
        for command, field in refused:
            error = self.assert_refused(command, ErrorCode.INVALID_MESSAGE)
            self.assertEqual(error.details, {"fields": {field: [error.message]}})


class TextTest(PolicyCase):
    def test_a_text_of_any_script_passes(self) -> None:
        for text in ("a", "你好", "مرحبا", "🙂", " spaces around ", "line\nbreak", "0"):
            check_command(SENDER, send(text))
            check_command(SENDER, EditMessage(**IDS, message_id="1", content=Content(text=text)))

    def test_a_text_without_anything_in_it_is_refused_in_sends_and_edits(self) -> None:
        for text in (None, "", " ", "\n\t ", "\u3000"):
            self.assert_refused(send(text), ErrorCode.INVALID_MESSAGE)
            edit = EditMessage(**IDS, message_id="1", content=Content(text=text))
            self.assert_refused(edit, ErrorCode.INVALID_MESSAGE)

    def test_a_nul_is_refused(self) -> None:
        self.assert_refused(send("a\x00b"), ErrorCode.INVALID_MESSAGE)

    @override_settings(MESSAGE_MAX_CHARACTERS=10)
    def test_length_counts_characters_not_bytes(self) -> None:
        check_command(SENDER, send("🙂" * 10))
        error = self.assert_refused(send("a" * 11), ErrorCode.MESSAGE_TOO_LARGE)
        self.assertEqual((error.http_status, error.details), (413, {"max_characters": 10}))

    def test_a_file_that_is_not_ready_is_refused(self) -> None:
        for command in (send("a", "image"), send("a", "file"), send(None, "voice"), send("a", file_id="5")):
            self.assert_refused(command, ErrorCode.INVALID_MESSAGE)

    def test_a_recall_needs_nothing(self) -> None:
        check_command(SENDER, RecallMessage(**IDS, message_id="1"))


class EmojiTest(PolicyCase):
    def react(self, emoji: str) -> React:
        return React(**IDS, message_id="1", emoji=emoji, op="add")

    def test_emoji_pass_with_all_that_joins_them(self) -> None:
        for emoji in ("👍", "👍🏽", "❤️", "👩‍👩‍👧‍👦", "🇨🇳", "1️⃣", "#️⃣", "☺", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "‼️"):
            check_command(SENDER, self.react(emoji))

    def test_everything_else_is_refused(self) -> None:
        for text in ("", "a", "ok", "好", "👍 ", "👍a", "1", "\u200d", "\ufe0f", "👍\x00", " "):
            self.assert_refused(self.react(text), ErrorCode.INVALID_MESSAGE)


class ConfiguredPolicyTest(PolicyCase):
    @override_settings(MESSAGE_POLICIES=["tests.messaging.test_policies.refuse_spam"])
    def test_policies_of_the_settings_are_asked_with_the_sender(self) -> None:
        self.assert_refused(send(f"spam of {SENDER}"), ErrorCode.CONTENT_REJECTED)
        check_command(SENDER + 1, send(f"spam of {SENDER}"))

    @override_settings(MESSAGE_POLICIES=["tests.messaging.test_policies.no_such_policy"])
    def test_a_policy_that_is_not_there_is_no_silent_pass(self) -> None:
        with self.assertRaises(ImportError):
            check_command(SENDER, send("hello"))
