"""What the tests of agents share: an agent that the write path knows, and the commands that only agents give."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.test import override_settings

from accounts.models import User, UserKind
from core import clock
from messaging.commands import Content
from messaging.models import Conversation, ConversationKind, Member, Message, direct_key
from messaging.records import ReplaceAnswer, SendAnswer, Source
from messaging.services.answers import answer_id_of
from messaging.services.membership import add_members
from tests.messaging.write_case import WriteCase, text


class Roster:
    """The agents of the test that runs now."""

    ids: ClassVar[frozenset[int]] = frozenset()


def agent_ids() -> frozenset[int]:
    """As settings.AGENT_ROSTER wants it."""
    return Roster.ids


def answer(question: Message, text: str = "42", sources: Sequence[Source] = (), **fields: Any) -> SendAnswer:
    """The command that stores an answer."""
    values: dict[str, Any] = {"client_msg_id": answer_id_of(question.pk), "reply_to": str(question.pk)} | fields
    return SendAnswer(
        conversation_id=str(question.conversation_id),
        kind="text",
        content=Content(text=text),
        sources=list(sources),
        **values,
    )


def replacement(answer_id: int, conversation: Conversation, text: str, sources: Sequence[Source] = ()) -> ReplaceAnswer:
    """The command that replaces an answer."""
    return ReplaceAnswer(
        client_msg_id=str(uuid.uuid4()),
        conversation_id=str(conversation.pk),
        message_id=str(answer_id),
        content=Content(text=text),
        sources=list(sources),
    )


def source(message: Message, quote: str = "", *, at: datetime | None = None) -> Source:
    """A citation of the message, read just now."""
    return Source(message.pk, quote or message.text, at or clock.now())


@override_settings(AGENT_ROSTER="tests.messaging.agent_case.agent_ids")
class AgentCase(WriteCase):
    """Ann has a conversation with an agent, who is a member of the group too."""

    def setUp(self) -> None:
        super().setUp()
        self.agent = User.objects.create_user("agent", None, kind=UserKind.AGENT)
        Roster.ids = frozenset({self.agent.pk})
        self.talk = Conversation.objects.create(
            kind=ConversationKind.AGENT, direct_key=direct_key(self.ann.pk, self.agent.pk), member_count=2
        )
        Member.objects.bulk_create(Member(conversation=self.talk, user=user) for user in (self.ann, self.agent))
        add_members(self.group, [self.agent.pk], actor_id=self.ann.pk)
        self.group.refresh_from_db()

    def say(self, sender: User, conversation: Conversation, body: str = "hello", **fields: Any) -> Message:
        """A stored message."""
        return Message.objects.get(pk=int(self.store(sender, text(conversation, body, **fields)).message_id))

    def reply(self, question: Message, body: str = "42", *sources: Source) -> Message:
        """The agent's stored answer."""
        return Message.objects.get(pk=int(self.store(self.agent, answer(question, body, sources)).message_id))
