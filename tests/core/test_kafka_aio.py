"""Kafka from an event loop, with both adapters."""

import asyncio
import threading

from core.kafka import open_tail
from core.kafka.aio import AsyncProducer, AsyncTail
from core.kafka.port import Gap, KafkaError, Record, TailGap
from tests.core.kafka_case import DEADLINE_S, Contract, KafkaCase, confluent, kafka_python


class AioContract(Contract):
    async def test_records_reach_the_loop_in_order_and_on_its_thread(self) -> None:
        topic = self.make_topic()
        found: list[Record] = []
        threads: set[int] = set()
        complete = asyncio.Event()
        wanted = [b"%d" % number for number in range(1500)]

        def take(records: list[Record]) -> None:
            found.extend(records)
            threads.add(threading.get_ident())
            if len(found) >= len(wanted):
                complete.set()

        reader = await asyncio.to_thread(open_tail, topic)
        tail = AsyncTail(reader, on_records=take, on_gap=lambda _: None, max_records=100)
        producer = AsyncProducer(await asyncio.to_thread(self.open_producer))
        for value in wanted:
            producer.produce(topic.name, value)
        await asyncio.wait_for(complete.wait(), DEADLINE_S)
        await tail.close()
        await producer.close()
        self.assertEqual([record.value for record in found], wanted)
        self.assertEqual(threads, {threading.get_ident()})

    async def test_a_busy_loop_gets_larger_batches_not_more_of_them(self) -> None:
        topic = self.make_topic()
        batches: list[int] = []
        first = asyncio.Event()
        complete = asyncio.Event()

        def take(records: list[Record]) -> None:
            batches.append(len(records))
            if len(batches) == 1:
                first.set()
                self.store(topic, [b"x"] * 300)  # blocks the loop, as a busy one would be
            if sum(batches) == 301:
                complete.set()

        reader = await asyncio.to_thread(open_tail, topic)
        tail = AsyncTail(reader, on_records=take, on_gap=lambda _: None)
        await asyncio.to_thread(self.store, topic, [b"x"])
        await asyncio.wait_for(complete.wait(), DEADLINE_S)
        await tail.close()
        self.assertLess(len(batches), 20)

    async def test_deliveries_are_reported_on_the_loop(self) -> None:
        topic = self.make_topic()
        producer = AsyncProducer(await asyncio.to_thread(self.open_producer))
        reports: list[tuple[Exception | None, int]] = []
        reported = asyncio.Event()

        def note(error: Exception | None) -> None:
            reports.append((error, threading.get_ident()))
            reported.set()

        producer.produce(topic.name, b"x", on_delivery=note)
        await asyncio.wait_for(reported.wait(), DEADLINE_S)
        await producer.close()
        self.assertEqual(reports, [(None, threading.get_ident())])

    async def test_closing_sends_what_is_queued(self) -> None:
        topic = self.make_topic()
        producer = AsyncProducer(await asyncio.to_thread(self.open_producer))
        for _ in range(100):
            producer.produce(topic.name, b"x")
        await producer.close()
        self.assertEqual(len(await asyncio.to_thread(self.read_all, topic)), 100)

    async def test_a_gap_is_told_to_the_loop_and_an_error_ends_nothing(self) -> None:
        steps: list[object] = [KafkaError("away"), b"1", Gap.BROKER_LOST, b"2"]
        seen: list[object] = []
        complete = asyncio.Event()

        def note(what: object) -> None:
            seen.append(what)
            if len(seen) == 3:
                complete.set()

        tail = AsyncTail(ScriptedReader(steps), on_records=lambda records: note(records[0].value), on_gap=note)
        await asyncio.wait_for(complete.wait(), DEADLINE_S)
        await tail.close()
        self.assertEqual(seen, [b"1", Gap.BROKER_LOST, b"2"])


class ScriptedReader:
    """A tail reader that does what its script says, then has nothing more; real ones lose brokers in fault tests."""

    def __init__(self, steps: list[object]) -> None:
        self._steps = steps
        self._idle = threading.Event()

    def poll_batch(self, max_records: int, timeout_s: float) -> list[Record]:
        step = self._steps.pop(0) if self._steps else None
        if isinstance(step, Gap):
            raise TailGap(step, "scripted")
        if isinstance(step, KafkaError):
            raise step
        if isinstance(step, bytes):
            return [Record("t", 0, 0, None, step, 0)]
        self._idle.wait(0.05)
        return []

    def close(self) -> None:
        self._idle.set()


@confluent
class ConfluentAioTests(AioContract, KafkaCase):
    pass


@kafka_python
class PureAioTests(AioContract, KafkaCase):
    pass
