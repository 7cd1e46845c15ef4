"""What the project asks of Kafka: the types that the adapters and the callers of `core.kafka` share.

Two adapters stand behind it (`confluent.py`, `pure.py`), and one contract test holds both to what is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Protocol

import msgspec

Partition = tuple[str, int]
"""A topic's full name and a partition number."""

OnDelivery = Callable[[Exception | None], None]
OnAssign = Callable[[list[Partition]], None]
OnRevoke = Callable[[list[Partition], bool], None]
"""Called with the partitions and whether they are already lost (True: somebody else may own them, so nothing can be
committed)."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as it was read. `timestamp_ms` is the producer's clock, in milliseconds since 1970, and -1 when the
    record has none."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    timestamp_ms: int


class Reports(StrEnum):
    """Which deliveries a producer tells `on_delivery` about. A report of success costs 3 microseconds, one of failure
    only nothing."""

    ALL = "all"
    FAILURES = "failures"


class Gap(StrEnum):
    """Why a tail reader may have missed records."""

    BROKER_LOST = "broker_lost"
    OFFSET_RESET = "offset_reset"


class KafkaError(Exception):
    """Kafka refused or did not answer."""


class QueueFull(KafkaError):
    """The producer holds as many records as it may; nothing was queued. Poll, then try again."""


class FatalProducerError(KafkaError):
    """The producer can do nothing more; nothing was queued. Call `rebuild`, then repeat what was not reported as
    delivered."""


class GroupError(KafkaError):
    """The group consumer can do nothing more (it was fenced, or its authorisation ended). Close it and open another."""


class TailGap(KafkaError):
    """Records may have been missed. The reader goes on; who reads must assume that everything before now may be
    lost."""

    def __init__(self, gap: Gap, detail: str) -> None:
        super().__init__(f"{gap}: {detail}")
        self.gap = gap


class Producer(Protocol):
    """Sends records, each at least once and in order per partition (acks=all, idempotent). May be used by several
    threads."""

    def produce(
        self,
        topic: str,
        value: bytes,
        *,
        key: bytes | None = None,
        partition: int | None = None,
        on_delivery: OnDelivery | None = None,
    ) -> None:
        """Queue a record and return at once.

        Without `partition`, records with a key go to murmur2(key) modulo the number of partitions, whichever adapter
        sends them, and the others anywhere. `on_delivery` gets None when the record is stored on all replicas in
        sync, or the error that ended it, inside a later `poll`, `flush` or `rebuild`. Raises QueueFull or
        FatalProducerError.
        """

    def poll(self, timeout_s: float = 0.0) -> None:
        """Run the callbacks that are due; wait for the first one up to `timeout_s`."""

    def flush(self, timeout_s: float) -> int:
        """Send what is queued without lingering, run its callbacks, and return how many records are still open after
        `timeout_s`."""

    def __len__(self) -> int:
        """How many records are queued, in flight, or not yet reported."""

    @property
    def fatal(self) -> Exception | None:
        """What made this producer unusable."""

    def rebuild(self) -> None:
        """Start anew after a fatal error: every open record is reported as failed first."""

    def close(self, timeout_s: float = 5.0) -> None:
        """Flush for up to `timeout_s`, then report the rest as failed."""


class GroupConsumer(Protocol):
    """One member of a consumer group, starting at the earliest record where the group has committed nothing. For one
    thread."""

    def poll_batch(self, max_records: int, timeout_s: float, gather_s: float = 0.0) -> list[Record]:
        """Wait up to `timeout_s` for a record, then return it with what else is there: at most `max_records`, in
        order per partition.

        With `gather_s` it waits that much longer for more once the first is there. Rebalance callbacks run in here.
        Never returns records of a partition that was revoked or is paused. Must be called at least once a minute, or
        the group gives the partitions to others. Raises GroupError.
        """

    def commit(self, offsets: Mapping[Partition, int], *, wait: bool = False) -> None:
        """Store for each partition the offset of the next record to handle. Without `wait`, a failure is logged and
        the next commit repairs it.

        With `wait` it raises KafkaError when the group did not accept it.
        """

    def seek(self, offsets: Mapping[Partition, int]) -> None:
        """Read on from these offsets: records already fetched are dropped, and `poll_batch` returns them again."""

    def pause(self, partitions: Sequence[Partition]) -> None:
        """Hand out nothing from these partitions until `resume`; they stay assigned as long as `poll_batch` is
        called. A pause ends with the assignment: a partition that comes back is handed out."""

    def resume(self, partitions: Sequence[Partition]) -> None:
        """Hand out records of these partitions again, from the first that was not handed out."""

    def assignment(self) -> list[Partition]:
        """The partitions that this member owns now."""

    def lag(self) -> dict[Partition, int]:
        """For each assigned partition the number of records not handed out yet, as far as this member knows; asks
        nobody."""

    def close(self) -> None:
        """Leave the group at once; `on_revoke` has run for every partition when it returns."""


class TailReader(Protocol):
    """Reads one partition from its end, without a group. Once opened its place is fixed: any record stored later is
    returned, or a gap raised."""

    def poll_batch(self, max_records: int, timeout_s: float) -> list[Record]:
        """Wait up to `timeout_s` for a record, then return it with what else is there, in order.

        Raises TailGap when records may have been missed: once for a broker that is lost (reading goes on by itself
        when it is back), once for each offset that no longer exists (reading goes on at the end).
        """

    def close(self) -> None:
        """Give up the connection."""
