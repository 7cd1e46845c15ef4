"""The fan-out to large groups while its bridge, Celery or Redis dies: every online member is pushed every message."""

import asyncio
import os
import signal
from typing import ClassVar

import psutil
from asgiref.sync import sync_to_async
from django.test import tag

from core.kafka import dead_letters, open_producer, pure
from core.kafka.topics import LARGE_GROUP_FANOUT, conversation_key
from core.redis import get_redis
from devstack import testing
from devstack.ports import wait_until
from devstack.testing import SiteProcess
from messaging.models import Conversation, ConversationKind, Message
from messaging.tasks import FANOUT
from tests.client import ChatClient
from tests.factories import make_users
from tests.faults.base import FaultCase
from tests.faults.traffic import Traffic

POISON = b"\xc1 this is no record"
PUSHED_WITHIN_S = 60.0
CRASHED = 137


class FanoutFaultCase(FaultCase):
    """Groups of more than three are large, and their members come by twos. Servers of its own, so that Redis may be
    flushed."""

    has_private_world = True
    extra_env: ClassVar = {
        "LARGE_GROUP_THRESHOLD": "3",
        "FANOUT_PAGE_MEMBERS": "2",
        "LARGE_GROUP_DELIVERY": "paging",
    }
    bridge: SiteProcess
    celery: SiteProcess

    def setUp(self) -> None:
        super().setUp()
        self.worker()
        self.bridge = self._stack.enter_context(testing.worker("fanout", env=self.env))
        self.celery = self._stack.enter_context(testing.celery_worker(env=self.env))

    async def assert_all_pushed(self, traffic: Traffic) -> None:
        """Each socket was pushed every message of the large group that others wrote, and first saw them in order."""
        await traffic.finish()
        group_id, messages = await self.run_sync(self.read_group)
        for client in traffic.clients:
            wanted = [seq for seq, sender_id in messages if str(sender_id) != client.user_id]
            await client.wait_until(
                lambda c=client, w=wanted: set(w) <= self.first_seen(c, group_id).keys(),  # type: ignore[misc]
                lambda c=client, w=wanted: f"pushes {sorted(set(w) - self.first_seen(c, group_id).keys())[:10]}",  # type: ignore[misc]
                timeout_s=PUSHED_WITHIN_S,
            )
            seen = list(self.first_seen(client, group_id))
            self.assertEqual(seen, sorted(seen), f"{client.name} saw messages out of order")

    def first_seen(self, client: ChatClient, group_id: str) -> dict[int, None]:
        """The seqs of the group's messages that the client was pushed, each where it came first."""
        return dict.fromkeys(message["seq"] for message in client.pushed(group_id))

    def read_group(self) -> tuple[str, list[tuple[int, int]]]:
        """The large group's id, and its messages: seq and sender."""
        group = Conversation.objects.get(kind=ConversationKind.GROUP)
        rows = Message.objects.filter(conversation_id=group.pk).order_by("seq").values_list("seq", "sender_id")
        return str(group.pk), list(rows)


