"""Kafka for code that runs on an event loop: the gateway produces from its loop and reads its downstream through one
thread."""

import asyncio
import logging
import threading
from collections.abc import Callable

from core.kafka.port import Gap, KafkaError, OnDelivery, Producer, Record, TailGap, TailReader

logger = logging.getLogger(__name__)

_POLL_INTERVAL_S = 0.05
_READ_TIMEOUT_S = 1.0
_RETRY_S = 0.5


class AsyncProducer:
    """A producer whose callbacks run on the event loop. It needs no thread, and costs nothing while no record is open.

    Give it a producer opened with `Reports.FAILURES` where only failures matter: then a record costs one call into C
    and its report none into Python.
    """

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def produce(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> None:
        """Queue a record; `on_delivery` runs on the loop, up to 50 ms after the fact. Raises QueueFull or KafkaError.

        A fatal error rebuilds the producer: the records that were open fail through their `on_delivery`, and this one
        is sent by the new producer.
        """
        producer = self._producer
        if producer.fatal is not None:
            logger.error("the producer is rebuilt: %s", producer.fatal)
            producer.rebuild()
        producer.produce(topic, value, key=key, partition=partition, on_delivery=on_delivery)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_POLL_INTERVAL_S, self._poll)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Wait for the open records up to `timeout_s`, then close the producer; the rest is reported as failed."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.to_thread(self._producer.close, timeout_s)

    def _poll(self) -> None:
        self._timer = None
        self._producer.poll()
        if len(self._producer) and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_POLL_INTERVAL_S, self._poll)


class AsyncTail:
    """Hands the records of a tail reader to the event loop, a batch a call, in order.

    A thread waits in the reader's long poll. It fetches ahead by one batch only: while the loop is busy with a batch,
    the next one gathers, so batches grow with the load and nothing waits when there is none.
    """

    def __init__(
        self,
        reader: TailReader,
        *,
        on_records: Callable[[list[Record]], None],
        on_gap: Callable[[Gap], None],
        max_records: int = 500,
    ) -> None:
        self._reader = reader
        self._on_records = on_records
        self._on_gap = on_gap
        self._max_records = max_records
        self._stopped = threading.Event()
        self._handled = threading.Semaphore(2)
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="kafka-tail", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop reading and close the reader. Batches already handed over are still given to the callback."""
        self._stopped.set()
        self._handled.release()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                records = self._reader.poll_batch(self._max_records, _READ_TIMEOUT_S)
                if records:
                    self._handled.acquire()
                    self._loop.call_soon_threadsafe(self._hand_over, records)
            except TailGap as error:
                logger.warning("the downstream may have a gap: %s", error)
                self._loop.call_soon_threadsafe(self._on_gap, error.gap)
            except KafkaError:
                logger.exception("the downstream cannot be read")
                self._stopped.wait(_RETRY_S)
            except RuntimeError:  # the loop is closed: nobody is left to hand anything to
                logger.exception("the downstream reader stops")
                break
        self._reader.close()

    def _hand_over(self, records: list[Record]) -> None:
        try:
            self._on_records(records)
        finally:
            self._handled.release()
