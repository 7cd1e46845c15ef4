"""Flow 3: a message to a group. Every present member gets it, in one order; who is outside gets nothing."""

import asyncio
import random
from collections.abc import Awaitable

from django.test import tag

from accounts.models import User, fold_username
from tests.client import ApiError, ChatClient
from tests.client.record import Frame
from tests.flows.base import FlowCase


@tag("flows")
class SmallGroupTest(FlowCase):
    gateway_count = 2

    async def test_every_member_gets_the_message_and_an_outsider_does_not(self) -> None:
        async with self.people("ann", "ben", "cho", "eve") as (ann, ben, cho, eve):
            group = await self.group(ann, ben, cho)
            ack = await ann.say(group, "hello all")
            for member in (ben, cho):
                message = await member.wait_for_message(group, ack["seq"])
                self.assertEqual(message["message_id"], ack["message_id"])
            await self.fence(ben, cho, eve)
            self.assertEqual([len(c.pushed(group, ack["seq"])) for c in (ann, ben, cho, eve)], [0, 1, 1, 0])

    async def test_new_members_are_told_of_the_group_and_their_joining_is_in_the_log(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, name="Tea")
            added = await ben.wait_for("conversation-added")
            self.assertEqual((added["conversation"]["id"], added["conversation"]["kind"]), (group, "group"))
            await ann.api.post(f"groups/{group}/members", {"user_ids": [cho.user_id]})
            await cho.wait_until(lambda: group in cho.keeper.conversations, "the group")
            joined = await ben.wait_for("conversation-event", event="member-joined", user_ids=[cho.user_id])
            self.assertEqual((joined["conversation_id"], joined["actor_id"]), (group, ann.user_id))
            page = await cho.api.get(f"conversations/{group}/messages")
            self.assertIn((joined["seq"], "system"), [(m["seq"], m["kind"]) for m in page["results"]])

    async def test_all_members_see_one_order_when_all_write_at_once(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            first = ann.keeper.log(group).known_last
            members = (ann, ben, cho)
            body = {"kind": "text"}
            waiting = [
                member.submit("send-message", group, **body, content={"text": f"{member.name} {number}"})
                for number in range(30)
                for member in members
            ]
            acks = await asyncio.gather(*waiting)
            self.assertEqual(len({ack["seq"] for ack in acks}), 90)
            last = max(ack["seq"] for ack in acks)
            for member in members:
                await member.wait_until(lambda m=member: m.keeper.log(group).held >= last, "all")  # type: ignore[misc]
            views = [[m for m in member.keeper.log(group).view() if m["seq"] > first] for member in members]
            self.assertEqual(views[0], views[1])
            self.assertEqual(views[0], views[2])

    async def test_who_leaves_gets_nothing_that_comes_after(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            await ann.say(group, "before")
            await cho.api.post(f"groups/{group}/leave")
            await cho.wait_for("conversation-removed", conversation_id=group)
            left = await ben.wait_for("conversation-event", event="member-left", user_ids=[cho.user_id])
            after = await ann.say(group, "after")
            self.assertGreater(after["seq"], left["seq"])
            await self.fence(cho)
            self.assertEqual(cho.pushed(group, after["seq"]), [])
            self.assertFalse([e for e in cho.record.frames("conversation-event") if e["seq"] > left["seq"]])
            await self.assert_refused("CONVERSATION_NOT_FOUND", cho.say(group, "still here"))
            await self.assert_refused("CONVERSATION_NOT_FOUND", cho.api.get(f"conversations/{group}/messages"))
            await self.assert_refused("CONVERSATION_NOT_FOUND", cho.api.get(f"conversations/{group}/events"))
            await self.assert_gone(cho.api.get(f"groups/{group}"))

    async def test_who_is_removed_gets_nothing_that_comes_after(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            await ann.api.call("DELETE", f"groups/{group}/members/{cho.user_id}")
            await cho.wait_for("conversation-removed", conversation_id=group)
            await ben.wait_for("conversation-event", event="member-removed", user_ids=[cho.user_id])
            after = await ann.say(group, "without Cho")
            await self.fence(cho)
            self.assertEqual(cho.pushed(group, after["seq"]), [])
            await self.assert_refused("CONVERSATION_NOT_FOUND", cho.say(group, "hello?"))

    async def test_who_was_away_while_being_removed_learns_it_by_sync(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            await cho.disconnect()
            await ann.api.call("DELETE", f"groups/{group}/members/{cho.user_id}")
            await cho.connect()
            self.assertNotIn(group, cho.keeper.conversations)
            results = cho.record.frames("sync-result")
            self.assertTrue(any(group in result["removed"] for result in results))

    async def test_who_joins_a_group_with_hidden_history_sees_only_what_comes_after(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, history_visible=False)
            old = await ann.say(group, "an old secret")
            await ann.api.post(f"groups/{group}/members", {"user_ids": [cho.user_id]})
            await cho.wait_until(lambda: group in cho.keeper.conversations, "the group")
            self.assertGreater(cho.keeper.conversations[group]["first_seq"], old["seq"])
            page = await cho.api.get(f"conversations/{group}/messages")
            self.assertNotIn("an old secret", str(page))
            log = await cho.api.get(f"conversations/{group}/events", after_seq=0)
            self.assertNotIn("an old secret", str(log))
            react = cho.command("react", group, message_id=old["message_id"], emoji="👀", op="add")
            await self.assert_refused("MESSAGE_NOT_FOUND", react)
            new = await ben.say(group, "welcome")
            await cho.wait_for_message(group, new["seq"])

    async def test_a_muted_member_cannot_write_until_the_mute_ends(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            path = f"groups/{group}/members/{ben.user_id}"
            await ann.api.call("PATCH", path, {"muted_until": "2099-01-01T00:00:00.000Z"})
            details = await self.assert_refused("MUTED", ben.say(group, "mmm"))
            self.assertIn("until", details)
            await ann.api.call("PATCH", path, {"muted_until": None})
            await ben.say(group, "free again")

    async def test_while_a_group_is_muted_only_those_who_run_it_write(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await ann.api.call("PATCH", f"groups/{group}", {"muted_all": True})
            await self.assert_refused("MUTED", ben.say(group, "mmm"))
            await ann.say(group, "quiet, please")
            await ann.api.call("PATCH", f"groups/{group}/members/{ben.user_id}", {"role": "admin"})
            await ben.say(group, "I may speak now")

    async def test_an_admin_recalls_what_a_member_wrote(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            sent = await ben.say(group, "rude")
            await self.assert_refused("FORBIDDEN", cho.command("recall-message", group, message_id=sent["message_id"]))
            await ann.command("recall-message", group, message_id=sent["message_id"])
            event = await cho.wait_for("conversation-event", event="message-recalled")
            self.assertEqual((event["message_id"], event["actor_id"]), (sent["message_id"], ann.user_id))

    async def test_mentions_are_counted_for_the_one_who_is_named(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            named = await ann.say(group, "@ben look", mentions=[ben.user_id])
            await ann.say(group, "@all listen", mentions=["all"])
            message = await ben.wait_for_message(group, named["seq"])
            self.assertEqual(message["mentions"], [ben.user_id])
            counts = [(await c.api.get(f"conversations/{group}"))["mention_count"] for c in (ann, ben, cho)]
            self.assertEqual(counts, [0, 2, 1])

    async def assert_gone(self, attempt: Awaitable[object]) -> None:
        """A 404, whichever of the codes for it."""
        with self.assertRaises(ApiError) as caught:
            await attempt
        self.assertEqual(caught.exception.status, 404)


@tag("flows")
class GroupOfSixtyTest(FlowCase):
    gateway_count = 2

    async def test_twenty_online_of_sixty_members_all_get_every_message_once_and_in_order(self) -> None:
        names = [f"m{number}" for number in range(20)]
        async with self.people(*names) as members:
            owner = members[0]
            group = await self.group(owner, *members[1:])
            offline = await self.make_offline_users(40)
            await owner.api.post(f"groups/{group}/members", {"user_ids": offline})
            first = (await owner.say(group, "start"))["seq"]
            acks = await self.everyone_writes(members, group)
            last = max(ack["seq"] for ack in acks)
            self.assertEqual(last, first + len(acks))
            for member in members:
                await member.wait_until(lambda m=member: m.keeper.log(group).held >= last, "all")  # type: ignore[misc]
            for member in members:
                own = {sent.acks[0]["seq"] for sent in member.record.sent.values() if sent.conversation_id == group}
                pushed = [m["seq"] for m in member.pushed(group) if m["seq"] > first]
                self.assertEqual(pushed, [seq for seq in range(first + 1, last + 1) if seq not in own])

    async def everyone_writes(self, members: list[ChatClient], group: str) -> list[Frame]:
        """Three messages each, all at once."""
        waiting = [
            member.submit("send-message", group, kind="text", content={"text": f"{member.name} {number}"})
            for number in range(3)
            for member in random.sample(members, len(members))
        ]
        return await asyncio.gather(*waiting)

    async def make_offline_users(self, count: int) -> list[str]:
        """Users that never log in."""
        names = [f"offline{number}" for number in range(count)]
        users = [User(username=name, username_folded=fold_username(name), display_name=name) for name in names]
        await User.objects.abulk_create(users)
        return [str(pk) async for pk in User.objects.filter(username__in=names).values_list("pk", flat=True)]
