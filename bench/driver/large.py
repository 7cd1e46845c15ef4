"""W3: one member of a large group writes at a steady rate, some of the others are online, and two people outside it
talk to each other meanwhile."""

import asyncio
import time
from array import array
from collections.abc import Sequence

from bench.driver.group import Group
from bench.driver.pairs import Pairs
from bench.driver.stats import Result, percentile_ms, summarise

DIRECT_PER_S = 20.0


class Large:
    """The load of W3. Time to the last is taken as in W2; `events` are the group's messages, or those of the two while
    the group is silent."""

    def __init__(self, group_id: str, direct_id: str) -> None:
        self.group = _Timed(group_id)
        self.direct = Pairs([direct_id])

    async def open(self, url: str, tokens: Sequence[str], pair: tuple[str, str]) -> None:
        """Connect the group's sender (the first token), its other online members, and the two outside it."""
        await self.group.open(url, tokens)
        await self.direct.open(url, [pair])

    async def run(self, per_s: float, warm_up_s: float, measure_s: float) -> Result:
        """Write `per_s` messages a second to the group (0: none) and 20 a second between the two; count for `measure_s`
        after the warm-up."""
        group, direct = self.group, self.direct
        seconds = warm_up_s + measure_s
        sending = [asyncio.create_task(direct.send_steadily(DIRECT_PER_S, seconds))]
        if per_s:
            sending.append(asyncio.create_task(group.send_steadily(per_s, seconds)))
        await asyncio.sleep(warm_up_s)
        group.forget()
        direct.latencies_ns = array("q")
        group.span.begin()
        await asyncio.sleep(measure_s)
        group.span.end()
        to_last, acks, between = group.latencies_ns, group.ack_ns, direct.latencies_ns
        await asyncio.gather(*sending)
        await group.settle()
        await direct.settle()
        figures = _figures(group.span.seconds, to_last, acks, between)
        problems = [*group.problems, *direct.problems]
        counted = to_last if per_s else between
        result = summarise(group.span, len(counted), counted, figures, problems)
        result.unit = "message"
        return result


class _Timed(Group):
    """A group whose acks are timed, and whose messages go at their own pace."""

    def __init__(self, conversation_id: str) -> None:
        super().__init__(conversation_id)
        self.ack_ns = array("q")
        self._sent_ns: dict[int, int] = {}
        self.on_ack = self._note_ack

    async def send_steadily(self, per_s: float, seconds: float) -> None:
        """Send `per_s` messages a second, whatever comes back."""
        start = time.perf_counter()
        for number in range(int(per_s * seconds)):
            delay = start + number / per_s - time.perf_counter()
            if delay > 0:
                await asyncio.sleep(delay)
            self._sent_ns[self.writer.next_number] = time.perf_counter_ns()
            self.send()

    def forget(self) -> None:
        """Count from now on."""
        self.latencies_ns, self.ack_ns = array("q"), array("q")

    def _note_ack(self, number: int) -> None:
        self.ack_ns.append(time.perf_counter_ns() - self._sent_ns.pop(number))


def _figures(seconds: float, to_last: "array[int]", acks: "array[int]", between: "array[int]") -> dict[str, float]:
    figures = {"messages_per_s": len(to_last) / seconds}
    if acks:
        figures |= {"ms_to_ack_p50": percentile_ms(acks, 50), "ms_to_ack_p99": percentile_ms(acks, 99)}
    if between:
        figures |= {"ms_direct_p50": percentile_ms(between, 50), "ms_direct_p99": percentile_ms(between, 99)}
    return figures
