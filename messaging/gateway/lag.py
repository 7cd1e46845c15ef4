"""What waits before and behind a gateway: records that no worker has handled, bytes that no client has read."""

import math
import time
from typing import Final

from core.kafka.port import KafkaError
from core.kafka.topics import count_upstream_lag
from messaging.gateway.hub import Hub

KEPT_S: Final = 5.0


class UpstreamLag:
    """The logic workers' lag, asked of the broker when the metrics are read, at most every KEPT_S."""

    def __init__(self) -> None:
        self._value = math.nan
        self._asked_at = float("-inf")

    def read(self) -> float:
        """Records; NaN while Kafka does not say."""
        now = time.monotonic()
        if now - self._asked_at >= KEPT_S:
            self._asked_at = now
            try:
                self._value = count_upstream_lag()
            except KafkaError:
                self._value = math.nan
        return self._value


def count_unsent_bytes(hub: Hub) -> int:
    """The bytes that wait in this process to be written to sockets. Only reads, so that any thread may ask."""
    return sum(connection.socket.unsent_bytes() for connection in hub)
