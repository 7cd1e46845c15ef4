"""Thousands of people who all lose their connection at once, as cheap as clients can be."""

import asyncio
import json
import random
import time
from collections.abc import Sequence

from bench.driver.sockets import ClientSocket, DriverError, connect_all

LOOK_EVERY_S = 0.5
READY_WITHIN_S = 60.0


class StormClient:
    """Stays connected to one gateway or another. `seen` are the seqs of the messages that it was pushed since its
    newest `ready`, in the order of their arrival; `ready_at` is when that came (monotonic)."""

    def __init__(self, token: str, urls: Sequence[str]) -> None:
        self.token = token
        self.ready_at = 0.0
        self.seen: list[int] = []
        self.connections = 0
        self._urls = urls
        self._socket: ClientSocket | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it has a socket that is ready, as far as it knows."""
        return self._socket is not None and self._socket.transport is not None

    async def stay(self) -> None:
        """Connect, and again with jitter whenever the connection ends; until cancelled."""
        try:
            while True:
                if not self.is_ready:
                    await self._connect()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            if self._socket is not None:
                self._socket.close()

    async def _connect(self) -> None:
        self.connections += 1
        url = self._urls[self.connections % len(self._urls)]
        seen: list[int] = []
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                [self._socket] = await connect_all(url, [self.token], lambda frame: _note(frame, seen))
        except (OSError, DriverError, TimeoutError):
            await asyncio.sleep(random.uniform(0.2, 2.0))
            return
        self.ready_at, self.seen = time.monotonic(), seen


def _note(frame: bytes, seen: list[int]) -> None:
    if b'"new-message"' in frame[:48]:
        seen.append(json.loads(frame)["message"]["seq"])
