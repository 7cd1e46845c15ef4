"""Flow 2: a message from one person to another. Socket, upstream, worker, database, downstream, socket.

The sender's `message-ack` says that the message is committed; every other socket of the two people gets `new-message`.
"""

import asyncio
import uuid

from asgiref.sync import sync_to_async
from django.test import tag

from messaging.models import Message
from tests.client import ApiError
from tests.flows.base import FlowCase


@tag("flows")
class DirectMessageTest(FlowCase):
    async def test_a_message_is_acknowledged_stored_and_pushed_to_the_other_person(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "你好, Ben")
            stored = await Message.objects.aget(pk=int(ack["message_id"]))
            self.assertEqual((stored.seq, stored.text), (ack["seq"], "你好, Ben"))
            self.assertEqual(ack["command"], "send-message")
            message = await ben.wait_for_message(chat, ack["seq"])
            self.assertEqual(message["message_id"], ack["message_id"])
            self.assertEqual(message["sender_id"], ann.user_id)
            self.assertEqual(message["content"], {"text": "你好, Ben"})
            self.assertEqual(message["created_at"], ack["created_at"])

    async def test_the_sending_socket_gets_the_ack_and_the_sender_s_other_sockets_get_the_message(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            other = await self.another_device(ann)
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "hello")
            await other.wait_for_message(chat, ack["seq"])
            await self.fence(ann, other)
            self.assertEqual(ann.pushed(chat), [])
            self.assertEqual(other.record.frames("message-ack"), [])
            self.assertEqual(len(other.pushed(chat)), 1)

    async def test_a_message_is_pushed_once_while_nothing_fails(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            for number in range(5):
                await ann.say(chat, f"message {number}")
            await self.fence(ben)
            self.assertEqual([m["seq"] for m in ben.pushed(chat)], [1, 2, 3, 4, 5])

    async def test_an_outsider_gets_nothing_and_cannot_write(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "between us")
            await self.fence(eve)
            self.assertEqual(eve.pushed(chat), [])
            await self.assert_refused("CONVERSATION_NOT_FOUND", eve.say(chat, "let me in"))
            await self.assert_refused("CONVERSATION_NOT_FOUND", eve.say("987654321", "no such conversation"))
            for path in ("", "/messages", "/events", "/members"):
                await self.assert_refused("CONVERSATION_NOT_FOUND", eve.api.get(f"conversations/{chat}{path}"))

    async def test_commands_are_stored_in_the_order_they_were_sent_in(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            body = {"kind": "text"}
            waiting = [ann.submit("send-message", chat, **body, content={"text": str(n)}) for n in range(100)]
            acks = await asyncio.gather(*waiting)
            self.assertEqual([ack["seq"] for ack in acks], list(range(1, 101)))
            await ben.wait_for_message(chat, 100)
            self.assertEqual([m["content"]["text"] for m in ben.pushed(chat)], [str(n) for n in range(100)])

    async def test_the_same_two_people_always_get_the_same_conversation(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            body = {"kind": "direct", "user_id": ben.user_id}
            first = await ann.api.call("POST", "conversations", body)
            again = await ann.api.call("POST", "conversations", body)
            self.assertEqual((first.status, again.status), (201, 200))
            self.assertEqual(first.body["id"], again.body["id"])
            self.assertEqual(await self.direct(ben, ann), first.body["id"])

    async def test_a_blocked_person_s_messages_are_refused_until_the_block_ends(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "before")
            await ben.api.call("PUT", f"blocks/{ann.user_id}")
            await self.assert_refused("BLOCKED", ann.say(chat, "blocked"))
            await self.fence(ben)
            self.assertEqual([m["content"]["text"] for m in ben.pushed(chat)], ["before"])
            await ben.api.call("DELETE", f"blocks/{ann.user_id}")
            await ann.say(chat, "after")

    async def test_a_message_that_is_too_long_or_hostile_is_refused_and_the_socket_stays_open(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await self.assert_refused("MESSAGE_TOO_LARGE", ann.say(chat, "x" * 16_001))
            await self.assert_refused("INVALID_MESSAGE", ann.say(chat, "nul \x00"))
            await self.assert_refused("INVALID_MESSAGE", ann.say(chat, ""))
            await self.assert_refused("INVALID_MESSAGE", ann.say(chat, "hi", colour="red"))
            ack = await ann.say(chat, "x" * 16_000)
            self.assertEqual(ack["seq"], 1)

    async def test_who_was_offline_finds_the_messages_on_return(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "are you there?")
            await ben.wait_for_message(chat, 1)
            await ben.disconnect()
            for number in range(3):
                await ann.say(chat, f"missed {number}")
            await ben.connect()
            await ben.wait_until(lambda: ben.keeper.log(chat).held == 4, "what was missed")
            conversation = ben.keeper.conversations[chat]
            self.assertEqual((conversation["last_seq"], conversation["unread_count"]), (4, 4))
            self.assertEqual(conversation["last_message"]["content"], {"text": "missed 2"})
            self.assertEqual(conversation["peer"]["id"], ann.user_id)


@tag("flows")
class IdempotencyTest(FlowCase):
    gateway_count = 2

    async def test_a_repeated_command_gets_the_original_answer_and_is_stored_once(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "once")
            frame = ann.record.sent[ack["client_msg_id"]].frame
            ann.push(frame)
            acks = ann.record.frames
            await ann.wait_until(lambda: len(acks("message-ack")) == 2, "the second ack")
            first, second = acks("message-ack")
            self.assertEqual(first, second)
            await self.fence(ben)
            self.assertEqual(len(ben.pushed(chat)), 1)
            self.assertEqual(await Message.objects.filter(conversation_id=int(chat)).acount(), 1)

    async def test_a_repetition_through_another_gateway_is_the_same_command(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            other = await self.another_device(ann, gateway=1)
            chat = await self.direct(ann, ben)
            frame = {
                "type": "send-message", "client_msg_id": str(uuid.uuid4()), "conversation_id": chat,
                "kind": "text", "content": {"text": "twice on its way"},
            }  # fmt: skip
            one, two = await asyncio.gather(ann.outbox.submit(frame), other.outbox.submit(frame))
            self.assertEqual((one["message_id"], one["seq"]), (two["message_id"], two["seq"]))
            self.assertEqual(await Message.objects.filter(conversation_id=int(chat)).acount(), 1)

    async def test_the_same_id_with_another_payload_conflicts(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "one thing")
            other = await self.another_device(ann)
            changed = {**ann.record.sent[ack["client_msg_id"]].frame, "content": {"text": "another thing"}}
            await self.assert_refused("CONFLICT", other.outbox.submit(changed))
            del other.record.sent[ack["client_msg_id"]]  # its id belongs to the other device's message
            await self.fence(ben)
            self.assertEqual([m["content"]["text"] for m in ben.pushed(chat)], ["one thing"])

    async def test_ids_are_unique_over_all_kinds_of_commands(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "hello")
            other = await self.another_device(ann)
            frame = {
                "type": "react", "client_msg_id": ack["client_msg_id"], "conversation_id": chat,
                "message_id": ack["message_id"], "emoji": "👍", "op": "add",
            }  # fmt: skip
            await self.assert_refused("CONFLICT", other.outbox.submit(frame))
            del other.record.sent[ack["client_msg_id"]]

    async def test_sending_over_http_is_the_same_path_with_the_same_idempotency(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            body = {"client_msg_id": str(uuid.uuid4()), "kind": "text", "content": {"text": "by script"}}
            first = await ann.api.call("POST", f"conversations/{chat}/messages", body)
            again = await ann.api.call("POST", f"conversations/{chat}/messages", body)
            self.assertEqual(first.status, 201)
            self.assertEqual(first.body["message_id"], again.body["message_id"])
            self.assertEqual((await ben.wait_for_message(chat, 1))["message_id"], first.body["message_id"])
            await ann.wait_for_message(chat, 1)
            with self.assertRaises(ApiError) as caught:
                await ann.api.post(f"conversations/{chat}/messages", {**body, "content": {"text": "other"}})
            self.assertEqual((caught.exception.status, caught.exception.code), (409, "CONFLICT"))

    async def test_people_on_different_gateways_reach_each_other(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            self.assertNotEqual(ann.ready and ann.ready["gateway_id"], ben.ready and ben.ready["gateway_id"])
            chat = await self.direct(ann, ben)
            there = await ann.say(chat, "ping")
            await ben.wait_for_message(chat, there["seq"])
            back = await ben.say(chat, "pong")
            await ann.wait_for_message(chat, back["seq"])
            self.assertEqual((there["seq"], back["seq"]), (1, 2))

    async def test_the_worker_remembers_nothing_that_the_database_does_not_know(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ann.say(chat, "before the restart")
            await sync_to_async(self.worker.restart)(env={"GOCHAT_RATE_LIMITS": "off"})
            ann.push(ann.record.sent[ack["client_msg_id"]].frame)
            await ann.wait_until(lambda: len(ann.record.frames("message-ack")) >= 2, "the second ack")
            self.assertEqual({f["seq"] for f in ann.record.frames("message-ack")}, {ack["seq"]})
            await ben.wait_for_message(chat, ack["seq"])
