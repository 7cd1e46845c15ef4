"""What is only of the moment between two people: typing, and how far the other has received and read."""

from django.test import tag

from tests.flows.base import FlowCase


@tag("flows")
class TypingAndReceiptsTest(FlowCase):
    gateway_count = 2

    async def test_typing_is_seen_by_the_others_in_the_conversation_alone(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat, elsewhere = await self.direct(ann, ben), await self.direct(ann, eve)
            ann.push({"type": "typing", "conversation_id": chat})
            typing = await ben.wait_for("typing", conversation_id=chat)
            self.assertEqual(typing["user_id"], ann.user_id)
            ann.push({"type": "typing", "conversation_id": elsewhere})
            await eve.wait_for("typing", conversation_id=elsewhere)
            self.assertFalse(eve.record.frames("typing", conversation_id=chat))
            eve.push({"type": "typing", "conversation_id": chat})
            eve.push({"type": "typing", "conversation_id": elsewhere})
            await ann.wait_for("typing", conversation_id=elsewhere)
            self.assertFalse(ben.record.frames("typing", user_id=eve.user_id))

    async def test_who_was_blocked_is_neither_seen_typing_nor_sees_the_other_come_and_go(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            chat, other = await self.direct(ann, ben), await self.direct(ann, eve)
            await ben.api.call("PUT", f"blocks/{ann.user_id}")
            ann.push({"type": "typing", "conversation_id": chat})
            ann.push({"type": "presence-subscribe", "user_ids": [ben.user_id, eve.user_id]})
            await ann.wait_for("online-status", user_id=eve.user_id, online=True)
            ben.push({"type": "typing", "conversation_id": chat})
            await ann.wait_for("typing", conversation_id=chat)
            ann.push({"type": "typing", "conversation_id": other})
            await eve.wait_for("typing", conversation_id=other)
            self.assertFalse(ben.record.frames("typing", conversation_id=chat))
            self.assertFalse(ann.record.frames("online-status", user_id=ben.user_id))

    async def test_what_was_received_and_read_is_told_to_the_sender_and_kept_as_a_maximum(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            await ann.say(chat, "one")
            await ann.say(chat, "two")
            await ben.wait_for_message(chat, 2)
            ben.push({"type": "message-received", "conversation_id": chat, "seq": 2})
            received = await ann.wait_for("received-receipt", conversation_id=chat)
            self.assertEqual((received["user_id"], received["seq"]), (ben.user_id, 2))
            ben.push({"type": "mark-read", "conversation_id": chat, "seq": 99})
            read = await ann.wait_for("read-receipt", conversation_id=chat, user_id=ben.user_id)
            self.assertEqual(read["seq"], 2)
            mine = await ben.api.get(f"conversations/{chat}")
            self.assertEqual((mine["read_seq"], mine["unread_count"]), (2, 0))
            theirs = await ann.api.get(f"conversations/{chat}")
            self.assertEqual((theirs["peer_read_seq"], theirs["peer_received_seq"]), (2, 2))
