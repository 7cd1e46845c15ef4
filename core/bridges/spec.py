"""What a bridge is told, and what its task's handler gets and answers."""

from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from core.kafka.topics import Topic


class BridgeItem(msgspec.Struct, frozen=True, gc=False):
    """One record of a task topic, as the handler gets it: where it stands, and its value as it was produced."""

    partition: int
    offset: int
    value: bytes


class Refused(msgspec.Struct, frozen=True, gc=False):
    """A record of the batch that can never be handled (it cannot be decoded, say). The bridge sets it aside as a dead
    letter with this reason; the rest of the batch counts as done."""

    offset: int
    reason: str


class TryAgainError(Exception):
    """Something that the handler needs is away (the database, the search engine). The same batch is handed out again,
    with backoff, for as long as it takes."""


Handler = Callable[[Sequence[BridgeItem]], Sequence[Refused]]
"""Handles one batch: records of one partition, in order. Must be idempotent: a batch may come again, whole or divided,
and even twice at the same time.

Returns what it refuses. Raises TryAgainError, or anything else for a batch that it cannot handle: that batch is halved
and tried again until the records that are at fault stand alone, and those become dead letters."""


class BridgeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One bridge: which topic goes to which task, and in what batches.

    `name` names the worker and its consumer group; `task` is the name of its `bridge_task`, `queue` the Celery queue
    that it goes to. A batch has up to `max_records` records of one lane, which is a partition, or with `lane_by` "key"
    the records of one key (a conversation). It is handed out once its first record has waited for `gather_s` and none
    of that lane is in flight; `max_in_flight` bounds the batches of all lanes of a bridge process. A batch that nobody
    has begun after `deadline_s` is handed out again; one whose worker is gone, at once; one at work for more than
    `time_limit_s` is ended, where Celery's pool can (prefork), and handed out again.
    """

    name: str
    topic: Topic
    task: str
    queue: str
    max_records: int = 500
    gather_s: float = 0.0
    deadline_s: float = 10.0
    time_limit_s: float = 900.0
    lane_by: Literal["partition", "key"] = "partition"
    max_in_flight: int | None = None

    @property
    def group(self) -> str:
        """The consumer group of the bridges of this name."""
        return f"im-bridge-{self.name}"
