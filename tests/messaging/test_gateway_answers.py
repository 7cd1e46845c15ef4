"""stop-answer and regenerate-answer: the asker's alone, about answers that stand, in groups that allow AI."""

from unittest.mock import patch

from accounts.models import User
from core.errors import DomainError, ErrorCode
from core.kafka.port import KafkaError
from core.kafka.topics import AGENT, conversation_key
from core.redis import get_redis
from messaging.agents import ask_to_stop, is_stopped
from messaging.gateway import answers
from messaging.gateway.answers import regenerate_answer, stop_answer
from messaging.models import AiSetting, Conversation, Message
from messaging.records import AgentRecord, decode_agent
from messaging.services.membership import remove_member
from tests.messaging.agent_case import AgentCase
from tests.messaging.write_case import recall


class AskerCase(AgentCase):
    """Bob has asked in the group, and the agent has answered."""

    def setUp(self) -> None:
        super().setUp()
        get_redis().flushdb()
        self.question = self.say(self.bob, self.group, "well?", mentions=[str(self.agent.pk)])
        self.answer = self.reply(self.question)

    def assert_raises(self, code: ErrorCode, user: User, message_id: object, conversation: Conversation) -> None:
        """Neither may the user have it written anew, nor does anything leave."""
        with patch.object(answers, "deliver") as deliver, self.assertRaises(DomainError) as raised:
            regenerate_answer(user.pk, str(conversation.pk), str(message_id))
        self.assertIs(raised.exception.code, code)
        deliver.assert_not_called()


class StoppingTests(AskerCase):
    def test_the_asker_stops_the_answer(self) -> None:
        stop_answer(self.bob.pk, str(self.group.pk), str(self.question.pk))
        self.assertTrue(is_stopped(self.question.pk))

    def test_nobody_else_does(self) -> None:
        refused = [(self.ann, ErrorCode.FORBIDDEN), (self.eve, ErrorCode.CONVERSATION_NOT_FOUND)]
        for user, code in refused:
            with self.subTest(user=user.username), self.assertRaises(DomainError) as raised:
                stop_answer(user.pk, str(self.group.pk), str(self.question.pk))
            self.assertIs(raised.exception.code, code)
        self.assertFalse(is_stopped(self.question.pk))

    def test_a_question_of_another_chat_is_none_here(self) -> None:
        with self.assertRaises(DomainError) as raised:
            stop_answer(self.ann.pk, str(self.talk.pk), str(self.question.pk))
        self.assertIs(raised.exception.code, ErrorCode.MESSAGE_NOT_FOUND)


class RegeneratingTests(AskerCase):
    def regenerate(self) -> AgentRecord:
        """The record that the asker's wish becomes."""
        with patch.object(answers, "deliver") as deliver:
            regenerate_answer(self.bob.pk, str(self.group.pk), str(self.answer.pk))
        topic, value = deliver.call_args.args
        self.assertEqual((topic, deliver.call_args.kwargs["key"]), (AGENT, conversation_key(self.group.pk)))
        return decode_agent(value)

    def test_the_record_names_the_question_the_answer_and_the_attempt(self) -> None:
        first, second = self.regenerate(), self.regenerate()
        self.assertEqual((first.question_id, first.answer_id), (self.question.pk, self.answer.pk))
        self.assertEqual((first.asker_id, first.agent_id), (self.bob.pk, self.agent.pk))
        self.assertNotEqual(first.attempt, second.attempt)

    def test_a_stop_of_the_earlier_answer_is_taken_back(self) -> None:
        ask_to_stop(self.question.pk)
        self.regenerate()
        self.assertFalse(is_stopped(self.question.pk))

    def test_only_the_asker_may_while_a_member(self) -> None:
        self.assert_raises(ErrorCode.FORBIDDEN, self.ann, self.answer.pk, self.group)
        self.assert_raises(ErrorCode.CONVERSATION_NOT_FOUND, self.eve, self.answer.pk, self.group)
        remove_member(self.group, self.bob.pk, actor_id=self.ann.pk, event="member-removed")
        self.assert_raises(ErrorCode.CONVERSATION_NOT_FOUND, self.bob, self.answer.pk, self.group)

    def test_only_an_agent_s_answer_can_be_written_anew(self) -> None:
        said: Message = self.say(self.ann, self.group, "hello", reply_to=str(self.question.pk))
        for message_id in (said.pk, self.question.pk, self.answer.pk + 1, "x"):
            self.assert_raises(ErrorCode.MESSAGE_NOT_FOUND, self.bob, message_id, self.group)

    def test_what_was_taken_back_cannot(self) -> None:
        self.store(self.bob, recall(self.group, str(self.question.pk)))
        self.assert_raises(ErrorCode.MESSAGE_NOT_FOUND, self.bob, self.answer.pk, self.group)
        self.store(self.ann, recall(self.group, str(self.answer.pk)))
        self.assert_raises(ErrorCode.MESSAGE_NOT_FOUND, self.bob, self.answer.pk, self.group)

    def test_a_group_that_allows_no_ai_writes_nothing_anew(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(ai_max=AiSetting.OFF)
        self.assert_raises(ErrorCode.FORBIDDEN, self.bob, self.answer.pk, self.group)

    def test_it_is_limited(self) -> None:
        with patch.object(answers, "REGENERATIONS_A_MINUTE", 1):
            self.regenerate()
            self.assert_raises(ErrorCode.RATE_LIMITED, self.bob, self.answer.pk, self.group)

    def test_it_says_when_kafka_is_away(self) -> None:
        away = patch.object(answers, "deliver", side_effect=KafkaError("away"))
        with away, self.assertRaises(DomainError) as raised:
            regenerate_answer(self.bob.pk, str(self.group.pk), str(self.answer.pk))
        self.assertIs(raised.exception.code, ErrorCode.UNAVAILABLE)
