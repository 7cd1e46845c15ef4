"""Large groups at a gateway without its database: reads that a test lets happen when it likes, and sockets that keep
what they get."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from accounts.services.tokens import AccessGrant
from messaging import frames
from messaging.framing import frame_text, split_frames
from messaging.gateway.connection import Connection
from messaging.gateway.hub import Hub
from messaging.gateway.large import LargeGroups
from messaging.gateway.threads import Threads
from messaging.records import Push, SeatChange
from messaging.selectors.seats import GroupSeats, UserSeat

GROUP = 7


class Store:
    """What the database says: where each group's log stands, how many are in it, and from where they see it."""

    def __init__(self) -> None:
        self.last_seq: defaultdict[int, int] = defaultdict(int)
        self.is_large: defaultdict[int, bool] = defaultdict(lambda: True)
        self.seats: defaultdict[int, dict[int, int]] = defaultdict(dict)


class SlowThreads:
    """Reads the store as queries do: the position at once, the members at `look`; they are told at `proceed` (which
    looks, if nobody has).

    With `is_slow` off, a read is done at once. `failing` reads fail instead. There is one at a time.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_slow = False
        self.failing = 0
        self.reads = 0
        self._looked, self._told = asyncio.Event(), asyncio.Event()
        self.is_reading = self._is_hurried = False

    async def run(
        self,
        function: Callable[..., Any],
        new: list[int],
        everyone: list[int],
        known: list[int],
        newcomers: list[int],
    ) -> Any:
        self.reads += 1
        positions = {key: self.store.last_seq[key] for key in new}
        sizes = {key: self.store.is_large[key] for key in new}
        await self._pause(self._looked)
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the database is away")
        groups = {key: GroupSeats(positions[key], sizes[key], self._of(key, everyone)) for key in new}
        seats = [UserSeat(key, *seat) for key in known for seat in self._of(key, newcomers).items()]
        await self._pause(self._told)
        return function.__globals__["_Found"](groups, seats)

    def look(self) -> bool:
        """Let the read that is under way see the members; whether there was one."""
        self._looked.set()
        return self.is_reading

    def proceed(self) -> bool:
        """Let the read that is under way be told; whether there was one."""
        if not self.is_reading:
            return False
        self._is_hurried = True
        self._looked.set()
        self._told.set()
        return True

    async def _pause(self, event: asyncio.Event) -> None:
        if self.is_slow and not self._is_hurried:
            event.clear()
            self.is_reading = True
            await event.wait()
            self.is_reading = False
        if event is self._told:
            self._is_hurried = False

    def _of(self, key: int, users: list[int]) -> dict[int, int]:
        return {user: first for user, first in self.store.seats[key].items() if user in users}


class KeepingSocket:
    """Keeps the texts that it is sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, framed: bytes) -> None:
        self.texts += [text.decode() for text in split_frames(framed)]

    def close(self, code: int, reason: str = "") -> None:
        """Not closed by these tests."""

    def unsent_bytes(self) -> int:
        return 0

    def is_closed(self) -> bool:
        return False


class Member:
    """A user's connection; `messages` are the seqs of what has reached it since it was ready."""

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.socket = KeepingSocket()
        self.connection = Connection(f"c{user_id}-{id(self)}", self.socket, address="", language="en")
        self.connection.authenticate(AccessGrant(user_id, user_id, datetime.now(UTC), "person"))

    @property
    def messages(self) -> list[int]:
        return [int(text) for text in self.socket.texts if text.isdecimal()]


class Bench:
    """A gateway's large groups, and the hand that feeds them."""

    def __init__(self) -> None:
        self.store = Store()
        self.threads = SlowThreads(self.store)
        self.hub = Hub()
        self.groups = LargeGroups(self.hub, cast(Threads, self.threads))

    async def connect(self, user_id: int, *, wait: bool = True) -> Member:
        """A connection that gets `ready` as soon as its groups are known."""
        member = Member(user_id)
        waiter = self.groups.seat(user_id, is_first=self.hub.register(member.connection))
        if waiter is None:
            self.hub.release(member.connection, frames.Pong())
        else:
            waiter.add_done_callback(lambda _: self._release(member))
        if wait:
            await self.settle()
        return member

    def _release(self, member: Member) -> None:
        if member.connection.id in self.hub.by_id:
            self.hub.release(member.connection, frames.Pong())

    def disconnect(self, member: Member) -> None:
        if self.hub.unregister(member.connection):
            self.groups.leave(member.user_id)

    def message(self, seq: int, *, group: int = GROUP, exclude: list[str] | None = None, text: str = "") -> None:
        """A message of this seq reaches the gateway."""
        framed = frame_text((text or str(seq)).encode())
        self.groups.take(Push(framed, exclude=exclude or [], conversation=group, seq=seq))
        self.hub.flush()

    def change(self, seq: int, *, joined: int = 0, visible_from: int = 1, left: int = 0, is_large: bool = True) -> None:
        """The gateway is told of a change of members."""
        change = SeatChange([joined] if joined else [], visible_from, [left] if left else [], is_large)
        self.groups.take(Push(b"", count=0, conversation=GROUP, seq=seq, seats=change))

    async def finish_reading(self) -> None:
        """Wait until nothing is left to read."""
        task = self.groups._task
        if task is not None:
            await asyncio.wait_for(task, 10)

    async def settle(self) -> None:
        """Let everything happen that needs no further event."""
        for _ in range(6):
            await asyncio.sleep(0)
