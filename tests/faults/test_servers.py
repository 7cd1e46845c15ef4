"""The servers that everything stands on die in the middle of traffic: broker, Redis, database."""

import asyncio
from typing import ClassVar

from asgiref.sync import sync_to_async
from django.test import tag

from core.redis import get_redis
from tests.faults.base import FaultCase
from tests.faults.traffic import Traffic

AWAY_S = 30.0


class ServerCase(FaultCase):
    has_private_world: ClassVar[bool] = True


@tag("faults")
class RedisTest(ServerCase):
    async def test_a_killed_redis_comes_back_empty(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "redis", wipe=True)
            await traffic.flow()  # messages go on without it
            await self.run_aside(self.world.start, "redis")
            await traffic.flow()

    async def test_a_flushed_redis_is_filled_again(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            for _ in range(3):
                await sync_to_async(get_redis().flushall)()
                await traffic.flow()


@tag("faults")
class BrokerTest(ServerCase):
    async def test_a_broker_that_is_away_for_half_a_minute_comes_back_with_its_data(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "kafka")
            await asyncio.sleep(AWAY_S)
            await traffic.reach(lambda: self.everyone_waits(traffic), "everyone to wait")
            await self.run_aside(self.world.start, "kafka")
            await traffic.flow()

    async def test_a_broker_that_lost_its_disk_costs_no_acknowledged_message(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic(lossy=True) as traffic:
            await self.run_aside(self.world.kill, "kafka", wipe=True)
            await traffic.reach(lambda: self.everyone_waits(traffic), "everyone to wait")
            await self.run_aside(self.world.start, "kafka")
            await traffic.flow()

    def everyone_waits(self, traffic: Traffic) -> bool:
        """Whether every client has had something unanswered repeated or refused."""
        return all(
            any(
                not sent.acks and (len(sent.transmissions) > 1 or sent.refusals) for sent in client.record.sent.values()
            )
            for client in traffic.clients
        )


@tag("faults")
class DatabaseTest(ServerCase):
    async def test_a_killed_database_costs_time_and_nothing_else(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, self.world.database_name)
            await self.run_aside(self.world.start, self.world.database_name)
            await traffic.flow()
