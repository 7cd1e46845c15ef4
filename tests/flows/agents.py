"""What the flows of agents share: a model that does as the test says, an agent that uses it, and their processes."""

import asyncio
import uuid
from contextlib import ExitStack
from typing import Any, ClassVar

from asgiref.sync import sync_to_async

from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from core.ids import parse_id
from devstack import testing
from devstack.testing import SiteProcess
from messaging.models import Message
from tests.client import ChatClient
from tests.client.record import Frame
from tests.fakes.openai import FakeOpenAI
from tests.flows.base import FlowCase

ANSWERED_WITHIN_S = 60.0


class AgentFlowCase(FlowCase):
    """The bridge of questions, Celery for the answers, and a model of the tests' own for the class; an agent a test.

    The agent does not search, so that what it is told is what was said in its conversation.
    """

    uses_retrieval: ClassVar[bool] = False
    model: ClassVar[FakeOpenAI]
    bridge: ClassVar[SiteProcess]
    celery: ClassVar[SiteProcess]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        cls.model = stack.enter_context(FakeOpenAI())
        env = {"GOCHAT_RATE_LIMITS": "off", **cls.env, **cls.model.env}
        cls.bridge = stack.enter_context(testing.worker("agent", env=env))
        cls.celery = stack.enter_context(testing.celery_agent_worker(env=env))

    def setUp(self) -> None:
        super().setUp()
        self.model.requests.clear()
        name = f"helper_{uuid.uuid4().hex[:8]}"
        self.agent = make_agent(username=name, display_name="Helper", uses_retrieval=self.uses_retrieval)

    async def talk(self, client: ChatClient, agent: Agent | None = None) -> str:
        """The id of the client's conversation with the agent."""
        asked = agent or self.agent
        conversation: Frame = await client.api.post("conversations", {"kind": "direct", "user_id": str(asked.pk)})
        self.assertEqual(conversation["kind"], "agent")
        conversation_id = str(conversation["id"])
        await client.wait_until(lambda: conversation_id in client.keeper.conversations, "the conversation")
        return conversation_id

    async def wait_for_answer(self, client: ChatClient, question: Frame) -> Frame:
        """The agent's pushed answer to the question that this ack is of."""
        conversation_id, question_id = question["conversation_id"], question["message_id"]

        def find() -> list[Frame]:
            return [row for row in client.pushed(conversation_id) if row["reply_to"] == question_id]

        await client.wait_until(lambda: bool(find()), "the answer", timeout_s=ANSWERED_WITHIN_S)
        return find()[0]

    def deltas(self, client: ChatClient, question: Frame) -> list[Frame]:
        """The pieces that the client was pushed of the answer to this question."""
        return client.record.frames("message-delta", reply_to=question["message_id"])

    async def read(self, client: ChatClient, message: Frame) -> Frame:
        """The message as history shows it to the client now."""
        page: dict[str, Any] = await client.api.get(
            f"conversations/{message['conversation_id']}/messages", around_seq=message["seq"], limit=50
        )
        return next(row for row in page["results"] if row["message_id"] == message["message_id"])

    async def count_answers(self, question: Frame) -> int:
        """How many messages reply to it, by what the database holds."""
        question_id = parse_id(question["message_id"])
        return await sync_to_async(Message.objects.filter(reply_to=question_id).count)()

    async def stay_silent(self, seconds: float = 2.0) -> None:
        """Give what must not happen the time to happen."""
        await asyncio.sleep(seconds)
