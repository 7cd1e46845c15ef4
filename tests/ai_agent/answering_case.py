"""What the tests of answers share: people who let agents read, an agent, a model, and the write path in-process."""

import uuid
from typing import Any
from unittest.mock import patch

from django.test import override_settings

from accounts.models import User
from ai_agent import roster
from ai_agent.answering import answer
from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from core.errors import DomainError, ErrorCode
from core.generations import Generations
from messaging import frames
from messaging.delivery import rosters
from messaging.models import AiSetting, Citation, Conversation, ConversationKind, Member, Message, direct_key
from messaging.records import VERSION, AgentRecord, UpstreamItem
from messaging.services import answers
from messaging.services.batch import Confirmed
from messaging.services.writing import write_batch
from tests.fakes.openai import FakeOpenAI
from tests.messaging.building import Log
from tests.search.query_case import QueryCase


class Deltas:
    """Stands for DeltaStream: keeps what was pushed since the last restart, and how it ended."""

    last: "Deltas"

    def __init__(self, conversation_id: int, question: Message) -> None:
        self.pieces: list[str] = []
        self.restarts = 0
        self.ended: list[str | None] = []
        Deltas.last = self

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def push(self, text: str) -> None:
        self.pieces.append(text)

    def restart(self) -> None:
        self.restarts += 1
        self.pieces = []

    def finish(self, error: str | None = None) -> None:
        self.ended.append(error)


class AnsweringCase(QueryCase):
    """Ann, Ben (a group of theirs, where both let agents read) and Eve; Ann's conversation with the agent Sage.

    `ask` writes a question and has it answered; what the agent stores goes through the write path, in this process.
    """

    def setUp(self) -> None:
        super().setUp()
        rosters.forget_all()
        self.fake = self.enterContext(FakeOpenAI())
        env = self.fake.env
        settings = {name: env[name] for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "AI_MODEL")}
        self.enterContext(override_settings(**settings))
        self.agent = self.make_agent("sage", "Sage 小智")
        self.let_read(self.group)
        self.own = self.open_agent(self.ann)
        self.enterContext(patch("messaging.services.answers._produce", self._write))
        self.enterContext(
            patch("messaging.services.answers.take_reply", lambda token, wait_s: self._replies.get(token))
        )
        self.enterContext(patch("ai_agent.answering.answers.DeltaStream", Deltas))
        self._replies: dict[str, dict[str, Any]] = {}

    def make_agent(self, username: str, display_name: str, **fields: Any) -> Agent:
        """An agent that the roster of this process knows."""
        agent = make_agent(username=username, display_name=display_name, **fields)
        roster.ROSTER.reload()
        self.addCleanup(roster.ROSTER._forget)
        return agent

    def let_read(self, conversation: Conversation, setting: str = AiSetting.INDEXED) -> None:
        """What everybody in it lets AI read."""
        Member.objects.filter(conversation=conversation).update(ai=setting)

    def open_agent(self, user: User) -> Conversation:
        """The user's own conversation with the agent."""
        conversation = Conversation.objects.create(
            kind=ConversationKind.AGENT, direct_key=direct_key(user.pk, self.agent.pk), member_count=2
        )
        Member.objects.bulk_create(Member(conversation=conversation, user_id=key) for key in (user.pk, self.agent.pk))
        return conversation

    def add_agent(self, conversation: Conversation) -> None:
        """The agent is a member of the group from now on."""
        Member.objects.create(conversation=conversation, user_id=self.agent.pk, visible_from=1)
        Conversation.objects.filter(pk=conversation.pk).update(members_version=7, member_count=3)

    def question(self, text: str, *, asker: User | None = None, where: Conversation | None = None) -> Message:
        """A question of Ann's in her own conversation with the agent, or as told; in a group it mentions the agent."""
        place = where or self.own
        mentions = [self.agent.pk] if place.kind == ConversationKind.GROUP else []
        return Log(place).send(asker or self.ann, text, mentions=mentions)

    def answer(self, question: Message, **fields: Any) -> Message | None:
        """Has the question answered; the agent's stored answer."""
        answer(AgentRecord(VERSION, question.conversation_id, question.pk, question.sender_id, self.agent.pk, **fields))
        return answers.find_answer(question.pk, self.agent.pk)

    def ask(self, text: str, **options: Any) -> Message:
        """The answer to a question, which there must be."""
        found = self.answer(self.question(text, **options))
        assert found is not None
        return found

    def cited(self, message: Message) -> list[int]:
        """The ids of the messages that an answer cites, in order."""
        rows = Citation.objects.filter(answer_id=message.pk).order_by("position")
        return list(rows.values_list("message_id", flat=True))

    @property
    def prompt(self) -> str:
        """All that the model was told last."""
        return self.fake.requests[-1].prompt

    def _write(self, conversation_id: int, item: UpstreamItem) -> None:
        [pending] = write_batch([item], Generations(1), Confirmed()).pendings
        if isinstance(pending.answer, frames.Error):
            error = pending.answer
            self._replies[item.connection_id] = {"type": "error", "code": error.code, "message": error.message}
        elif pending.answer is None:
            raise DomainError(ErrorCode.UNAVAILABLE)


def unique(word: str) -> str:
    """A word that stands nowhere else."""
    return f"{word}-{uuid.uuid4().hex[:8]}"
