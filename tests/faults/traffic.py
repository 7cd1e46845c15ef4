"""Clients that talk all the time: messages, edits, recalls and reactions in several conversations, from one seed."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.client import ChatClient
from tests.client.record import Frame, Sent

WINDOW = 6
PACE_S = 0.03
READS, DROPS = 0.05, 0.003
"""How often, of all turns, a restless client reads to the end of a chat, and loses its connection."""
EMOJI = ("👍", "🎉", "😮")
ANSWERED_WITHIN_S = 90.0


def pick_seed() -> int:
    """GOCHAT_FAULT_SEED, to repeat a run, or a new one."""
    return int(os.environ.get("GOCHAT_FAULT_SEED") or random.randrange(1 << 31))


class Traffic:
    """Each client keeps up to WINDOW commands unanswered, in the conversations that it is in, with a pause of about
    `pace_s` after each. Restless ones also mark what they read, and lose their connection now and then.

    `chats` maps conversation ids to their members. While it runs, `count_acks` grows; `finish` stops the talking, lets
    everything be answered, and leaves nothing in doubt.
    """

    def __init__(
        self,
        chats: Mapping[str, Sequence[ChatClient]],
        *,
        seed: int | str,
        pace_s: float = PACE_S,
        is_restless: bool = False,
    ) -> None:
        self._chats = chats
        self.clients = list(dict.fromkeys(client for members in chats.values() for client in members))
        self._seed = seed
        self._pace_s = pace_s
        self._is_restless = is_restless
        self._read_at: dict[tuple[str, str], float] = {}
        self._stopping = asyncio.Event()
        self._talkers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to talk."""
        for number, client in enumerate(self.clients):
            rng = random.Random(f"{self._seed}/{number}")
            self._talkers.append(asyncio.create_task(self._talk(client, rng)))

    @property
    def count_acks(self) -> int:
        """Commands that have been acknowledged so far."""
        return sum(1 for client in self.clients for sent in client.record.sent.values() if sent.acks)

    async def flow(self, count: int = 40) -> None:
        """Wait until `count` more commands are acknowledged than now."""
        await self.reach(lambda wanted=self.count_acks + count: self.count_acks >= wanted, f"{count} more acks")  # type: ignore[misc]

    async def reach(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition. Raises AssertionError with a look at the clients."""

        def is_over() -> bool:
            return condition() or any(talker.done() and talker.exception() for talker in self._talkers)

        await self.clients[0].wait_until(is_over, lambda: f"{what} ({self.describe()})", timeout_s=ANSWERED_WITHIN_S)
        for talker in self._talkers:
            if talker.done():
                talker.result()

    def describe(self) -> str:
        """What the clients are doing, for failures."""
        return ", ".join(
            f"{client.name}: {len(client.record.sent)} sent, {client.outbox.unanswered} unanswered, "
            f"online {client.is_online}, closes {client.record.closes}"
            for client in self.clients
        )

    async def finish(self) -> None:
        """Stop talking; everything that was sent gets its answer."""
        self._stopping.set()
        for talker in self._talkers:
            await talker
        await self.reach(lambda: not any(client.outbox.unanswered for client in self.clients), "the last answers")

    async def _talk(self, client: ChatClient, rng: random.Random) -> None:
        mine = [chat for chat, members in self._chats.items() if client in members]
        number = 0
        while not self._stopping.is_set():
            if client.outbox.unanswered < WINDOW:
                number += 1
                kind, chat, fields = self._pick(client, rng, rng.choice(mine), number)
                client.submit(kind, chat, **fields)
            if self._is_restless and client.is_online:
                self._fidget(client, rng, rng.choice(mine))
            await asyncio.sleep(self._pace_s * rng.uniform(0.5, 1.5))

    def _fidget(self, client: ChatClient, rng: random.Random, chat: str) -> None:
        """Read (at most once a second in a chat, as the contract has it), or lose the connection."""
        dice, now = rng.random(), time.monotonic()
        if dice < DROPS and client.connection is not None:
            client.connection.drop()
        elif dice < READS and now - self._read_at.get((client.name, chat), 0.0) > 1:
            self._read_at[client.name, chat] = now
            client.push({"type": "mark-read", "conversation_id": chat, "seq": max(client.keeper.log(chat).held, 0)})

    def _pick(self, client: ChatClient, rng: random.Random, chat: str, number: int) -> tuple[str, str, dict[str, Any]]:
        """Seven messages in ten, the rest changes of what has been acknowledged."""
        dice = rng.random()
        own = [sent.acks[0] for sent in client.record.sent.values() if _is_live(sent, chat)]
        if own and dice < 0.1:
            text = {"text": f"{client.name} edits {number}"}
            return "edit-message", chat, {"message_id": rng.choice(own)["message_id"], "content": text}
        if own and dice < 0.15:
            return "recall-message", chat, {"message_id": rng.choice(own)["message_id"]}
        target = self._any_message(rng, chat)
        if target is not None and dice < 0.3:
            fields = {
                "message_id": target["message_id"],
                "emoji": rng.choice(EMOJI),
                "op": rng.choice(("add", "remove")),
            }
            return "react", chat, fields
        return "send-message", chat, {"kind": "text", "content": {"text": f"{client.name} says {number}"}}

    def _any_message(self, rng: random.Random, chat: str) -> Frame | None:
        author = rng.choice(list(self._chats[chat]))
        acks = [sent.acks[0] for sent in author.record.sent.values() if _is_live(sent, chat)]
        return rng.choice(acks) if acks else None


def _is_live(sent: Sent, chat: str) -> bool:
    return sent.conversation_id == chat and sent.frame["type"] == "send-message" and bool(sent.acks)
