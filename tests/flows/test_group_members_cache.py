"""Flow 3: the members of a group in Redis (`group_members:{id}`) are used, rebuilt, believed at one version only."""

import msgspec
from asgiref.sync import sync_to_async
from django.test import tag

from core.redis import get_redis
from messaging.delivery.rosters import Roster, Seat, cache_key
from messaging.models import Conversation
from tests.client import ChatClient
from tests.flows.base import FlowCase


@tag("flows")
class GroupMembersCacheTest(FlowCase):
    async def restart_worker(self) -> None:
        """A worker that remembers nothing, so that it reads Redis."""
        await sync_to_async(self.worker.restart)(env={"GOCHAT_RATE_LIMITS": "off"})

    async def put(self, group: str, value: bytes) -> None:
        """Replace what Redis holds of this group."""
        await sync_to_async(get_redis().set)(cache_key(int(group)), value)

    async def cached(self, group: str) -> bytes | None:
        """What Redis holds of this group."""
        value = await sync_to_async(get_redis().get)(cache_key(int(group)))
        return value if isinstance(value, bytes) else None

    async def version_of(self, group: str) -> int:
        return (await Conversation.objects.aget(pk=int(group))).members_version

    def seats(self, *clients: ChatClient) -> dict[int, Seat]:
        return {int(client.user_id): Seat("member", 0.0, 1) for client in clients}

    async def test_a_message_leaves_the_members_in_redis_under_their_version(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await ann.say(group, "hello")
            roster = msgspec.msgpack.decode(await self.cached(group) or b"", type=Roster)
            self.assertEqual(roster.version, await self.version_of(group))
            self.assertEqual(set(roster.seats), {int(ann.user_id), int(ben.user_id)})

    async def test_members_of_the_present_version_are_taken_from_redis(self) -> None:
        async with self.people("ann", "ben", "cho") as (ann, ben, cho):
            group = await self.group(ann, ben, cho)
            await ann.say(group, "hello")
            await self.restart_worker()
            short = Roster(await self.version_of(group), self.seats(ann, ben), [])
            await self.put(group, msgspec.msgpack.encode(short))
            ack = await ann.say(group, "whom does this reach?")
            await ben.wait_for_message(group, ack["seq"])
            await self.fence(cho)
            self.assertEqual(cho.pushed(group, ack["seq"]), [])  # Redis was believed: it has no Cho

    async def test_members_that_are_gone_from_redis_are_read_again(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await ann.say(group, "hello")
            await self.restart_worker()
            await sync_to_async(get_redis().delete)(cache_key(int(group)))
            ack = await ann.say(group, "still there?")
            await ben.wait_for_message(group, ack["seq"])
            self.assertIsNotNone(await self.cached(group))

    async def test_members_of_an_older_version_are_not_believed(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            group = await self.group(ann, ben, eve)
            await ann.say(group, "hello")
            await ann.api.call("DELETE", f"groups/{group}/members/{eve.user_id}")
            await eve.wait_for("conversation-removed", conversation_id=group)
            await self.restart_worker()
            stale = Roster(await self.version_of(group) - 1, self.seats(ann, ben, eve), [])
            await self.put(group, msgspec.msgpack.encode(stale))
            ack = await ann.say(group, "not for Eve")
            await ben.wait_for_message(group, ack["seq"])
            await self.fence(eve)
            self.assertEqual(eve.pushed(group, ack["seq"]), [])
            await self.assert_refused("CONVERSATION_NOT_FOUND", eve.say(group, "poisoned?"))

    async def test_rubbish_in_redis_is_not_believed(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await self.restart_worker()
            await self.put(group, b"\x93rubbish")
            ack = await ann.say(group, "hello")
            await ben.wait_for_message(group, ack["seq"])
