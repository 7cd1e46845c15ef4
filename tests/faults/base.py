"""What the fault tests share: a stream of commands by several clients, a fault in the middle, healing, judgement."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.db import connection
from django.test import TransactionTestCase

from devstack import testing
from devstack.processes import tail
from devstack.proxied import proxied_world
from devstack.proxy import Proxy
from devstack.services import Service
from devstack.testing import Gateway, PrivateWorld, SiteProcess
from devstack.worlds import visiting
from tests.client import ChatClient
from tests.faults.checker import Witness, find_violations
from tests.faults.snapshot import take_snapshot
from tests.faults.traffic import Traffic, pick_seed

PASSWORD = "correct horse battery staple"
PATIENCE_S = 3.0
"""Clients of these tests repeat after 3 s where the contract has them wait for 10: the shorter, the harder."""
CONVERGED_WITHIN_S = 75.0
LOG_LINES = 25
ENV = {"GOCHAT_RATE_LIMITS": "off"}


class FaultCase(TransactionTestCase):
    """Two gateways for the class, in the servers of the test run or, with `has_private_world`, in servers of its own.

    Workers belong to a test, which may end them as it likes.
    """

    has_private_world: ClassVar[bool] = False
    has_proxies: ClassVar[bool] = False
    """Servers of its own again, each behind a proxy."""
    more_servers: ClassVar[tuple[type[Service], ...]] = ()
    extra_env: ClassVar[Mapping[str, str]] = {}
    chat_client: ClassVar[type[ChatClient]] = ChatClient
    world: ClassVar[PrivateWorld]
    proxies: ClassVar[dict[str, Proxy]]
    env: ClassVar[dict[str, str]]
    gateways: ClassVar[list[Gateway]]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        cls.env = {**ENV, **cls.extra_env}
        if cls.has_proxies:
            proxied = stack.enter_context(proxied_world(*cls.more_servers))
            stack.enter_context(visiting(proxied.direct_env))
            cls.world, cls.proxies = proxied, proxied.proxies
            cls.env |= proxied.env
        elif cls.has_private_world:
            cls.world = stack.enter_context(testing.private_world(*cls.more_servers))
            stack.enter_context(testing.orm_in(cls.world))
            cls.env |= cls.world.env
        name = cls.__name__.lower()
        cls.gateways = [stack.enter_context(testing.gateway(f"{name}-{n}", env=cls.env)) for n in (1, 2)]

    def setUp(self) -> None:
        super().setUp()
        self.seed = pick_seed()
        self.clients: list[ChatClient] = []
        self.workers: list[SiteProcess] = []
        self._stack = ExitStack()
        self.addCleanup(self._stack.close)

    def worker(self, **env: str) -> SiteProcess:
        """A logic worker for this test; `env` may arm a crash point."""
        worker = self._stack.enter_context(testing.worker(env=self.env | env))
        self.workers.append(worker)
        return worker

    @contextlib.asynccontextmanager
    async def traffic(self, *, warm_up: int = 20, lossy: bool = False) -> AsyncIterator[Traffic]:
        """Four people on two gateways, who write in a group of all and two direct conversations.

        `warm_up` commands are acknowledged first. At the end everything is resent until it is answered, every client
        catches up, and the checker judges.
        """
        try:
            traffic = Traffic(await self._meet(), seed=self.seed)
            traffic.start()
            await traffic.flow(warm_up)
            yield traffic
            await traffic.finish()
            await self.check_promises(lossy=lossy)
        except BaseException as error:
            error.add_note(f"GOCHAT_FAULT_SEED={self.seed} repeats this traffic")
            for process in (*self.workers, *self.gateways):
                error.add_note(f"--- the end of {process.name}'s log ---\n{tail(process.log, LOG_LINES)}")
            raise
        finally:
            await asyncio.gather(*(client.disconnect() for client in self.clients))

    async def _meet(self) -> dict[str, list[ChatClient]]:
        ann, ben, cho, dan = people = [await self._person(name) for name in ("ann", "ben", "cho", "dan")]
        member_ids = [client.user_id for client in people[1:]]
        group = await ann.api.post("groups", {"name": "all", "member_ids": member_ids})
        chats = {str(group["id"]): people}
        for one, other in ((ann, ben), (cho, dan)):
            direct = await one.api.post("conversations", {"kind": "direct", "user_id": other.user_id})
            chats[str(direct["id"])] = [one, other]
        return chats

    async def _person(self, name: str) -> ChatClient:
        turn = len(self.clients) % 2
        urls = [gateway.url for gateway in (*self.gateways[turn:], *self.gateways[:turn])]
        client = self.chat_client(name, urls, patience_s=PATIENCE_S, stay_online=True, acknowledge_receipt=True)
        self.clients.append(client)
        if name == "ann":
            await client.register(f"ann_{self.seed}", PASSWORD)
        else:
            await client.guest()
        return await client.connect()

    async def check_promises(self, *, lossy: bool = False) -> None:
        """Every client converges to the database, by what the gateways tell it alone; then the checker judges."""
        started_at = time.monotonic()
        for client in self.clients:
            await client.wait_until(lambda c=client: c.is_online, "being online", timeout_s=CONVERGED_WITHIN_S)  # type: ignore[misc]
        snapshot = await self.run_sync(take_snapshot)
        while time.monotonic() - started_at < CONVERGED_WITHIN_S:
            violations = find_violations(snapshot, [self._witness(client) for client in self.clients], lossy=lossy)
            if not any(violation.startswith("diverged") for violation in violations):
                break
            await asyncio.sleep(0.2)
        snapshot = await self.run_sync(take_snapshot)
        violations = find_violations(snapshot, [self._witness(client) for client in self.clients], lossy=lossy)
        self.assertEqual(violations, [])

    def _witness(self, client: ChatClient) -> Witness:
        return Witness(client.record, {key: log.view() for key, log in client.keeper.logs.items()})

    async def run_sync(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call something that blocks, with a fresh database connection: a test may have killed the old one."""

        def call() -> Any:
            connection.close()
            if hasattr(connection, "close_pool"):
                connection.close_pool()
            return function(*arguments, **keywords)

        return await sync_to_async(call)()

    async def run_aside(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        """Call something that blocks and needs no database, while the traffic goes on."""
        return await sync_to_async(function, thread_sensitive=False)(*arguments, **keywords)
