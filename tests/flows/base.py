"""What the flow tests share: running processes, people with clients, and the checker over what they did at the end."""

import contextlib
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.test import TransactionTestCase

from devstack import testing
from devstack.testing import Gateway, SiteProcess
from tests.client import ApiError, ChatClient, RefusedError
from tests.client.record import Frame
from tests.faults.checker import Witness, find_violations
from tests.faults.snapshot import take_snapshot

PASSWORD = "correct horse battery staple"
SETTLE_S = 30.0


class FlowCase(TransactionTestCase):
    """`gateway_count` gateways and one logic worker for the class; throttles off, since tests are in a hurry.

    A scenario runs inside `async with self.people(...)`: when it ends, the checker holds everything that the clients
    did and saw against the database.
    """

    gateway_count: ClassVar[int] = 1
    env: ClassVar[Mapping[str, str]] = {}
    gateways: ClassVar[list[Gateway]]
    worker: ClassVar[SiteProcess]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        env = {"GOCHAT_RATE_LIMITS": "off", **cls.env}
        cls.worker = stack.enter_context(testing.worker(env=env))
        cls.gateways = [
            stack.enter_context(testing.gateway(f"{cls.__name__}-{number}".lower(), env=env))
            for number in range(1, cls.gateway_count + 1)
        ]

    def setUp(self) -> None:
        super().setUp()
        self.clients: list[ChatClient] = []

    @contextlib.asynccontextmanager
    async def people(self, *names: str, **options: Any) -> AsyncIterator[list[ChatClient]]:
        """People of these names, online, on the gateways in turn; the checker follows.

        The first has an account and may own a group; the others are guests, which saves the time of hashing passwords.
        """
        try:
            first = await self.client_of(names[0], **options).register(f"{names[0]}_{uuid.uuid4().hex[:8]}", PASSWORD)
            yield [await first.connect(), *[await self.person(name, **options) for name in names[1:]]]
            await self.check_promises()
        finally:
            for client in self.clients:
                await client.disconnect()

    async def person(self, name: str, *, gateway: int | None = None, **options: Any) -> ChatClient:
        """A new guest, online, with clean-up by the surrounding `people`."""
        client = await self.client_of(name, gateway=gateway, **options).guest()
        return await client.connect()

    def client_of(self, name: str, *, gateway: int | None = None, **options: Any) -> ChatClient:
        """A device without an account yet."""
        first = gateway if gateway is not None else len(self.clients) % len(self.gateways)
        urls = [g.url for g in self.gateways[first:] + self.gateways[:first]]
        client = ChatClient(name, urls, **options)
        self.clients.append(client)
        return client

    async def another_device(self, client: ChatClient, *, gateway: int | None = None) -> ChatClient:
        """A second socket of the same session."""
        device = self.client_of(f"{client.name}'s other device", gateway=gateway)
        device.api.access, device.refresh_token = client.api.access, client.refresh_token
        device.record.user_id = client.user_id
        return await device.connect()

    async def direct(self, one: ChatClient, other: ChatClient) -> str:
        """The id of their conversation."""
        conversation: Frame = await one.api.post("conversations", {"kind": "direct", "user_id": other.user_id})
        return str(conversation["id"])

    async def group(self, owner: ChatClient, *members: ChatClient, **fields: Any) -> str:
        """The id of a new group that every one of them has heard of."""
        body = {"name": "a group", "member_ids": [member.user_id for member in members], **fields}
        group_id = str((await owner.api.post("groups", body))["id"])
        for client in (owner, *members):
            await client.wait_until(lambda c=client: group_id in c.keeper.conversations, "the group")  # type: ignore[misc]
        return group_id

    async def fence(self, *clients: ChatClient) -> None:
        """Return when everything published before this call has reached these clients.

        The worker publishes in the order in which it stores, and a gateway reads its one partition in order: so what
        follows an ack in time follows it on every socket.
        """
        guard = next((c for c in self.clients if c.name == "fence"), None) or await self.person("fence", gateway=0)
        for client in clients:
            conversation_id = await self.direct(guard, client)
            ack = await guard.say(conversation_id, "fence")
            await client.wait_for_message(conversation_id, ack["seq"])

    async def assert_refused(self, code: str, attempt: Any) -> Frame:
        """Await a command or a call that must be refused with `code`; returns the details."""
        try:
            answer = await attempt
        except (RefusedError, ApiError) as refusal:
            self.assertEqual(refusal.code, code, str(refusal))
            return refusal.frame.get("details", {}) if isinstance(refusal, RefusedError) else refusal.details
        raise AssertionError(f"not refused with {code}: {answer}")

    async def check_promises(self, *, lossy: bool = False) -> None:
        """Wait until every client that is online holds all that it knows of, then let the checker judge."""
        online = [client for client in self.clients if client.is_online]
        for client in online:
            await client.sync()
        for client in online:
            await client.wait_until(lambda c=client: c.keeper.is_settled, "settling", timeout_s=SETTLE_S)  # type: ignore[misc]
        snapshot = await sync_to_async(take_snapshot)()
        violations = find_violations(snapshot, [witness_of(client) for client in self.clients], lossy=lossy)
        self.assertEqual(violations, [])


def witness_of(client: ChatClient) -> Witness:
    """What the checker wants of a client; who is offline is not expected to hold anything."""
    copies = {key: log.view() for key, log in client.keeper.logs.items()} if client.is_online else {}
    return Witness(client.record, copies)
