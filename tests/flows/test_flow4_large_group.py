"""Flow 4: a message to a large group, or to the world room, goes through the fan-out bridge and Celery."""

import asyncio
import signal
import uuid
from typing import ClassVar

from asgiref.sync import sync_to_async
from django.test import tag

from devstack import testing
from devstack.testing import SiteProcess
from messaging.models import Conversation
from messaging.services.conversations import ensure_world
from tests.client import ChatClient
from tests.flows.base import FlowCase


class FanoutFlowCase(FlowCase):
    """Two gateways, a bridge and Celery; groups of more than three are large, and their members come by twos."""

    gateway_count = 2
    env: ClassVar = {"LARGE_GROUP_THRESHOLD": "3", "FANOUT_PAGE_MEMBERS": "2", "LARGE_GROUP_DELIVERY": "paging"}
    celery: ClassVar[SiteProcess]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        env = {"GOCHAT_RATE_LIMITS": "off", **cls.env}
        cls.celery = cls.enterClassContext(testing.celery_worker(env=env))
        cls.enterClassContext(testing.worker("fanout", env=env))

    async def assert_pushed(self, group: str, seqs: list[int], *clients: ChatClient) -> None:
        """Each of these sockets was pushed just these messages of the group, once, by rising seq."""
        for client in clients:
            await client.wait_for_message(group, seqs[-1])
            pushed = [message["seq"] for message in client.pushed(group) if message["seq"] >= seqs[0]]
            self.assertEqual(pushed, seqs, client.name)

    async def post(self, client: ChatClient, conversation_id: str, text: str) -> None:
        """Send over HTTP: one attempt, where a socket's client would repeat when told to wait."""
        body = {"client_msg_id": str(uuid.uuid4()), "kind": "text", "content": {"text": text}}
        await client.api.post(f"conversations/{conversation_id}/messages", body)


@tag("flows")
class LargeGroupTest(FanoutFlowCase):
    async def test_every_online_member_gets_every_message_once_and_in_order_and_an_outsider_nothing(self) -> None:
        names = [f"m{number}" for number in range(7)]
        async with self.people("ann", *names, "eve") as (ann, *members, eve):
            group = await self.group(ann, *members)
            acks = [await ann.say(group, f"hello {number}") for number in range(5)]
            acks += await asyncio.gather(*(member.say(group, "hi") for member in members))
            seqs = sorted(ack["seq"] for ack in acks)
            for member in members:
                own = [ack["seq"] for ack, sender in zip(acks[5:], members, strict=True) if sender is member]
                await self.assert_pushed(group, [seq for seq in seqs if seq not in own], member)
            self.assertEqual(eve.pushed(group), [])

    async def test_the_sender_s_other_device_gets_it_and_the_sending_socket_does_not(self) -> None:
        async with self.people("ann", "ben", "cho", "dan") as (ann, *others):
            group = await self.group(ann, *others)
            tablet = await self.another_device(ann, gateway=1)
            ack = await ann.say(group, "hello")
            await self.assert_pushed(group, [ack["seq"]], tablet, *others)
            self.assertEqual(ann.pushed(group, ack["seq"]), [])

    async def test_edits_recalls_and_reactions_reach_everyone(self) -> None:
        async with self.people("ann", "ben", "cho", "dan") as (ann, ben, cho, dan):
            group = await self.group(ann, ben, cho, dan)
            sent = await ann.say(group, "helo")
            await ann.command("edit-message", group, message_id=sent["message_id"], content={"text": "hello"})
            await ben.command("react", group, message_id=sent["message_id"], emoji="👍", op="add")
            await ann.command("recall-message", group, message_id=sent["message_id"])
            for client in (cho, dan):
                for event in ("message-edited", "reaction-added", "message-recalled"):
                    await client.wait_for("conversation-event", event=event, conversation_id=group)

    async def test_joining_and_renaming_are_told_to_all_members(self) -> None:
        async with self.people("ann", "ben", "cho", "dan", "eve") as (ann, ben, cho, dan, eve):
            group = await self.group(ann, ben, cho, dan)
            await ann.api.post(f"groups/{group}/members", {"user_ids": [eve.user_id]})
            await ann.api.call("PATCH", f"groups/{group}", {"name": "Renamed"})
            for client in (ben, cho, dan, eve):
                await client.wait_for("conversation-event", event="member-joined", user_ids=[eve.user_id])
                await client.wait_for("conversation-event", event="group-updated", conversation_id=group)

    async def test_who_leaves_gets_nothing_that_comes_after(self) -> None:
        async with self.people("ann", "ben", "cho", "dan", "eve") as (ann, ben, cho, dan, eve):
            group = await self.group(ann, ben, cho, dan, eve)
            before = await ann.say(group, "before")
            await eve.wait_for_message(group, before["seq"])
            await eve.api.post(f"groups/{group}/leave")
            after = await ann.say(group, "after")
            # All pages of a message are behind the page that Eve would be on once those after her have it.
            last = await ann.say(group, "last")
            await self.assert_pushed(group, [after["seq"], last["seq"]], ben, cho, dan)
            await self.fence(eve)
            self.assertEqual(eve.pushed(group, after["seq"]) + eve.pushed(group, last["seq"]), [])

    async def test_who_joins_a_group_with_hidden_history_is_pushed_only_what_comes_after(self) -> None:
        async with self.people("ann", "ben", "cho", "dan", "eve") as (ann, ben, cho, dan, eve):
            group = await self.group(ann, ben, cho, dan, history_visible=False)
            old = await ann.say(group, "an old secret")
            await ann.api.post(f"groups/{group}/members", {"user_ids": [eve.user_id]})
            await eve.wait_until(lambda: group in eve.keeper.conversations, "the group")
            await ann.command("edit-message", group, message_id=old["message_id"], content={"text": "a secret"})
            new = await ann.say(group, "welcome")
            await eve.wait_for_message(group, new["seq"])
            self.assertNotIn("secret", str(eve.record.arrivals))

    async def test_an_ack_does_not_wait_for_the_fan_out(self) -> None:
        async with self.people("ann", "ben", "cho", "dan") as (ann, *others):
            group = await self.group(ann, *others)
            self.pause_celery()
            try:
                acks = [await ann.say(group, f"hello {number}") for number in range(3)]
                self.assertFalse(any(client.pushed(group, acks[0]["seq"]) for client in others))
            finally:
                self.resume_celery()
            await self.assert_pushed(group, [ack["seq"] for ack in acks], *others)

    def pause_celery(self) -> None:
        """Celery and its children take nothing."""
        self.celery.send(signal.SIGSTOP)

    def resume_celery(self) -> None:
        """And go on."""
        self.celery.send(signal.SIGCONT)

    async def test_a_slow_mode_and_an_announcement_only_group_hold_back_members_alone(self) -> None:
        async with self.people("ann", "ben", "cho", "dan") as (ann, ben, cho, dan):
            group = await self.group(ann, ben, cho, dan)
            await ann.api.call("PATCH", f"groups/{group}", {"slow_mode_s": 3600})
            first = await ben.say(group, "once")
            await dan.wait_for_message(group, first["seq"])
            details = await self.assert_refused("RATE_LIMITED", self.post(ben, group, "twice"))
            self.assertTrue(0 < details["retry_after_ms"] <= 3_600_000, details)
            await cho.say(group, "my first")
            for number in range(2):
                await ann.say(group, f"owner {number}")
            await ann.api.call("PATCH", f"groups/{group}", {"slow_mode_s": 0, "announcement_only": True})
            self.assertEqual(await self.assert_refused("FORBIDDEN", ben.say(group, "hm")), {"announcement_only": True})
            ack = await ann.say(group, "announcement")
            await dan.wait_for_message(group, ack["seq"])


