"""The network before each server is bad: it delays, cuts, resets, or lets connections die without a word."""

import asyncio
import sys
import unittest
from typing import ClassVar

from django.test import tag

from devstack import testing
from tests.faults.base import FaultCase

DELAY_S = 0.05
HELD_S = 6.0


class NetworkCase(FaultCase):
    """One server's network; messages go on, or wait and lose nothing."""

    has_proxies: ClassVar[bool] = True

    async def go_through(self, server: str, *, goes_on: bool) -> None:
        """Traffic through each kind of bad network before `server`; with `goes_on`, messages do not wait for it."""
        await self.run_aside(self.worker)
        proxy = self.proxies[server]
        async with self.traffic() as traffic:
            for fault in (lambda: proxy.delay(DELAY_S), proxy.reset, proxy.cut, proxy.half_open):
                await self.run_aside(fault)
                if goes_on:
                    await traffic.flow(20)
                else:
                    await asyncio.sleep(HELD_S)
                await self.run_aside(proxy.heal)
                await traffic.flow(20)


@tag("faults")
@unittest.skipUnless(sys.platform == "linux", "a connection is made half-open by Linux's socket filters")
class BadNetworkTest(NetworkCase):
    async def test_to_the_database(self) -> None:
        await self.go_through(self.world.database_name, goes_on=False)

    async def test_to_redis(self) -> None:
        await self.go_through("redis", goes_on=True)

    async def test_to_the_broker(self) -> None:
        await self.go_through("kafka", goes_on=False)

    async def test_to_object_storage(self) -> None:
        await self.go_through("s3", goes_on=True)

    async def test_to_the_search_engine(self) -> None:
        for kind in ("indexing", "embedding"):
            self.workers.append(self._stack.enter_context(testing.worker(kind, env=self.env)))
        await self.go_through("search", goes_on=True)
