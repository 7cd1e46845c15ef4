"""Questions to agents while what carries them dies: one answer in the end, whichever process goes and whenever."""

import threading

from asgiref.sync import sync_to_async
from django.test import tag

from core.redis import get_redis
from tests.client import ChatClient
from tests.client.record import Frame
from tests.fakes.openai import Reply
from tests.flows.agents import AgentFlowCase

CRASHED = 137
TEXT = "one two three four five six seven eight nine ten"


@tag("faults")
class AgentFaultTest(AgentFlowCase):
    async def ask_and_hold(self, client: ChatClient, gate: threading.Event) -> Frame:
        """A question whose answer is being written and goes no further until the gate opens."""
        talk = await self.talk(client)
        self.model.script(Reply(TEXT, gate=gate, gate_after=2))
        asked = await client.say(talk, "count, please")
        await client.wait_until(lambda: bool(self.deltas(client, asked)), "a piece", timeout_s=60)
        return asked

    async def assert_one_answer(self, client: ChatClient, asked: Frame) -> None:
        """It is pushed, it is in history, and nothing else replies to the question; also a little later."""
        answer = await self.wait_for_answer(client, asked)
        await self.stay_silent(3.0)
        self.assertEqual(await self.count_answers(asked), 1)
        pushed = {row["message_id"] for row in client.pushed(asked["conversation_id"]) if row["reply_to"]}
        self.assertEqual(pushed, {answer["message_id"]})
        self.assertEqual((await self.read(client, answer))["content"], answer["content"])

    async def run_aside(self, function: object, **env: str) -> None:
        """Kill or start a process, while the clients go on."""
        keywords = {"env": env} if env else {}
        await sync_to_async(function, thread_sensitive=False)(**keywords)  # type: ignore[call-overload]

    async def test_a_celery_killed_in_the_middle_of_an_answer_answers_once_in_the_end(self) -> None:
        async with self.people("ann") as (ann,):
            gate = threading.Event()
            asked = await self.ask_and_hold(ann, gate)
            await self.run_aside(self.celery.kill)
            gate.set()
            await self.run_aside(self.celery.start)
            await self.assert_one_answer(ann, asked)
            self.assertGreaterEqual(len(self.model.requests), 2)
            begun = [piece for piece in self.deltas(ann, asked) if piece["index"] == 0]
            self.assertGreaterEqual(len(begun), 2, "the pieces begin again")

    async def test_a_bridge_killed_in_the_middle_of_an_answer_lets_it_be_answered_once(self) -> None:
        async with self.people("ann") as (ann,):
            gate = threading.Event()
            asked = await self.ask_and_hold(ann, gate)
            await self.run_aside(self.bridge.kill)
            await self.run_aside(self.bridge.start)
            gate.set()
            await self.assert_one_answer(ann, asked)
            again = await ann.say(asked["conversation_id"], "and now?")
            await self.assert_one_more(ann, again)

    async def test_celery_and_the_bridge_killed_together_answer_once(self) -> None:
        async with self.people("ann") as (ann,):
            gate = threading.Event()
            asked = await self.ask_and_hold(ann, gate)
            await self.run_aside(self.bridge.kill)
            await self.run_aside(self.celery.kill)
            gate.set()
            await self.run_aside(self.bridge.start)
            await self.run_aside(self.celery.start)
            await self.assert_one_answer(ann, asked)

    async def test_a_redis_that_is_flushed_in_the_middle_of_an_answer_costs_none(self) -> None:
        async with self.people("ann") as (ann,):
            gate = threading.Event()
            asked = await self.ask_and_hold(ann, gate)
            await sync_to_async(get_redis().flushdb)()
            gate.set()
            await self.assert_one_answer(ann, asked)

    async def test_a_worker_that_dies_after_a_question_s_commit_asks_it_when_it_is_back(self) -> None:
        async with self.people("ann") as (ann,):
            talk = await self.talk(ann)
            await self.run_aside(self.worker.restart, GOCHAT_CRASH_POINT="after-commit")
            asking = ann.submit("send-message", talk, kind="text", content={"text": "well?"})
            self.assertEqual(await sync_to_async(self.worker.wait, thread_sensitive=False)(), CRASHED)
            await self.run_aside(self.worker.start)
            await self.assert_one_answer(ann, await asking)

    async def test_a_worker_that_dies_after_an_answer_s_commit_pushes_it_when_it_is_back(self) -> None:
        async with self.people("ann") as (ann,):
            gate = threading.Event()
            asked = await self.ask_and_hold(ann, gate)
            await self.run_aside(self.worker.restart, GOCHAT_CRASH_POINT="after-commit")
            gate.set()
            self.assertEqual(await sync_to_async(self.worker.wait, thread_sensitive=False)(), CRASHED)
            await self.run_aside(self.worker.start)
            await self.assert_one_answer(ann, asked)

    async def assert_one_more(self, client: ChatClient, asked: Frame) -> None:
        """The next question is answered too."""
        await self.wait_for_answer(client, asked)
        self.assertEqual(await self.count_answers(asked), 1)
