"""Flow 6: a question to an AI agent, from the message to the stored answer and what becomes of its sources."""

import asyncio
import threading
import time

from asgiref.sync import sync_to_async
from django.test import tag

from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from core.kafka import deliver
from core.kafka.topics import UPSTREAM, conversation_key
from messaging import records
from messaging.commands import Content
from messaging.models import Message
from messaging.records import ReplaceAnswer, SendAnswer, UpstreamItem, UpstreamRecord
from messaging.services.answers import Cited, answer_id_of, replace_answer, store_answer
from tests.client import ChatClient
from tests.client.record import Frame
from tests.fakes.openai import Reply
from tests.flows.agents import ANSWERED_WITHIN_S, AgentFlowCase

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"


@tag("flows")
class AnswerFlowTest(AgentFlowCase):
    async def test_a_question_is_answered_in_pieces_and_then_by_one_stored_message(self) -> None:
        async with self.people("ann", "eve") as (ann, eve):
            talk = await self.talk(ann)
            gate = threading.Event()
            self.model.script(Reply(LONG, gate=gate, gate_after=3))
            asked = await ann.say(talk, "count, please")
            await ann.wait_until(lambda: bool(self.deltas(ann, asked)), "a piece", timeout_s=ANSWERED_WITHIN_S)
            self.assertEqual(await self.count_answers(asked), 0)
            gate.set()
            answer = await self.wait_for_answer(ann, asked)
            self.assertEqual((answer["content"]["text"], answer["sender_id"]), (LONG, str(self.agent.pk)))
            pieces = self.deltas(ann, asked)
            self.assertEqual("".join(piece["text"] for piece in pieces), LONG)
            self.assertEqual([piece["index"] for piece in pieces], list(range(len(pieces))))
            self.assertGreater(len(pieces), 1)
            await ann.wait_for("message-delta", reply_to=asked["message_id"], done=True)
            self.assertEqual(await self.count_answers(asked), 1)
            self.assertEqual(eve.record.frames("message-delta"), [])
            self.assertEqual(eve.pushed(talk), [])

    async def test_the_first_piece_is_on_the_screen_soon_after_the_model_s_first_token(self) -> None:
        async with self.people("ann") as (ann,):
            talk = await self.talk(ann)
            self.model.first_token_at.clear()
            self.model.script(Reply(LONG, piece_after_s=0.05))
            asked = await ann.say(talk, "count, please")
            await ann.wait_until(lambda: bool(self.deltas(ann, asked)), "a piece", timeout_s=ANSWERED_WITHIN_S)
            seen = time.monotonic()
            print(f"first token to first delta: {(seen - self.model.first_token_at[0]) * 1000:.0f} ms")  # noqa: T201
            await self.wait_for_answer(ann, asked)

    async def test_questions_of_one_conversation_are_answered_in_their_order_and_others_do_not_wait(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            anns, bens = await self.talk(ann), await self.talk(ben)
            gate = threading.Event()
            self.model.script(Reply("first", gate=gate))
            first = await ann.say(anns, "one")
            await sync_to_async(self.model.wait_for)(1)
            second = await ann.say(anns, "two")
            elsewhere = await ben.say(bens, "three")
            await self.wait_for_answer(ben, elsewhere)
            self.assertEqual(await self.count_answers(second), 0)
            gate.set()
            one, two = await self.wait_for_answer(ann, first), await self.wait_for_answer(ann, second)
            self.assertLess(one["seq"], two["seq"])

    async def test_a_stopped_answer_is_stored_as_far_as_it_came(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await self.add_agent(ann, group)
            gate = threading.Event()
            self.model.script(Reply(LONG, gate=gate, gate_after=3))
            asked = await ann.say(group, "count", mentions=[str(self.agent.pk)])
            await ann.wait_until(lambda: bool(self.deltas(ann, asked)), "a piece", timeout_s=ANSWERED_WITHIN_S)
            fields = {"conversation_id": group, "message_id": asked["message_id"]}
            ben.push({"type": "stop-answer", "id": "not mine", **fields})
            refused = await ben.wait_for("error", id="not mine")
            self.assertEqual(refused["code"], "FORBIDDEN")
            ann.push({"type": "stop-answer", **fields})
            await asyncio.sleep(1.0)
            gate.set()
            answer = await self.wait_for_answer(ann, asked)
            self.assertTrue(LONG.startswith(answer["content"]["text"][:3]), answer)
            self.assertNotIn("fifteen", answer["content"]["text"])
            self.assertEqual(await self.count_answers(asked), 1)

    async def test_an_answer_written_anew_replaces_the_old_one_as_an_edit(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await self.add_agent(ann, group)
            self.model.script(Reply("the first try"), Reply("the second try"))
            asked = await ann.say(group, "well?", mentions=[str(self.agent.pk)])
            answer = await self.wait_for_answer(ben, asked)
            fields = {"conversation_id": group, "message_id": answer["message_id"]}
            ben.push({"type": "regenerate-answer", "id": "not mine", **fields})
            self.assertEqual((await ben.wait_for("error", id="not mine"))["code"], "FORBIDDEN")
            ann.push({"type": "regenerate-answer", **fields})
            edited = await ben.wait_for(
                "conversation-event", timeout_s=ANSWERED_WITHIN_S, event="message-edited", conversation_id=group
            )
            self.assertEqual(edited["message"]["message_id"], answer["message_id"])
            self.assertEqual(edited["message"]["content"], {"text": "the second try"})
            self.assertEqual((await self.read(ann, answer))["content"], {"text": "the second try"})
            self.assertEqual(await self.count_answers(asked), 1)

    async def test_what_is_no_answer_cannot_be_written_anew(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            direct = await self.direct(ann, ben)
            said = await ben.say(direct, "hello")
            for message_id in (said["message_id"], "1", "x"):
                fields = {"conversation_id": direct, "message_id": message_id}
                ann.push({"type": "regenerate-answer", "id": message_id, **fields})
                self.assertEqual((await ann.wait_for("error", id=message_id))["code"], "MESSAGE_NOT_FOUND")

    async def test_an_agent_s_answer_asks_no_agent(self) -> None:
        other: Agent = await sync_to_async(make_agent)(
            username="other_agent", display_name="Other", uses_retrieval=False
        )
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await self.add_agent(ann, group, self.agent, other)
            self.model.script(Reply("ask @Other, it knows"))
            asked = await ann.say(group, "well?", mentions=[str(self.agent.pk)])
            await self.wait_for_answer(ben, asked)
            await self.stay_silent()
            self.assertEqual(len(self.model.requests), 1)

    async def test_answers_are_stored_from_outside_the_gateways_once_and_a_forged_one_is_refused(self) -> None:
        async with self.people("ann") as (ann,):
            talk = await self.talk(ann)
            self.model.script(Reply("the answer"))
            asked = await ann.say(talk, "well?")
            answer = await self.wait_for_answer(ann, asked)
            again = await sync_to_async(store_answer)(
                agent_id=self.agent.pk,
                conversation_id=int(talk),
                question_id=int(asked["message_id"]),
                text="another",
            )
            self.assertEqual(str(again), answer["message_id"])
            await sync_to_async(self.forge)(ann, asked, answer)
            await self.stay_silent()
            self.assertEqual((await self.read(ann, answer))["content"], {"text": "the answer"})
            self.assertEqual(await self.count_answers(asked), 1)

    def forge(self, person: ChatClient, asked: Frame, answer: Frame) -> None:
        """Records on the upstream topic that only an agent's process may write, in a person's name."""
        place, forged = asked["conversation_id"], Content(text="forged")
        answered = SendAnswer(
            client_msg_id=answer_id_of(1),
            conversation_id=place,
            kind="text",
            content=forged,
            reply_to=asked["message_id"],
        )
        replaced = ReplaceAnswer(
            client_msg_id=answer_id_of(2), conversation_id=place, message_id=answer["message_id"], content=forged
        )
        sender_id = int(person.user_id)
        items = [UpstreamItem(sender_id, 0, "", "", 0, "en", command) for command in (answered, replaced)]
        value = records.encode(UpstreamRecord(records.VERSION, items))
        deliver(UPSTREAM, value, key=conversation_key(int(asked["conversation_id"])), timeout_s=10)

    async def add_agent(self, owner: ChatClient, group: str, *agents: Agent) -> None:
        """The agents, or the test's own, join the group; the worker knows them by then."""
        user_ids = [str(agent.pk) for agent in agents or (self.agent,)]
        await owner.api.post(f"groups/{group}/members", {"user_ids": user_ids})
        await asyncio.sleep(1.5)  # a roster is read again within a second


@tag("flows")
class CitationFlowTest(AgentFlowCase):
    async def test_a_source_opens_and_is_withdrawn_by_an_edit_a_recall_or_leaving(self) -> None:
        async with self.people("ben", "ann") as (ben, ann):
            talk, group = await self.talk(ann), await self.group(ben, ann)
            said = [await ben.say(group, text) for text in ("the code is 1234", "lunch is at one", "bring a coat")]
            self.model.script(Reply("see [1] [2] [3]"))
            asked = await ann.say(talk, "what did Ben say?")
            answer = await self.wait_for_answer(ann, asked)
            await self.cite(answer, said)
            cited = await ann.wait_for(
                "conversation-event", event="message-edited", conversation_id=talk, timeout_s=ANSWERED_WITHIN_S
            )
            quotes = ["code is 1234", "lunch is at one", "bring a coat"]
            self.assertEqual([row["quote"] for row in cited["message"]["citations"]], quotes)
            self.assertEqual(await self.sources(ann, answer), [(quote, False) for quote in quotes])
            opened = (await self.read(ann, answer))["citations"][0]
            page = await ann.api.get(f"conversations/{group}/messages", around_seq=opened["seq"])
            self.assertIn(opened["message_id"], [row["message_id"] for row in page["results"]])

            await ben.command("edit-message", group, message_id=said[0]["message_id"], content={"text": "no code"})
            await ben.command("recall-message", group, message_id=said[1]["message_id"])
            self.assertEqual(await self.sources(ann, answer), [("", True), ("", True), ("bring a coat", False)])
            await ann.api.post(f"groups/{group}/leave")
            self.assertEqual(await self.sources(ann, answer), [("", True)] * 3)

    async def cite(self, answer: Frame, said: list[Frame]) -> None:
        """Have the answer rest on these messages, as an agent's process does it."""
        texts = await sync_to_async(Message.objects.in_bulk)([int(ack["message_id"]) for ack in said])
        cited = [Cited(key, texts[key].text.removeprefix("the ")) for key in texts]
        await sync_to_async(replace_answer)(
            agent_id=self.agent.pk,
            answer_id=int(answer["message_id"]),
            text="see [1] [2] [3]",
            citations=sorted(cited, key=lambda one: one.message_id),
            attempt="test",
        )

    async def sources(self, reader: ChatClient, answer: Frame) -> list[tuple[str, bool]]:
        """(quote, withdrawn) of the answer's sources, as history shows them."""
        return [(row["quote"], row["withdrawn"]) for row in (await self.read(reader, answer))["citations"]]
