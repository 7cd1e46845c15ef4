"""The producer on kafka-python."""

import contextlib
import itertools
import queue
import time
from typing import Any

import kafka
from kafka import errors
from kafka.partitioner.default import murmur2 as murmur2

from core.kafka.port import FatalProducerError, KafkaError, OnDelivery, QueueFull, Reports
from core.kafka.pure.client import connection

_MAX_OPEN = 200_000
_MAX_BLOCK_MS = 5_000
_FATAL = (errors.ClusterAuthorizationFailedError, errors.ProducerFencedError, errors.InvalidProducerEpochError)
_Report = tuple[int, Exception | None]


class PureProducer:
    """`core.kafka.port.Producer`. The first record for a topic waits up to five seconds for the topic's metadata."""

    def __init__(self, servers: str, *, linger_ms: float, reports: Reports, delivery_timeout_s: float) -> None:
        delivery_ms = int(delivery_timeout_s * 1000)
        self._config: dict[str, Any] = connection(servers) | {
            "acks": "all",
            "enable_idempotence": True,
            "linger_ms": int(linger_ms),
            "delivery_timeout_ms": delivery_ms,
            "request_timeout_ms": min(10_000, (delivery_ms - int(linger_ms)) // 2),
            "max_block_ms": min(_MAX_BLOCK_MS, delivery_ms),
            "allow_auto_create_topics": False,
        }
        self._all_reports = reports is Reports.ALL
        self._done: queue.SimpleQueue[_Report] = queue.SimpleQueue()
        self._numbers = itertools.count()
        self._open: dict[int, OnDelivery | None] = {}
        self._fatal: Exception | None = None
        self._client = self._connect()

    def produce(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> None:
        if self._fatal is not None:
            raise FatalProducerError(str(self._fatal))
        if len(self._open) >= _MAX_OPEN:
            raise QueueFull("the producer's queue is full")
        try:
            future = self._client.send(topic, value, key=key, partition=partition)
        except errors.KafkaTimeoutError as error:
            raise QueueFull(str(error)) from error
        except (errors.KafkaError, ValueError) as error:
            raise KafkaError(str(error)) from error
        number = next(self._numbers)
        self._open[number] = on_delivery
        future.add_callback(lambda _: self._done.put((number, None)))
        future.add_errback(lambda error: self._done.put((number, error)))

    def poll(self, timeout_s: float = 0.0) -> None:
        try:
            report = self._done.get(timeout=timeout_s) if timeout_s > 0 else self._done.get_nowait()
            while True:
                self._report(report)
                report = self._done.get_nowait()
        except queue.Empty:
            return

    def flush(self, timeout_s: float) -> int:
        deadline = time.monotonic() + timeout_s
        with contextlib.suppress(errors.KafkaTimeoutError):
            self._client.flush(timeout_s)
        self.poll()
        while self._open and (left := deadline - time.monotonic()) > 0:
            self.poll(left)
        return len(self._open)

    def __len__(self) -> int:
        return len(self._open)

    @property
    def fatal(self) -> Exception | None:
        return self._fatal

    def rebuild(self) -> None:
        self._abandon()
        self._fatal = None
        self._client = self._connect()

    def close(self, timeout_s: float = 5.0) -> None:
        self.flush(timeout_s)
        self._abandon()

    def _connect(self) -> Any:
        try:
            return kafka.KafkaProducer(**self._config)
        except errors.KafkaError as error:
            raise KafkaError(f"Kafka does not answer: {error}") from error

    def _abandon(self) -> None:
        """Stop the client without waiting, and report every open record; what is told of them later is ignored."""
        with contextlib.suppress(errors.KafkaError):
            self._client.close(timeout=0)
        self._client._sender.force_close()  # close() leaves it running when records are still open
        self.poll()
        for number in list(self._open):
            self._report((number, KafkaError("the producer was closed before the record was confirmed")))

    def _report(self, report: _Report) -> None:
        number, error = report
        try:
            on_delivery = self._open.pop(number)
        except KeyError:
            return
        if isinstance(error, _FATAL):
            self._fatal = error
        if on_delivery is not None and (error is not None or self._all_reports):
            on_delivery(None if error is None else KafkaError(str(error)))