@tag("faults")
class FanoutFaultTest(FanoutFaultCase):
    async def test_a_flushed_redis_loses_no_push(self) -> None:
        async with self.traffic() as traffic:
            for _ in range(4):
                await sync_to_async(get_redis().flushall)()
                await traffic.flow(15)
            await self.assert_all_pushed(traffic)

    async def test_a_redis_that_dies_and_comes_back_empty_loses_no_push(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "redis", wipe=True)
            await traffic.flow(15)
            await self.run_aside(self.world.start, "redis")
            await self.run_aside(self.start_celery_again)
            await traffic.flow(15)
            await self.assert_all_pushed(traffic)

    async def test_killed_celery_children_lose_no_push(self) -> None:
        async with self.traffic() as traffic:
            for _ in range(4):
                await self.run_aside(self.kill_children)
                await traffic.flow(15)
            await self.assert_all_pushed(traffic)

    async def test_a_killed_celery_loses_no_push(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.celery.kill)
            await traffic.flow(30)
            await self.run_aside(self.celery.start)
            await traffic.flow(15)
            await self.run_aside(self.celery.restart)
            await self.assert_all_pushed(traffic)

    async def test_a_killed_bridge_loses_no_push(self) -> None:
        async with self.traffic() as traffic:
            for _ in range(3):
                await self.run_aside(self.bridge.restart)
                await traffic.flow(15)
            await self.assert_all_pushed(traffic)

    async def test_partitions_move_between_bridges(self) -> None:
        with testing.worker("fanout", env=self.env) as second:
            async with self.traffic() as traffic:
                await traffic.flow(30)
                await self.run_aside(self.bridge.kill)
                await traffic.flow(15)
                await self.run_aside(self.bridge.start)
                self.assertEqual(await self.run_aside(second.stop), 0)
                await self.assert_all_pushed(traffic)

    async def test_a_bridge_that_sleeps_through_its_session_does_no_harm_when_it_wakes(self) -> None:
        with testing.worker("fanout", env=self.env):
            async with self.traffic() as traffic:
                self.bridge.send(signal.SIGSTOP)
                await traffic.flow(60)
                self.bridge.send(signal.SIGCONT)
                await traffic.flow(15)
                await self.assert_all_pushed(traffic)

    async def test_a_record_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(self) -> None:
        async with self.traffic() as traffic:
            group_id, _messages = await self.run_sync(self.read_group)
            before = await self.run_sync(self.count_poison)
            await self.run_sync(self.poison, int(group_id))
            await traffic.flow(15)
            await self.assert_all_pushed(traffic)
        # The bridge sets the record aside when the batch's outcome has come, a moment after its pushes.
        async with asyncio.timeout(30):
            while await self.run_sync(self.count_poison) == before:  # noqa: ASYNC110 -- Kafka sends no signal
                await asyncio.sleep(0.1)
        self.assertEqual(await self.run_sync(self.count_poison), before + 1)
        listed = await self.run_aside(self.world.manage, "dead_letters", "list")
        self.assertIn(LARGE_GROUP_FANOUT.base, listed)

    def start_celery_again(self) -> None:
        """What a supervisor does: kombu ends a worker that had a task in hand when Redis went away."""
        if wait_until(self.celery.has_ended, timeout_s=10.0):
            self.celery.start()

    def kill_children(self) -> None:
        """SIGKILL to the processes that run the tasks; their parent lives."""
        for child in psutil.Process(self.celery.pid).children():
            os.kill(child.pid, signal.SIGKILL)

    def poison(self, conversation_id: int) -> None:
        """Put bytes into the fan-out's topic that are no record."""
        producer = open_producer()  # not the process's own, which speaks to the broker of the other tests
        producer.produce(LARGE_GROUP_FANOUT.name, POISON, key=conversation_key(conversation_id))
        self.assertFalse(producer.flush(10.0))
        producer.close()

    def count_poison(self) -> int:
        """How often it was set aside, with the reason."""
        letters = [entry.letter for entry in dead_letters.list_entries()]
        return sum(letter.value == POISON and "undecodable" in letter.reason for letter in letters)


@tag("faults")
class ResumingTest(FanoutFaultCase):
    async def test_a_fan_out_that_dies_goes_on_at_the_page_that_it_had_reached(self) -> None:
        """Five pages, and a worker that dies after each second one: it comes through only by going on, and nobody is
        pushed anything twice."""
        ann, ben, cho, dan = [await self._person(name) for name in ("ann", "ben", "cho", "dan")]
        try:
            away = [str(user.pk) for user in await self.run_sync(make_users, 6)]
            members = [*(client.user_id for client in (ben, cho, dan)), *away]
            group = str((await ann.api.post("groups", {"name": "all", "member_ids": members}))["id"])
            first = await ann.say(group, "first")
            await dan.wait_for_message(group, first["seq"])
            await self.run_aside(self.await_idle)
            await self.run_aside(self.celery.kill)
            await self.run_aside(self.start_crashing)
            second = await ann.say(group, "second")
            for client in (ben, cho, dan):
                await client.wait_until(
                    lambda c=client: bool(c.pushed(group, second["seq"])),  # type: ignore[misc]
                    "the second message",
                    timeout_s=PUSHED_WITHIN_S,
                )
            await self.run_aside(self.await_idle)
            counts = [len(client.pushed(group, second["seq"])) for client in (ben, cho, dan)]
            self.assertEqual(counts, [1, 1, 1])
            self.assertIn(f"exitcode {CRASHED}", self.celery.log_text())
            self.assertEqual(await self.run_sync(lambda: list(dead_letters.list_entries())), [])
        finally:
            for client in self.clients:
                await client.disconnect()

    def start_crashing(self) -> None:
        """Celery's children die after every second page."""
        self.celery.start(env={"GOCHAT_CRASH_POINT": "after-page:2"})

    def await_idle(self) -> None:
        """Wait until the bridge has committed all that there is."""
        servers, topics = self.env["KAFKA_BOOTSTRAP_SERVERS"], [LARGE_GROUP_FANOUT.name]

        def is_idle() -> bool:
            return not any(pure.group_lag(servers, FANOUT.group, topics).values())

        self.assertTrue(wait_until(is_idle, timeout_s=PUSHED_WITHIN_S), "the fan-out does not end")
