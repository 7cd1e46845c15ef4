"""W1: pairs of users; one of each sends 100-byte messages to the other, either as fast as acks come or at a fixed
rate."""

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial

from bench.driver.messages import Writer, find_ack, find_delivery
from bench.driver.sockets import ClientSocket, DriverError, connect_all
from bench.driver.stats import Result, Span, summarise, wait_until

_DRAIN_S = 15.0


class Pair:
    """One conversation: who sends, what is not acknowledged yet, and what has arrived, in which order."""

    def __init__(self, conversation_id: str) -> None:
        self.writer = Writer(conversation_id)
        self.sender: ClientSocket | None = None
        self.unacked: set[int] = set()
        self.repeated_acks = 0
        self.next_expected = 0
        self.is_sending = False
        self.on_ack: Callable[[], None] = lambda: None

    def send(self) -> None:
        """Send the next message."""
        assert self.sender is not None
        self.unacked.add(self.writer.next_number)
        self.sender.send(self.writer.build_frame())

    def take_answer(self, payload: bytes) -> None:
        """Handle a frame on the sender's socket."""
        number = find_ack(payload)
        if number is None:
            return
        if number in self.unacked:
            self.unacked.discard(number)
            self.on_ack()
        else:
            self.repeated_acks += 1

    def is_settled(self) -> bool:
        """Whether everything sent was acknowledged and has arrived."""
        return not self.unacked and self.next_expected == self.writer.next_number


class Pairs:
    """The load of W1. `users` are the pairs' tokens: sender, receiver, sender, receiver ..."""

    def __init__(self, conversations: Sequence[str]) -> None:
        self.pairs = [Pair(conversation_id) for conversation_id in conversations]
        self.span = Span()
        self.latencies_ns = array("q")
        self.acks = 0
        self.problems: list[str] = []

    async def open(self, url: str, tokens: Sequence[tuple[str, str]]) -> list[ClientSocket]:
        """Connect every pair; raises DriverError."""
        flat = [token for pair in tokens for token in pair]
        sockets = await connect_all(url, flat, lambda _: None)
        for pair, sender, receiver in zip(self.pairs, sockets[::2], sockets[1::2], strict=True):
            pair.sender = sender
            pair.on_ack = partial(self._acked, pair)
            sender.on_frame = self._guarded(pair.take_answer)
            receiver.on_frame = self._guarded(partial(self._arrived, pair))
        return sockets

    async def run_window(self, window: int, warm_up_s: float, measure_s: float) -> Result:
        """Keep `window` messages unacknowledged in every pair; count for `measure_s` after the warm-up."""
        for pair in self.pairs:
            pair.is_sending = True
            for _ in range(window):
                pair.send()
        return await self._measure(warm_up_s, measure_s)

    async def run_rate(self, per_s: float, warm_up_s: float, measure_s: float) -> Result:
        """Send `per_s` messages a second in all, one pair after the other, whatever comes back."""
        sending = asyncio.create_task(self.send_steadily(per_s, warm_up_s + measure_s))
        result = await self._measure(warm_up_s, measure_s)
        await sending
        return result

    async def send_steadily(self, per_s: float, seconds: float) -> None:
        """Send `per_s` messages a second in all, one pair after the other, whatever comes back."""
        start = time.perf_counter()
        for number in range(int(per_s * seconds)):
            delay = start + number / per_s - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            self.pairs[number % len(self.pairs)].send()

    async def _measure(self, warm_up_s: float, measure_s: float) -> Result:
        await asyncio.sleep(warm_up_s)
        self.latencies_ns = array("q")
        self.acks = 0
        self.span.begin()
        await asyncio.sleep(measure_s)
        self.span.end()
        acks, latencies = self.acks, self.latencies_ns
        for pair in self.pairs:
            pair.is_sending = False
        await self.settle()
        figures = {"stored_per_s": acks / self.span.seconds, "delivered_per_s": len(latencies) / self.span.seconds}
        return summarise(self.span, len(latencies), latencies, figures, self.problems)

    async def settle(self) -> None:
        """Wait until what is under way has arrived, then note what has not."""
        await wait_until(lambda: bool(self.problems) or all(pair.is_settled() for pair in self.pairs), _DRAIN_S)
        for pair in self.pairs:
            if not pair.is_settled():
                missing = pair.writer.next_number - pair.next_expected
                self.problems.append(f"{len(pair.unacked)} messages not acknowledged, {missing} not delivered")

    def _acked(self, pair: Pair) -> None:
        self.acks += 1
        if pair.is_sending:
            pair.send()

    def _arrived(self, pair: Pair, payload: bytes) -> None:
        delivery = find_delivery(payload)
        if delivery is None:
            return
        if delivery.number != pair.next_expected:
            raise DriverError(f"message {delivery.number} came when {pair.next_expected} was due")
        pair.next_expected += 1
        self.latencies_ns.append(time.perf_counter_ns() - delivery.sent_ns)

    def _guarded(self, handle: Callable[[bytes], None]) -> Callable[[bytes], None]:
        def take(payload: bytes) -> None:
            try:
                handle(payload)
            except DriverError as error:
                self.problems.append(str(error))

        return take
