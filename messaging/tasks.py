"""Celery tasks of messaging."""

import functools
import os
from collections.abc import Sequence

from accounts.presence import Directory
from core.bridges import BridgeItem, BridgeSpec, Refused, bridge_task
from core.kafka import get_producer
from core.kafka.topics import LARGE_GROUP_FANOUT
from messaging.delivery.fanout import Fanout

FANOUT = BridgeSpec(name="fanout", topic=LARGE_GROUP_FANOUT, task="messaging.tasks.fan_out", queue="fanout")


@bridge_task(FANOUT.task)
def fan_out(items: Sequence[BridgeItem]) -> Sequence[Refused]:
    """Push a batch of fan-out records to their conversations' members."""
    return _fanout(os.getpid()).deliver(items)


@functools.cache
def _fanout(_pid: int) -> Fanout:
    """One for each of Celery's child processes, which run a task at a time."""
    return Fanout(get_producer(), Directory())
