"""Three brokers, three copies, two of which must be there: brokers die in the middle of traffic."""

from typing import ClassVar

from devstack.ports import wait_until
from tests.faults.base import FaultCase
from tests.faults.traffic import Traffic
from tests.real.brokers import are_all_copied, count_copies, read_configuration

COPIED_WITHIN_S = 120.0


class BrokersTest(FaultCase):
    has_private_world: ClassVar[bool] = True

    @property
    def servers(self) -> str:
        return self.env["KAFKA_BOOTSTRAP_SERVERS"]

    async def test_every_topic_has_three_copies_and_needs_two(self) -> None:
        copies = await self.run_aside(count_copies, self.servers, "im-")
        topics = {topic for topic, _ in copies}
        self.assertIn("im-upstream-topic", topics)
        self.assertIn(f"im-downstream-topic-{self.gateways[0].gateway_id}", topics)
        self.assertEqual({wanted for wanted, _ in copies.values()}, {3})
        for topic in topics:
            needed = await self.run_aside(read_configuration, self.servers, topic, "min.insync.replicas")
            self.assertEqual(needed, "2", topic)

    async def test_any_broker_may_die_and_messages_go_on_without_it(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            for broker in ("kafka-1", "kafka-2", "kafka-3"):
                await self.run_aside(self.world.kill, broker)
                await traffic.flow()  # while it is away
                await self.restart(broker)
                await traffic.flow()

    async def test_a_broker_that_lost_its_disk_gets_everything_from_the_others(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "kafka-2", wipe=True)
            await traffic.flow()
            await self.restart("kafka-2")
            await self.run_aside(self.world.kill, "kafka-3")
            await traffic.flow()  # the emptied one is the second copy now
            await self.restart("kafka-3")

    async def test_what_only_one_broker_has_is_not_acknowledged(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            for broker in ("kafka-1", "kafka-2"):
                await self.run_aside(self.world.kill, broker)
            await traffic.reach(lambda: self.everyone_waits(traffic), "everyone to wait")
            for broker in ("kafka-1", "kafka-2"):
                await self.run_aside(self.world.start, broker)
            await traffic.flow()
            await self.await_copies()

    async def restart(self, broker: str) -> None:
        """Start it, and wait until it has caught up: the next one may go only then."""
        await self.run_aside(self.world.start, broker)
        await self.await_copies()

    async def await_copies(self) -> None:
        copied = await self.run_aside(
            wait_until, lambda: are_all_copied(self.servers, 3), timeout_s=COPIED_WITHIN_S, interval_s=0.5
        )
        self.assertTrue(copied, "copies are missing")

    def everyone_waits(self, traffic: Traffic) -> bool:
        """Whether every client has had something unanswered repeated or refused."""
        return all(
            any(
                not sent.acks and (len(sent.transmissions) > 1 or sent.refusals) for sent in client.record.sent.values()
            )
            for client in traffic.clients
        )