@tag("flows")
class LargeGroupByNameTest(LargeGroupTest):
    """The same promises where each gateway is told the group, and knows who of its users is in it."""

    env: ClassVar = {"LARGE_GROUP_THRESHOLD": "3", "LARGE_GROUP_DELIVERY": "online"}


@tag("flows")
class WorldRoomTest(FanoutFlowCase):
    async def test_everyone_on_every_gateway_gets_it_guests_included(self) -> None:
        world = str((await sync_to_async(ensure_world)()).pk)
        async with self.people("ann", "ben", "cho", "dan") as (ann, *others):
            first = await ann.say(world, "hello world")
            second = await others[0].say(world, "hello, says a guest")
            await self.assert_pushed(world, [first["seq"], second["seq"]], *others[1:])
            await ann.wait_for_message(world, second["seq"])

    async def test_nobody_has_a_row_before_they_write(self) -> None:
        world = await sync_to_async(ensure_world)()
        async with self.people("ann", "ben") as (ann, ben):
            ack = await ann.say(str(world.pk), "hello world")
            await ben.wait_for_message(str(world.pk), ack["seq"])
            seated = await sync_to_async(lambda: [str(pk) for pk in world.members.values_list("user_id", flat=True)])()
            self.assertEqual(seated, [ann.user_id])

    async def test_slow_mode_holds_for_everyone_in_it(self) -> None:
        world = await sync_to_async(ensure_world)()
        await Conversation.objects.filter(pk=world.pk).aupdate(slow_mode_s=3600)
        async with self.people("ann", "ben") as (ann, ben):
            ack = await ben.say(str(world.pk), "once")
            await ann.wait_for_message(str(world.pk), ack["seq"])
            details = await self.assert_refused("RATE_LIMITED", self.post(ben, str(world.pk), "twice"))
            self.assertTrue(0 < details["retry_after_ms"] <= 3_600_000, details)
