"""Agents in the write path: what becomes a question, who may answer, and how an answer is stored once and replaced."""

from typing import Any
from unittest.mock import patch

import msgspec
from django.test import SimpleTestCase, override_settings

from accounts.models import User, UserKind
from core.errors import DomainError, ErrorCode
from messaging import agents
from messaging.commands import decode_frame
from messaging.models import AiSetting, Conversation, LogEvent, Message
from messaging.records import (
    VERSION,
    AgentRecord,
    SendAnswer,
    UnknownVersionError,
    UpstreamRecord,
    decode_agent,
    decode_upstream,
    encode,
)
from messaging.services.answers import answer_id_of, find_answer
from messaging.services.membership import add_members, remove_member
from tests.messaging.agent_case import AgentCase, answer, replacement
from tests.messaging.write_case import ack_of, error_of, frame_of, item, recall, text


class QuestionTests(AgentCase):
    def asked(self, sender: User, conversation: Conversation, **fields: Any) -> list[tuple[int, int]]:
        """(asker, agent) of the questions that one message becomes."""
        written = self.write(item(sender, text(conversation, **fields)))
        stored = int(ack_of(written.pendings[0]).message_id)
        for record in written.questions:
            self.assertEqual((record.conversation_id, record.question_id), (conversation.pk, stored))
            self.assertEqual((record.answer_id, record.version), (0, VERSION))
        return [(record.asker_id, record.agent_id) for record in written.questions]

    def test_every_message_to_an_agent_is_a_question(self) -> None:
        self.assertEqual(self.asked(self.ann, self.talk), [(self.ann.pk, self.agent.pk)])

    def test_a_message_in_a_group_is_one_when_it_mentions_the_agent_by_name(self) -> None:
        self.assertEqual(self.asked(self.bob, self.group), [])
        self.assertEqual(self.asked(self.ann, self.group, mentions=["all"]), [])
        self.assertEqual(self.asked(self.bob, self.group, mentions=[str(self.ann.pk)]), [])
        self.assertEqual(
            self.asked(self.bob, self.group, mentions=[str(self.agent.pk)]), [(self.bob.pk, self.agent.pk)]
        )

    def test_in_a_large_group_too(self) -> None:
        with override_settings(LARGE_GROUP_THRESHOLD=1):
            asked = self.asked(self.bob, self.group, mentions=[str(self.agent.pk)])
        self.assertEqual(asked, [(self.bob.pk, self.agent.pk)])

    def test_two_agents_that_are_mentioned_are_asked_both(self) -> None:
        other = User.objects.create_user("another", None, kind=UserKind.AGENT)
        add_members(self.group, [other.pk], actor_id=self.ann.pk)
        named = [str(self.agent.pk), str(other.pk)]
        with patch.object(agents, "_roster", lambda _path: lambda: frozenset({self.agent.pk, other.pk})):
            asked = self.asked(self.bob, self.group, mentions=named)
        self.assertEqual(asked, [(self.bob.pk, self.agent.pk), (self.bob.pk, other.pk)])

    def test_an_agent_that_is_no_member_now_is_not_asked(self) -> None:
        remove_member(self.group, self.agent.pk, actor_id=self.ann.pk, event="member-removed")
        self.assertEqual(self.asked(self.bob, self.group, mentions=[str(self.agent.pk)]), [])

    def test_a_group_that_lets_no_ai_read_asks_nobody(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(ai_max=AiSetting.OFF)
        self.assertEqual(self.asked(self.bob, self.group, mentions=[str(self.agent.pk)]), [])

    def test_neither_agents_nor_bots_ask(self) -> None:
        bot = User.objects.create_user("bot", None, kind=UserKind.BOT)
        add_members(self.group, [bot.pk], actor_id=self.ann.pk)
        self.assertEqual(self.asked(bot, self.group, mentions=[str(self.agent.pk)]), [])
        self.assertEqual(self.asked(self.agent, self.group, mentions=[str(self.agent.pk)]), [])
        self.assertEqual(self.asked(self.agent, self.talk), [])

    def test_a_message_that_is_published_again_is_asked_again_and_a_confirmed_one_is_not(self) -> None:
        command = text(self.talk)
        first = self.write(item(self.ann, command))
        again = self.write(item(self.ann, command))
        self.assertEqual(again.questions, first.questions)
        self.confirmed.add([first.questions[0].question_id])
        self.assertEqual(self.write(item(self.ann, command)).questions, [])

    def test_chats_without_agents_cost_no_query_more(self) -> None:
        self.store(self.ann, text(self.direct))
        with self.assertNumQueries(0):
            agents.agent_ids()
        with patch("messaging.services.questions.agent_ids") as asked:
            self.store(self.ann, text(self.direct))
        asked.assert_not_called()

    def test_a_roster_that_cannot_be_read_stops_no_chat(self) -> None:
        def fail() -> frozenset[int]:
            raise DomainError(ErrorCode.UNAVAILABLE)

        with patch.object(agents, "_roster", lambda _path: fail):
            self.assertEqual(self.asked(self.bob, self.group, mentions=[str(self.agent.pk)]), [])


class AnswerTests(AgentCase):
    def test_an_answer_replies_to_the_question_and_is_pushed_to_the_members(self) -> None:
        question = self.say(self.ann, self.talk, "what is it?")
        pending = self.send(self.agent, answer(question))
        message = frame_of(pending)["message"]
        self.assertEqual((message["reply_to"], message["content"]), (str(question.pk), {"text": "42"}))
        self.assertNotIn("citations", message)
        self.assertEqual(find_answer(question.pk, self.agent.pk), Message.objects.get(pk=int(message["message_id"])))

    def test_another_attempt_with_the_same_words_is_stored_once_and_with_others_is_refused(self) -> None:
        question = self.say(self.ann, self.talk)
        first = self.store(self.agent, answer(question))
        self.assertEqual(self.store(self.agent, answer(question)).message_id, first.message_id)
        self.assert_refused(self.send(self.agent, answer(question, "43")), "CONFLICT")
        self.assertEqual(Message.objects.filter(sender_id=self.agent.pk).count(), 1)

    def test_a_person_who_forges_an_answer_is_refused(self) -> None:
        question = self.say(self.ann, self.talk)
        self.assert_refused(self.send(self.ann, answer(question)), "FORBIDDEN")
        stored = self.reply(question)
        self.assert_refused(self.send(self.ann, replacement(stored.pk, self.talk, "other")), "FORBIDDEN")
        self.assertEqual(Message.objects.get(pk=stored.pk).text, "42")

    def test_an_agent_that_has_left_answers_nothing(self) -> None:
        question = self.say(self.bob, self.group)
        remove_member(self.group, self.agent.pk, actor_id=self.ann.pk, event="member-removed")
        self.assert_refused(self.send(self.agent, answer(question)), "CONVERSATION_NOT_FOUND")

    def test_a_question_that_was_taken_back_gets_no_answer(self) -> None:
        question = self.say(self.ann, self.talk)
        self.store(self.ann, recall(self.talk, str(question.pk)))
        self.assert_refused(self.send(self.agent, answer(question)), "MESSAGE_NOT_FOUND")

    def test_slow_mode_and_a_muted_group_let_an_answer_through(self) -> None:
        question = self.say(self.ann, self.group)
        Conversation.objects.filter(pk=self.group.pk).update(muted_all=True, slow_mode_s=60)
        self.say(self.ann, self.group)
        self.reply(question)
        self.reply(self.say(self.ann, self.group))

    def test_a_replacement_is_an_edit_however_old_the_answer_is(self) -> None:
        stored = self.reply(self.say(self.ann, self.talk))
        with override_settings(MESSAGE_EDIT_WINDOW_S=-1):
            pending = self.send(self.agent, replacement(stored.pk, self.talk, "43"))
        event = frame_of(pending)
        self.assertEqual((event["event"], event["message"]["content"]), ("message-edited", {"text": "43"}))
        self.assertEqual(LogEvent.objects.filter(message_id=stored.pk, event="message-edited").count(), 1)

    def test_an_agent_replaces_its_own_answers_only(self) -> None:
        said = self.say(self.bob, self.group)
        pending = self.send(self.agent, replacement(said.pk, self.group, "x"))
        self.assertEqual(error_of(pending).code, "FORBIDDEN")


class WireTests(SimpleTestCase):
    def test_no_client_frame_is_an_answer(self) -> None:
        frame = {
            "type": "send-answer",
            "client_msg_id": answer_id_of(1),
            "conversation_id": "1",
            "kind": "text",
            "content": {"text": "x"},
        }
        with self.assertRaises(msgspec.ValidationError):
            decode_frame(msgspec.json.encode(frame))
        with self.assertRaises(msgspec.ValidationError):
            decode_frame(msgspec.json.encode(frame | {"type": "send-message", "sources": []}))

    def test_an_answer_survives_its_record(self) -> None:
        command = SendAnswer(
            client_msg_id=answer_id_of(1),
            conversation_id="1",
            kind="text",
            content={"text": "x"},  # type: ignore[arg-type]  # decoded below
            sources=[],
        )
        command = msgspec.convert(msgspec.to_builtins(command), SendAnswer)
        sent = item(User(pk=7), command)
        [found] = decode_upstream(encode(UpstreamRecord(VERSION, [sent]))).items
        self.assertIs(type(found.command), SendAnswer)
        self.assertEqual(found, sent)

    def test_an_agent_s_record_is_checked(self) -> None:
        record = AgentRecord(VERSION, 1, 2, 3, 4)
        self.assertEqual(decode_agent(encode(record)), record)
        with self.assertRaises(UnknownVersionError):
            decode_agent(encode(msgspec.structs.replace(record, version=VERSION + 1)))
        with self.assertRaises(msgspec.DecodeError):
            decode_agent(b"nonsense")


class StopTests(SimpleTestCase):
    def test_a_stop_counts_for_its_question_until_it_is_asked_again(self) -> None:
        agents.ask_to_stop(11)
        self.assertEqual((agents.is_stopped(11), agents.is_stopped(12)), (True, False))
        agents.take_back_stop(11)
        self.assertFalse(agents.is_stopped(11))
