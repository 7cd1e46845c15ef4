"""What goes wrong at the clients' end: pushes lost or out of order, a command sent twice, tokens that end, absence."""

import asyncio
import random
import uuid
from typing import Any, ClassVar
from unittest.mock import patch

from django.test import tag

from tests.client import ChatClient
from tests.client.record import Frame
from tests.faults.base import PASSWORD, FaultCase

PUSHES = frozenset({"new-message", "conversation-event"})
SYNC_EVERY_S = 8.0
"""A push that is lost last of all is found by the next sync: here, not only after the minute of the contract."""


class UnreliableClient(ChatClient):
    """Loses one push in five, and sees as many up to a second late, behind others."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.lost = self.late = 0

    def _take(self, number: int, frame: Frame) -> None:
        dice = random.random()
        if frame["type"] in PUSHES and dice < 0.2:
            self.lost += 1
        elif frame["type"] in PUSHES and dice < 0.4:
            self.late += 1
            asyncio.get_running_loop().call_later(random.uniform(0.0, 1.0), super()._take, number, frame)
        else:
            super()._take(number, frame)


@tag("faults")
class UnreliablePushTest(FaultCase):
    chat_client = UnreliableClient

    async def test_lost_and_reordered_pushes_are_made_good(self) -> None:
        await self.run_aside(self.worker)
        with patch("tests.client.chat.SYNC_EVERY_S", SYNC_EVERY_S):
            async with self.traffic() as traffic:
                await traffic.flow(200)
        for client in self.clients:
            assert isinstance(client, UnreliableClient)
            self.assertGreater(min(client.lost, client.late), 0)


@tag("faults")
class TwoGatewaysTest(FaultCase):
    async def test_a_command_that_comes_through_both_gateways_is_stored_once(self) -> None:
        """Two devices of one person send the same commands at the same time, under the same ids."""
        await self.run_aside(self.worker)
        await self.run_aside(self.worker)
        ann, ben = await self._person("ann"), await self._person("ben")
        twin = ChatClient("twin", [self.gateways[1].url], patience_s=3.0)
        self.clients.append(twin)
        try:
            await (await twin.login(f"ann_{self.seed}", PASSWORD)).connect()
            chat = str((await ann.api.post("conversations", {"kind": "direct", "user_id": ben.user_id}))["id"])
            frames = [self.make_frame(chat, number) for number in range(100)]
            waiting = [device.outbox.submit(frame) for frame in frames for device in random.sample((ann, twin), 2)]
            async with asyncio.timeout(60):
                acks = await asyncio.gather(*waiting)
            answers = {(ack["client_msg_id"], ack["message_id"], ack["seq"]) for ack in acks}
            self.assertEqual(len(answers), len(frames))
            await self.check_promises()
        finally:
            for client in self.clients:
                await client.disconnect()

    def make_frame(self, chat: str, number: int) -> Frame:
        """A message, under an id of its own."""
        return {
            "type": "send-message",
            "client_msg_id": str(uuid.uuid4()),
            "conversation_id": chat,
            "kind": "text",
            "content": {"text": f"number {number}"},
        }


@tag("faults")
class AbsenceTest(FaultCase):
    async def test_who_missed_ten_thousand_events_has_them_all_and_so_has_who_missed_a_few(self) -> None:
        await self.run_aside(self.worker)
        ann, ben, cho = [await self._person(name) for name in ("ann", "ben", "cho")]
        try:
            members = [ben.user_id, cho.user_id]
            chat = str((await ann.api.post("groups", {"name": "all", "member_ids": members}))["id"])
            await ben.wait_until(lambda: chat in ben.keeper.logs and ben.keeper.is_settled, "the group")
            ben_url, cho_url = ben.api.base_url, cho.api.base_url
            await ben.disconnect()
            await self.pour(ann, chat, 9_500)
            await cho.wait_until(lambda: cho.keeper.log(chat).held >= 9_500, "most of it", timeout_s=60)
            await cho.disconnect()
            await self.pour(ann, chat, 500)
            for client, url in ((ben, ben_url), (cho, cho_url)):
                client.api.base_url = url
                await client.connect()
            await self.check_promises()
            self.assertEqual(ben.keeper.log(chat).held, cho.keeper.log(chat).held)
            self.assertGreaterEqual(ben.keeper.log(chat).held, 10_000)
        finally:
            for client in self.clients:
                await client.disconnect()

    async def pour(self, client: ChatClient, chat: str, count: int) -> None:
        """`count` messages, up to 250 of them unanswered at a time."""
        for start in range(0, count, 250):
            wave = range(start, min(start + 250, count))
            sent = [client.submit("send-message", chat, kind="text", content={"text": f"{n}"}) for n in wave]
            async with asyncio.timeout(60):
                await asyncio.gather(*sent)


@tag("faults")
class TokenTest(FaultCase):
    extra_env: ClassVar = {"ACCESS_TOKEN_LIFETIME_S": "8"}

    async def test_a_token_that_ends_on_a_live_socket_costs_a_reconnection_and_nothing_else(self) -> None:
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            for _ in range(2):
                ends = {client: self.count_ends(client) for client in traffic.clients}
                await traffic.reach(
                    lambda e=ends: all(self.count_ends(client) > count for client, count in e.items()),  # type: ignore[misc]
                    "every token to end",
                )
            await traffic.flow()

    def count_ends(self, client: ChatClient) -> int:
        """How often a socket of this client was closed because its token had ended."""
        return sum(code == 4401 for _, code in client.record.closes)
