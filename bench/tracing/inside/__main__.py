"""Batches on their way from the publisher to the sockets of one gateway, with more and fewer of them traced."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from django.test import override_settings

from bench.tracing.inside.stubs import Broker, Directory, Socket
from messaging.commands import SendMessage
from messaging.delivery import tracing
from messaging.delivery.publishing import Publisher
from messaging.frames import MessageAck
from messaging.gateway.hub import Hub
from messaging.records import UpstreamItem, decode_downstream
from messaging.services.batch import Outgoing, Pending

BATCH: Final = 65
MESSAGES: Final = 6_500
TURNS: Final = 4
PAIRS: Final = 50
SAMPLES: Final = (0.0, 0.005, 1.0)
WRITE_PATH_US: Final = 55.0
"""What a message costs on the whole write path, all processes (docs/performance.md, W1 with 8 unacknowledged)."""


def main() -> None:
    """Measure and print a table."""
    # A turn is a quarter of a second at W1's rate, whatever time it takes here: what was noted is written at its end.
    tracing.WRITE_EVERY_S = 3600.0  # type: ignore[misc]
    batched, single = _measure(BATCH), _measure(1)
    print(f"| TRACE_SAMPLE | us a message in batches of {BATCH} | one by one | more, of {WRITE_PATH_US:g} us |")
    print("| --- | --- | --- | --- |")
    for sample in SAMPLES:
        more = batched[sample] - batched[0.0]
        cells = f"{batched[sample]:.2f} | {single[sample]:.2f} | {more:.2f}: {more / WRITE_PATH_US:.1%}"
        print(f"| {sample:g} | {cells} |")


def _measure(size: int) -> Mapping[float, float]:
    """Microseconds a message by sample. Turns of all samples alternate; the least of each counts."""
    times: dict[float, list[float]] = {sample: [] for sample in SAMPLES}
    for _turn in range(TURNS):
        for sample in SAMPLES:
            pipeline = Pipeline(sample)
            batches = [make_batch(first, size) for first in range(0, MESSAGES, size)]
            started = time.process_time()
            for batch in batches:
                pipeline.run(batch)
            tracing.flush()
            times[sample].append((time.process_time() - started) / MESSAGES * 1e6)
    return {sample: min(found) for sample, found in times.items()}


class Pipeline:
    """Publisher, records and hub; 50 conversations of two, all on one gateway."""

    def __init__(self, sample: float) -> None:
        self._broker = Broker()
        directory: Any = Directory()
        with override_settings(TRACE_SAMPLE=sample):
            self._publisher = Publisher(self._broker, directory)
        self._hub = Hub(lambda push, users, sockets: tracing.note_pushed("gw-1", push, users, sockets))
        for user_id in range(1, 2 * PAIRS + 1):
            socket: Any = Socket(user_id)
            self._hub.register(socket)

    def run(self, pendings: Sequence[Pending]) -> None:
        """One stored batch, to the sockets."""
        outgoing = [pending.outgoing for pending in pendings if pending.outgoing is not None]
        self._publisher.publish(outgoing, pendings, {})
        for value in self._broker.take():
            for push in decode_downstream(value).pushes:
                self._hub.push(push)
        self._hub.flush()


def make_batch(first: int, size: int) -> list[Pending]:
    """So many messages, in the conversations by turns."""
    return [_make_pending(number) for number in range(first, first + size)]


def _make_pending(number: int) -> Pending:
    pair, seq = number % PAIRS + 1, number // PAIRS + 1
    client_msg_id, sender, receiver = f"00000000-0000-4000-8000-{number:012x}", pair * 2 - 1, pair * 2
    fields = {
        "client_msg_id": client_msg_id,
        "conversation_id": str(pair),
        "kind": "text",
        "content": {"text": "hello"},
    }
    command = msgspec.convert({"type": "send-message", **fields}, SendMessage)
    item = UpstreamItem(sender, sender, f"c{sender}", "gw-1", 1_700_000_000_000, "en", command)
    answer = MessageAck(
        client_msg_id=client_msg_id,
        command="send-message",
        message_id=str(number),
        conversation_id=str(pair),
        seq=seq,
        created_at="2026-01-01T00:00:00.000Z",
    )
    outgoing = Outgoing(pair, seq, b"x" * 350, exclude=[f"c{sender}"], users=[sender, receiver])
    return Pending(item, (pair, sender, client_msg_id), 0, command, answer=answer, outgoing=outgoing)


main()
