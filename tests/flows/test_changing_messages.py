"""Flow 2 continued: editing, recalling and reacting are events of the log, with a seq of their own."""

import asyncio

from django.test import tag

from tests.flows.base import FlowCase


@tag("flows")
class ChangingMessagesTest(FlowCase):
    gateway_count = 2

    async def test_an_edit_reaches_everyone_and_shows_in_history(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            sent = await ann.say(chat, "helo")
            ack = await ann.command("edit-message", chat, message_id=sent["message_id"], content={"text": "hello"})
            self.assertEqual((ack["seq"], ack["command"], ack["message_id"]), (2, "edit-message", sent["message_id"]))
            event = await ben.wait_for("conversation-event", event="message-edited", conversation_id=chat)
            self.assertEqual((event["seq"], event["actor_id"]), (2, ann.user_id))
            self.assertEqual(event["message"]["content"], {"text": "hello"})
            page = await ben.api.get(f"conversations/{chat}/messages")
            self.assertEqual([m["content"] for m in page["results"]], [{"text": "hello"}])
            self.assertIsNotNone(page["results"][0]["edited_at"])

    async def test_only_the_sender_edits(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            sent = await ann.say(chat, "mine")
            edit = ben.command("edit-message", chat, message_id=sent["message_id"], content={"text": "yours"})
            await self.assert_refused("FORBIDDEN", edit)
            await self.assert_refused("FORBIDDEN", ben.command("recall-message", chat, message_id=sent["message_id"]))

    async def test_a_message_is_changed_through_its_own_conversation_only(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat, elsewhere = await self.direct(ann, ben), await self.direct(ann, eve)
            sent = await ann.say(chat, "here")
            wrong = ann.command("recall-message", elsewhere, message_id=sent["message_id"])
            await self.assert_refused("MESSAGE_NOT_FOUND", wrong)

    async def test_a_recalled_message_is_empty_everywhere_and_in_every_earlier_event(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            sent = await ann.say(chat, "a secret")
            await ann.command("edit-message", chat, message_id=sent["message_id"], content={"text": "the secret"})
            await ben.command("react", chat, message_id=sent["message_id"], emoji="😮", op="add")
            await ann.command("recall-message", chat, message_id=sent["message_id"])
            event = await ben.wait_for("conversation-event", event="message-recalled", conversation_id=chat)
            self.assertEqual((event["seq"], event["message_id"]), (4, sent["message_id"]))
            log = await ben.api.get(f"conversations/{chat}/events", after_seq=0)
            self.assertEqual([e["seq"] for e in log["events"]], [1, 2, 3, 4])
            self.assertNotIn("secret", str(log))
            page = await ben.api.get(f"conversations/{chat}/messages")
            message = page["results"][0]
            self.assertEqual((message["content"], message["recalled"], message["reactions"]), ({}, True, {}))
            edit = ann.command("edit-message", chat, message_id=sent["message_id"], content={"text": "again"})
            await self.assert_refused("MESSAGE_NOT_FOUND", edit)

    async def test_reactions_carry_their_count_and_reacting_twice_changes_nothing(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            sent = await ann.say(chat, "good news")
            thumb = {"message_id": sent["message_id"], "emoji": "👍"}
            first = await ben.command("react", chat, **thumb, op="add")
            await ann.command("react", chat, **thumb, op="add")
            event = await ben.wait_for("conversation-event", event="reaction-added", seq=3)
            self.assertEqual((event["emoji"], event["count"], event["actor_id"]), ("👍", 2, ann.user_id))
            again = await ben.command("react", chat, **thumb, op="add")
            self.assertEqual((first["seq"], again["seq"]), (2, 3))  # the second changes nothing: the log's last seq
            message = (await ben.api.get(f"conversations/{chat}/messages"))["results"][0]
            self.assertEqual(message["reactions"]["👍"]["count"], 2)
            self.assertTrue(message["reactions"]["👍"]["me"])
            self.assertEqual(set(message["reactions"]["👍"]["user_ids"]), {ann.user_id, ben.user_id})
            await ben.command("react", chat, **thumb, op="remove")
            event = await ann.wait_for("conversation-event", event="reaction-removed")
            self.assertEqual((event["seq"], event["count"]), (4, 1))

    async def test_changes_and_messages_of_several_people_have_one_order_for_all(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            chat = await self.group(ann, ben, cho)
            target = await ann.say(chat, "react to this")
            waiting = []
            for number in range(20):
                for client in (ann, ben, cho):
                    text = {"text": f"{client.name} {number}"}
                    waiting.append(client.submit("send-message", chat, kind="text", content=text))
                op = "add" if number % 2 == 0 else "remove"
                react = {"message_id": target["message_id"], "emoji": "🎉", "op": op}
                waiting.append(ben.submit("react", chat, **react))
                text = {"text": f"edit {number}"}
                waiting.append(ann.submit("edit-message", chat, message_id=target["message_id"], content=text))
            acks = await asyncio.gather(*waiting)
            seqs = sorted(ack["seq"] for ack in acks)
            self.assertEqual(seqs, list(range(target["seq"] + 1, target["seq"] + 101)))

    async def test_replies_name_a_message_of_the_same_conversation(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat, elsewhere = await self.direct(ann, ben), await self.direct(ann, eve)
            question = await ann.say(chat, "when?")
            answer = await ben.say(chat, "now", reply_to=question["message_id"])
            pushed = await ann.wait_for_message(chat, answer["seq"])
            self.assertEqual(pushed["reply_to"], question["message_id"])
            wrong = ann.say(elsewhere, "when?", reply_to=question["message_id"])
            await self.assert_refused("MESSAGE_NOT_FOUND", wrong)
