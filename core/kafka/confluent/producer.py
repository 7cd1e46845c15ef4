"""The producer on librdkafka."""

from collections.abc import Callable
from typing import Any

import confluent_kafka as ck

from core.kafka.confluent.client import connection, logger
from core.kafka.port import FatalProducerError, KafkaError, OnDelivery, QueueFull, Reports


class ConfluentProducer:
    """`core.kafka.port.Producer`. `produce` costs about 1.2 microseconds, an idle `poll` 0.15."""

    def __init__(self, servers: str, *, linger_ms: float, reports: Reports, delivery_timeout_s: float) -> None:
        self._config: dict[str, Any] = connection(servers) | {
            "acks": "all",
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "linger.ms": linger_ms,
            "message.timeout.ms": int(delivery_timeout_s * 1000),
            "queue.buffering.max.messages": 200_000,
            "queue.buffering.max.kbytes": 131_072,
            "delivery.report.only.error": reports is Reports.FAILURES,
            "error_cb": self._on_error,
        }
        self._fatal: Exception | None = None
        self._client = ck.Producer(self._config)

    def produce(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> None:
        callback = None if on_delivery is None else _reporter(on_delivery)
        try:
            self._client.produce(topic, value, key, -1 if partition is None else partition, callback)
        except BufferError as error:
            raise QueueFull("the producer's queue is full") from error
        except ck.KafkaException as error:
            if self._note_fatal(error.args[0]):
                raise FatalProducerError(str(self._fatal)) from error
            raise KafkaError(str(error.args[0])) from error

    def poll(self, timeout_s: float = 0.0) -> None:
        self._client.poll(timeout_s)

    def flush(self, timeout_s: float) -> int:
        return int(self._client.flush(timeout_s))

    def __len__(self) -> int:
        return len(self._client)

    @property
    def fatal(self) -> Exception | None:
        return self._fatal

    def rebuild(self) -> None:
        self._abandon()
        self._fatal = None
        self._client = ck.Producer(self._config)

    def close(self, timeout_s: float = 5.0) -> None:
        self._client.flush(timeout_s)
        self._abandon()

    def _abandon(self) -> None:
        self._client.purge(in_queue=True, in_flight=True, blocking=True)
        self._client.flush(1.0)

    def _on_error(self, error: ck.KafkaError) -> None:
        if not self._note_fatal(error):
            logger.warning("kafka producer: %s", error)

    def _note_fatal(self, error: ck.KafkaError) -> bool:
        if error.fatal() or error.code() == ck.KafkaError._FATAL:
            self._fatal = FatalProducerError(str(error))
            return True
        return False


def _reporter(on_delivery: OnDelivery) -> Callable[[ck.KafkaError | None, object], None]:
    return lambda error, _: on_delivery(None if error is None else KafkaError(str(error)))
