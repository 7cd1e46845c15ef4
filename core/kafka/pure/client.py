"""What all kafka-python clients here share: their settings, and the port's record from theirs."""

from typing import Any

from core.kafka.port import Record


def connection(servers: str) -> dict[str, Any]:
    return {"bootstrap_servers": servers.split(","), "reconnect_backoff_ms": 50, "reconnect_backoff_max_ms": 1000}


def to_record(record: Any) -> Record:
    timestamp = -1 if record.timestamp is None else record.timestamp
    return Record(record.topic, record.partition, record.offset, record.key, record.value or b"", timestamp)
