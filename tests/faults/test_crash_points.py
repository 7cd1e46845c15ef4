"""A process dies, as by kill -9, at each point of the write path between the socket and the committed offset."""

from django.test import tag

from tests.faults.base import FaultCase

CRASHED = 137


@tag("faults")
class WorkerCrashTest(FaultCase):
    """The logic worker; its successor reads the same records again."""

    async def crash_at(self, point: str) -> None:
        """Traffic with a worker that dies at the twentieth passage of `point` and is started again without it."""
        worker = await self.run_aside(self.worker, GOCHAT_CRASH_POINT=f"{point}:20")
        async with self.traffic(warm_up=0) as traffic:
            self.assertEqual(await self.run_aside(worker.wait), CRASHED)
            await self.run_aside(worker.start, env={"GOCHAT_CRASH_POINT": ""})
            await traffic.flow()

    async def test_inside_the_transaction(self) -> None:
        await self.crash_at("inside-transaction")

    async def test_after_the_commit_before_the_publication(self) -> None:
        await self.crash_at("after-commit")

    async def test_after_the_publication(self) -> None:
        await self.crash_at("after-publish")

    async def test_before_the_offset_is_committed(self) -> None:
        await self.crash_at("before-offset")


@tag("faults")
class GatewayCrashTest(FaultCase):
    """A gateway; its clients go to the other one and repeat what was not acknowledged."""

    async def test_before_it_produces_what_it_has_taken(self) -> None:
        await self.run_aside(self.worker)
        crashing = self.gateways[0]
        await self.run_aside(crashing.restart, env={"GOCHAT_CRASH_POINT": "before-produce:60"})
        async with self.traffic(warm_up=0) as traffic:
            self.assertEqual(await self.run_aside(crashing.wait), CRASHED)
            await traffic.flow()
            await self.run_aside(crashing.start)
            await traffic.flow()

    async def test_at_any_moment(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.gateways[1].restart)
            await traffic.flow()
