"""Flow 6, the other half: summaries, the brief, the ledger and the switch, through the running processes."""

import asyncio
import threading
import time
from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import tag

from ai_agent.models import AiLimits
from ai_agent.services.limits import SWITCH
from tests.client import ApiError, ChatClient
from tests.fakes.openai import Reply
from tests.flows.agents import ANSWERED_WITHIN_S, AgentFlowCase


@transaction.atomic
def switch(on: bool) -> None:
    """As the staff does it."""
    AiLimits.objects.update_or_create(pk=AiLimits.ONLY, defaults={"is_on": on})
    SWITCH.note_change()


@tag("flows")
class DigestFlowTest(AgentFlowCase):
    async def until_made(self, client: ChatClient, method: str, path: str) -> Any:
        """The digest, asked for as a client does: again for as long as it is being made."""
        until = time.monotonic() + ANSWERED_WITHIN_S
        while time.monotonic() < until:
            answer = await client.api.call(method, path, {} if method == "POST" else None)
            if answer.status == 200:
                return answer.body
            self.assertEqual(answer.status, 202)
            await asyncio.sleep(answer.body["retry_after_ms"] / 1000)
        raise AssertionError(f"{path} was not made")

    async def test_a_summary_is_made_by_celery_names_its_messages_and_goes_with_them(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            said = await ann.say(group, "we meet at nine")
            await ann.say(group, "bring boots")
            gate = threading.Event()
            self.model.script(Reply("They meet at nine [1].", gate=gate), Reply("Boots are needed [1]."))
            asked = asyncio.create_task(self.until_made(ben, "POST", f"conversations/{group}/summary"))
            await sync_to_async(self.model.wait_for)(1)
            gate.set()
            summary = await asked
            self.assertEqual((summary["text"], summary["model"]), ("They meet at nine [1].", "fake-model"))
            self.assertEqual(summary["citations"][0]["message_id"], said["message_id"])
            lines = (await ann.api.get("users/me/ai-ledger"))["results"]
            self.assertIn(("summary", said["message_id"]), {(line["purpose"], line["message_id"]) for line in lines})
            await ann.command("recall-message", group, message_id=said["message_id"])
            after = await self.until_made(ben, "POST", f"conversations/{group}/summary")
            self.assertEqual(after["text"], "Boots are needed [1].")
            self.assertNotIn("we meet at nine", self.model.requests[1].prompt)

    async def test_a_brief_over_all_chats_is_made_by_celery(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await ann.say(group, "we take the boat")
            self.model.script(Reply("D: They take the boat [1]"))
            brief = await self.until_made(ben, "GET", "users/me/brief")
            [chat] = brief["chats"]
            self.assertEqual((chat["conversation_id"], chat["decisions"]), (group, ["They take the boat [1]"]))

    def tearDown(self) -> None:
        # The rows go with the test; the processes must hear of it.
        switch(True)
        super().tearDown()

    async def test_the_switch_ends_an_answer_that_is_being_written_and_refuses_what_comes_after(self) -> None:
        async with self.people("ann") as (ann,):
            talk = await self.talk(ann)
            gate = threading.Event()
            self.addCleanup(gate.set)
            self.model.script(Reply("one two three four five six seven eight", gate=gate, gate_after=2))
            asked = await ann.say(talk, "count, please")
            await ann.wait_until(lambda: bool(self.deltas(ann, asked)), "a piece", timeout_s=ANSWERED_WITHIN_S)
            await sync_to_async(switch)(False)
            switched = time.monotonic()
            answer = await self.wait_for_answer(ann, asked)
            print(f"switched off to answer ended: {time.monotonic() - switched:.1f} s")  # noqa: T201
            self.assertNotIn("eight", answer["content"]["text"])
            with self.assertRaises(ApiError) as raised:
                await self.until_made(ann, "GET", "users/me/brief")
            self.assertEqual((raised.exception.status, raised.exception.details["scope"]), (403, "off"))
            again = await self.wait_for_answer(ann, await ann.say(talk, "and now?"))
            self.assertIn("switched off", again["content"]["text"])
            self.assertEqual(len(self.model.requests), 1)
