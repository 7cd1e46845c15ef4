"""The people of a round: who they are, where they meet, and what their records say when it is over."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from websockets.exceptions import WebSocketException

from tests.client import ApiError, ChatClient
from tests.client.outbox import RefusedError
from tests.faults.checker import Witness

NAMES = ("ann", "ben", "cho", "dan", "eve", "fay")
PASSWORD = "correct horse battery staple"
PATIENCE_S = 3.0
MEET_WITHIN_S = 120.0
WRONG = range(400, 429)
TROUBLE = (ApiError, OSError, TimeoutError, WebSocketException, RefusedError, AssertionError)


@dataclass(slots=True)
class People:
    """Six people and the conversations that they are in: one of all, one of three, and directs in a ring."""

    clients: list[ChatClient] = field(default_factory=list)
    chats: dict[str, list[ChatClient]] = field(default_factory=dict)

    def witnesses(self) -> list[Witness]:
        """What each did, saw and holds."""
        return [
            Witness(client.record, {key: log.view() for key, log in client.keeper.logs.items()})
            for client in self.clients
        ]

    async def disconnect(self) -> None:
        """Everybody leaves."""
        await asyncio.gather(*(client.disconnect() for client in self.clients), return_exceptions=True)


async def gather_people(urls: Sequence[str]) -> People:
    """New people who have met, on gateways in turn. :raises TimeoutError: the site does not let them."""
    people = People()
    async with asyncio.timeout(MEET_WITHIN_S):
        for number, name in enumerate(NAMES):
            turned = [*urls[number % len(urls) :], *urls[: number % len(urls)]]
            people.clients.append(await _come(name, turned))
        await _meet(people)
    return people


async def _come(name: str, urls: Sequence[str]) -> ChatClient:
    """Signed in and online; tried again for as long as an earlier round's faults are still felt."""
    while True:
        client = ChatClient(name, urls, patience_s=PATIENCE_S, stay_online=True, acknowledge_receipt=True)
        try:
            if name == NAMES[0]:  # a guest cannot own a group
                await client.register(f"{name}_{uuid.uuid4().hex[:12]}", PASSWORD)
            else:
                await client.guest()
            return await client.connect()
        except TROUBLE:
            await client.disconnect()
            await asyncio.sleep(0.5)


async def _meet(people: People) -> None:
    for members in (people.clients, people.clients[:3]):
        group = await _post(members[0], "groups", {"name": "chaos", "member_ids": [c.user_id for c in members[1:]]})
        people.chats[group] = members
    for one, other in pairwise(people.clients):
        direct = await _post(one, "conversations", {"kind": "direct", "user_id": other.user_id})
        people.chats[direct] = [one, other]


async def _post(client: ChatClient, path: str, body: dict[str, object]) -> str:
    """The id of the conversation that is made. (What is made twice because the first answer was lost stays empty.)"""
    while True:
        try:
            return str((await client.api.post(path, body))["id"])
        except TROUBLE as error:
            if isinstance(error, ApiError) and error.status in WRONG:
                raise
            await asyncio.sleep(0.5)
