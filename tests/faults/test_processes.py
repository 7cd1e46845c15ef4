"""Workers that die, join, leave and oversleep; records that nobody can read; clients that do not read."""

import asyncio
import signal

from django.test import tag

from accounts.presence import list_online
from core.kafka import dead_letters, get_producer
from core.kafka.topics import UPSTREAM, conversation_key
from devstack import testing
from tests.client import ChatClient
from tests.faults.base import PASSWORD, FaultCase

POISON = b"\xc1 this is no record"


@tag("faults")
class WorkersTest(FaultCase):
    async def test_a_killed_worker_s_successor_goes_on(self) -> None:
        worker = await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(worker.restart)
            await traffic.flow()

    async def test_partitions_move_between_workers_that_join_and_die(self) -> None:
        first = await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            second = await self.run_aside(self.worker)
            await traffic.flow(100)
            await self.run_aside(first.kill)
            await traffic.flow(100)
            await self.run_aside(first.start)
            await traffic.flow(100)
            self.assertEqual(await self.run_aside(second.stop), 0)
            await traffic.flow()

    async def test_a_worker_that_sleeps_through_its_session_does_no_harm_when_it_wakes(self) -> None:
        zombie = await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            zombie.send(signal.SIGSTOP)
            await self.run_aside(self.worker)
            await traffic.flow(100)  # the other worker has taken over the partitions
            zombie.send(signal.SIGCONT)
            await traffic.flow(100)

    async def test_a_killed_celery_worker_is_not_missed_by_messages(self) -> None:
        await self.run_aside(self.worker)
        with testing.celery_worker(env=self.env) as celery:
            async with self.traffic() as traffic:
                await self.run_aside(celery.kill)
                await traffic.flow()
                await self.run_aside(celery.start)

    async def test_a_record_that_cannot_be_read_is_set_aside_and_the_stream_goes_on(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            chats = {conversation for client in traffic.clients for conversation in client.keeper.logs}
            for conversation_id in chats:
                await self.run_sync(self.poison, int(conversation_id))
            await traffic.flow(100)
            letters = await self.run_sync(lambda: [entry.letter for entry in dead_letters.list_entries()])
            found = [letter for letter in letters if letter.value == POISON]
            self.assertEqual(len(found), len(chats))
            self.assertTrue(all("undecodable" in letter.reason for letter in found))

    def poison(self, conversation_id: int) -> None:
        """Put bytes into upstream that are no record."""
        get_producer().produce(UPSTREAM.name, POISON, key=conversation_key(conversation_id))
        self.assertFalse(get_producer().flush(10.0))


@tag("faults")
class ClientsTest(FaultCase):
    async def test_a_client_that_does_not_read_is_closed_with_1013_and_nobody_waits_for_it(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            slow = traffic.clients[3]
            assert slow.connection is not None
            connection, closed = slow.connection, slow.connection.closed
            connection.stop_reading()
            await self.flood_until_closed(traffic.clients[2], slow)
            connection.resume_reading()
            self.assertEqual(await asyncio.wait_for(asyncio.shield(closed), 30), 1013)
            await traffic.flow()

    async def flood_until_closed(self, sender: ChatClient, slow: ChatClient) -> None:
        """Long messages to the slow one until its gateway has counted it as slow."""
        direct = await sender.api.post("conversations", {"kind": "direct", "user_id": slow.user_id})
        for _ in range(400):
            await sender.say(str(direct["id"]), "x" * 16_000)
            if not await self.run_aside(self.is_present, slow):
                return
        raise AssertionError("400 long messages were not too much for a client that does not read")

    def is_present(self, client: ChatClient) -> bool:
        """Whether a gateway still holds a socket of this user."""
        return list_online([int(client.user_id)])[int(client.user_id)]

    async def test_a_revoked_session_is_off_at_once_and_what_it_was_acknowledged_stays(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            ann = traffic.clients[0]
            assert ann.connection is not None
            closed = ann.connection.closed
            await ann.api.call("POST", "auth/logout", {})
            self.assertEqual(await asyncio.wait_for(asyncio.shield(closed), 30), 4403)
            await ann.login(f"ann_{self.seed}", PASSWORD)
            await ann.connect()
            await traffic.flow()
