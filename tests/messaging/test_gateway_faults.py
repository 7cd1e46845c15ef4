"""The gateway while its broker or Redis is away: what clients hear, and that it recovers by itself."""

import asyncio
import json
import uuid
from contextlib import ExitStack
from typing import ClassVar

from asgiref.sync import sync_to_async
from django.test import SimpleTestCase, tag
from websockets.asyncio.client import connect

from accounts.models import User
from accounts.services.tokens import issue_access
from core.kafka import open_producer
from core.kafka.topics import downstream
from devstack import testing
from messaging import records
from messaging.framing import frame_text
from messaging.records import DownstreamRecord, Push
from tests.factories import make_session, make_user
from tests.messaging.gateway_case import Client

GATEWAY_ID = "gw-faults"
LONG_S = 60.0


@tag("faults")
class GatewayFaultsTest(SimpleTestCase):
    """Servers of its own, which nobody else misses."""

    databases = {"default"}
    world: ClassVar[testing.PrivateWorld]
    gateway: ClassVar[testing.Gateway]
    _stack: ClassVar[ExitStack]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls._stack = ExitStack()
        cls.world = cls._stack.enter_context(testing.private_world())
        cls.gateway = cls._stack.enter_context(testing.gateway(GATEWAY_ID, env=cls.world.env))

    @classmethod
    def tearDownClass(cls) -> None:
        cls._stack.close()
        super().tearDownClass()

    def setUp(self) -> None:
        with testing.orm_in(self.world):
            self.user_id = make_user().pk
            self.access = self.issue()

    def issue(self) -> str:
        return issue_access(make_session(User.objects.get(pk=self.user_id)))

    def connect(self) -> connect:
        return connect(self.gateway.ws_url, additional_headers={"Authorization": f"Bearer {self.access}"})

    async def next_of(self, client: Client, *frame_types: str) -> dict[str, object]:
        """The next frame of one of these types, with a long deadline: servers take their time."""
        async with asyncio.timeout(LONG_S):
            while True:
                frame: dict[str, object] = json.loads(await client.socket.recv())
                if frame["type"] in frame_types:
                    return frame

    def push(self, text: str) -> None:
        with testing.orm_in(self.world):
            frame = json.dumps({"type": text}).encode()
            value = records.encode(DownstreamRecord(records.VERSION, [_push_to(self.user_id, frame)]))
            producer = open_producer()  # the process's shared one belongs to the tests' own broker
            producer.produce(downstream(GATEWAY_ID).name, value)
            assert producer.flush(LONG_S) == 0
            producer.close()

    async def test_a_lost_broker_means_unavailable_then_resync_and_pushes_go_on(self) -> None:
        async with self.connect() as plain:
            client = Client(plain)
            await client.next("ready")
            await sync_to_async(self.world.kill)("kafka")
            own_id = str(uuid.uuid4())
            await client.send(
                "send-message", client_msg_id=own_id, conversation_id="1", kind="text", content={"text": "x"}
            )
            error = await self.next_of(client, "error", "message-ack")
            self.assertEqual((error["code"], error["client_msg_id"]), ("UNAVAILABLE", own_id))
            await sync_to_async(self.world.start)("kafka")
            self.assertEqual(await self.next_of(client, "resync"), {"type": "resync", "reason": "broker_lost"})
            await sync_to_async(self.push)("after")
            await self.next_of(client, "after")

    async def test_without_redis_sockets_are_ready_and_hear_resync_when_presence_is_written(self) -> None:
        await sync_to_async(self.world.kill)("redis")
        async with self.connect() as plain:
            client = Client(plain)
            await self.next_of(client, "ready")
            await sync_to_async(self.world.start)("redis")
            self.assertEqual(await self.next_of(client, "resync"), {"type": "resync", "reason": "presence_was_late"})


def _push_to(user_id: int, frame: bytes) -> Push:
    return Push(frame_text(frame), [user_id])
