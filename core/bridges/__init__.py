"""Bridges: a Kafka task topic handed to Celery, one task per batch, without losing a record (docs/adr, bridges).

An app offers a task (`bridge_task`), describes its bridge (`BridgeSpec`), and the table of workers runs it (`Bridge`).
"""

from core.bridges.bridge import Bridge
from core.bridges.spec import BridgeItem, BridgeSpec, Refused, TryAgainError
from core.bridges.tasks import bridge_task

__all__ = ["Bridge", "BridgeItem", "BridgeSpec", "Refused", "TryAgainError", "bridge_task"]
