"""W2: one member of a large group sends, all the others are online; a message has arrived when the last of them has
it."""

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from bench.driver.messages import Writer, find_ack, find_delivery
from bench.driver.sockets import ClientSocket, DriverError, connect_all
from bench.driver.stats import Result, Span, summarise, wait_until

_DRAIN_S = 15.0
_REMEMBERED = 64


class Member:
    """One receiver: the number that is due next."""

    __slots__ = ("next_expected",)

    def __init__(self) -> None:
        self.next_expected = 0


class Group:
    """The load of W2. Time to the last is taken from the sending of a message to its arrival at its last receiver."""

    def __init__(self, conversation_id: str) -> None:
        self.writer = Writer(conversation_id)
        self.members: list[Member] = []
        self.span = Span()
        self.deliveries = 0
        self.latencies_ns = array("q")
        self.problems: list[str] = []
        self._sender: ClientSocket | None = None
        self._missing: dict[int, int] = {}
        self._seen: dict[bytes, tuple[int, int] | None] = {}
        self._unacked: set[int] = set()
        self._is_sending = False
        self.on_ack: Callable[[int], None] = lambda _: None

    async def open(self, url: str, tokens: Sequence[str]) -> list[ClientSocket]:
        """Connect the sender (the first token) and everybody else; raises DriverError."""
        sockets = await connect_all(url, tokens, lambda _: None)
        self._sender = sockets[0]
        self._sender.on_frame = self._take_answer
        for socket in sockets[1:]:
            member = Member()
            self.members.append(member)
            socket.on_frame = partial(self._arrived, member)
        return sockets

    async def run(self, in_flight: int, warm_up_s: float, measure_s: float) -> Result:
        """Keep `in_flight` messages on their way; count for `measure_s` after the warm-up."""
        self._is_sending = True
        for _ in range(in_flight):
            self.send()
        await asyncio.sleep(warm_up_s)
        self.latencies_ns = array("q")
        self.deliveries = 0
        self.span.begin()
        await asyncio.sleep(measure_s)
        self.span.end()
        deliveries, latencies = self.deliveries, self.latencies_ns
        self._is_sending = False
        await self.settle()
        figures = {
            "messages_per_s": len(latencies) / self.span.seconds,
            "deliveries_per_s": deliveries / self.span.seconds,
        }
        return summarise(self.span, deliveries, latencies, figures, self.problems)

    def send(self) -> None:
        """Send the next message."""
        assert self._sender is not None
        number = self.writer.next_number
        self._missing[number] = len(self.members)
        self._unacked.add(number)
        self._sender.send(self.writer.build_frame())

    def _take_answer(self, payload: bytes) -> None:
        try:
            number = find_ack(payload)
        except DriverError as error:
            self.problems.append(str(error))
            return
        if number is not None:
            self._unacked.discard(number)
            self.on_ack(number)

    def _arrived(self, member: Member, payload: bytes) -> None:
        """The same bytes go to everyone, so each frame is looked into once."""
        try:
            found = self._seen[payload]
        except KeyError:
            found = self._look_into(payload)
        if found is None:
            return
        number, sent_ns = found
        if number != member.next_expected:
            self.problems.append(f"message {number} came when {member.next_expected} was due")
        member.next_expected = number + 1
        self.deliveries += 1
        left = self._missing[number] - 1
        self._missing[number] = left
        if left == 0:
            del self._missing[number]
            self.latencies_ns.append(time.perf_counter_ns() - sent_ns)
            if self._is_sending:
                self.send()

    def _look_into(self, payload: bytes) -> tuple[int, int] | None:
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        try:
            found = find_delivery(payload)
        except DriverError as error:
            self.problems.append(str(error))
            found = None
        self._seen[payload] = found
        return found

    async def settle(self) -> None:
        """Wait until what is under way has arrived, then note what has not."""
        await wait_until(lambda: bool(self.problems) or not (self._missing or self._unacked), _DRAIN_S)
        if self._unacked:
            self.problems.append(f"{len(self._unacked)} messages not acknowledged")
        if self._missing:
            self.problems.append(f"{len(self._missing)} messages did not reach everybody")
