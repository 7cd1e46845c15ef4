"""A real gateway process and plain WebSocket clients, for the tests of the gateway."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.test import TransactionTestCase
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from accounts.models import Session, User
from accounts.services.tokens import issue_access
from core.kafka import get_producer
from core.kafka.topics import downstream
from devstack import testing
from messaging import records
from messaging.records import DownstreamRecord, Push
from tests.factories import make_session, make_user

DEADLINE_S = 15.0


class GatewayCase(TransactionTestCase):
    """One gateway for the class; `env` is added to its environment."""

    gateway_id: ClassVar[str] = "gw-test"
    env: ClassVar[dict[str, str]] = {}
    gateway: ClassVar[testing.Gateway]
    _stack: ClassVar[ExitStack]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._stack = ExitStack()
        cls.gateway = cls._stack.enter_context(testing.gateway(cls.gateway_id, env=cls.env))

    @classmethod
    def tearDownClass(cls) -> None:
        cls._stack.close()
        super().tearDownClass()

    def setUp(self) -> None:
        self.user: User = make_user()
        self.session: Session = make_session(self.user)
        self.access: str = issue_access(self.session)

    @contextlib.asynccontextmanager
    async def open(self, access: str | None = None, *, query: str = "", **options: Any) -> AsyncIterator["Client"]:
        """A socket that has heard `ready`."""
        headers = {} if query else {"Authorization": f"Bearer {access or self.access}"}
        async with connect(self.gateway.ws_url + query, additional_headers=headers, **options) as socket:
            client = Client(socket)
            client.ready = await client.next("ready")
            yield client

    async def assert_refused(self, status: int, code: str, **options: Any) -> None:
        """The handshake is answered over HTTP with this status and error code."""
        url = self.gateway.ws_url + options.pop("query", "")
        with self.assertRaises(InvalidStatus) as caught:
            async with connect(url, **options):
                pass
        response = caught.exception.response
        self.assertEqual(response.status_code, status)
        self.assertEqual(json.loads(response.body)["code"], code)

    async def produce(self, *pushes: Push) -> None:
        """Leave a record in the gateway's downstream topic."""

        def deliver() -> None:
            producer = get_producer()
            value = records.encode(DownstreamRecord(records.VERSION, list(pushes)))
            producer.produce(downstream(self.gateway_id).name, value)
            assert producer.flush(DEADLINE_S) == 0

        await sync_to_async(deliver)()


class Client:
    """A WebSocket that speaks JSON."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.ready: dict[str, Any] = {}

    async def send(self, frame_type: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps({"type": frame_type, **fields}))

    async def receive(self) -> dict[str, Any]:
        """The next frame, whatever it is."""
        async with asyncio.timeout(DEADLINE_S):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
            return frame

    async def next(self, frame_type: str) -> dict[str, Any]:
        """The next frame of this type; others before it are passed over."""
        while True:
            frame = await self.receive()
            if frame["type"] == frame_type:
                return frame

    async def wait_closed(self) -> int | None:
        """The code with which the gateway closes."""
        async with asyncio.timeout(DEADLINE_S):
            await self.socket.wait_closed()
        return self.socket.close_code
