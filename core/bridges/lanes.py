"""One lane of a bridge, a partition or a key: what was read and waits, and what is in Celery's hands."""

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.bridges.handing import Flight
from core.bridges.spec import BridgeSpec
from core.kafka.port import Partition, Record

LaneKey = tuple[Partition, bytes | None]
"""A partition; and the key of its records, where each key has a lane of its own."""

MAX_BATCH_BYTES: Final = 1 << 20
FIRST_BACKOFF_S: Final = 0.1
MAX_BACKOFF_S: Final = 5.0
KEYED_AHEAD: Final = 256
"""How many records of a partition may wait where each key has a lane: so many conversations are looked at together."""


@dataclass(slots=True)
class Lane:
    """The records of one lane, in order. `divided` holds the rest of a batch that failed, the next part first."""

    waiting: deque[Record] = field(default_factory=deque)
    waiting_since: float = 0.0
    waiting_bytes: int = 0
    divided: list[list[Record]] = field(default_factory=list)
    flight: Flight | None = None
    not_before: float = 0.0
    backoff_s: float = FIRST_BACKOFF_S

    def __len__(self) -> int:
        """How many records are not done."""
        flown = len(self.flight.records) if self.flight is not None else 0
        return flown + sum(map(len, self.divided)) + len(self.waiting)

    def add(self, record: Record) -> None:
        """Takes a record that was read."""
        if not self.waiting:
            self.waiting_since = time.monotonic()
        self.waiting.append(record)
        self.waiting_bytes += len(record.value)

    def due_in(self, spec: BridgeSpec) -> float | None:
        """Seconds until the next batch may be handed out; None while one is in flight or nothing waits."""
        if self.flight is not None or not (self.divided or self.waiting):
            return None
        at = self.not_before
        if not self.divided and len(self.waiting) < spec.max_records:
            at = max(at, self.waiting_since + spec.gather_s)
        return max(0.0, at - time.monotonic())

    def take(self, spec: BridgeSpec) -> Flight:
        """The next batch, which is in flight from now on."""
        records = self.divided.pop(0) if self.divided else self._gather(spec.max_records)
        self.flight = Flight(records, spec.deadline_s)
        return self.flight

    def land(self) -> list[Record]:
        """The batch in flight is done; its records."""
        flight, self.flight = self.flight, None
        if flight is None:
            raise ValueError("nothing is in flight")
        self.not_before, self.backoff_s = 0.0, FIRST_BACKOFF_S
        return flight.records

    def put_back(self) -> None:
        """The batch in flight has to be handed out again, after a pause that grows."""
        if self.flight is not None:
            self.divided.insert(0, self.flight.records)
            self.flight = None
        self.wait()

    def divide(self) -> None:
        """The batch in flight failed: its halves come next."""
        flight, self.flight = self.flight, None
        if flight is not None:
            middle = len(flight.records) // 2
            self.divided[:0] = [flight.records[:middle], flight.records[middle:]]

    def wait(self) -> None:
        """Backs off."""
        self.not_before = time.monotonic() + self.backoff_s
        self.backoff_s = min(self.backoff_s * 2, MAX_BACKOFF_S)

    def _gather(self, max_records: int) -> list[Record]:
        batch: list[Record] = []
        size = 0
        while self.waiting and len(batch) < max_records:
            size += len(self.waiting[0].value)
            if batch and size > MAX_BATCH_BYTES:
                break
            record = self.waiting.popleft()
            self.waiting_bytes -= len(record.value)
            batch.append(record)
        self.waiting_since = time.monotonic()
        return batch


def find_full(lanes: Mapping[LaneKey, Lane], spec: BridgeSpec) -> set[Partition]:
    """The partitions of which enough waits for the next batches."""
    waiting: Counter[Partition] = Counter()
    size: Counter[Partition] = Counter()
    for (place, _key), lane in lanes.items():
        waiting[place] += len(lane.waiting)
        size[place] += lane.waiting_bytes
    limit = KEYED_AHEAD if spec.lane_by == "key" else 2 * spec.max_records
    return {place for place in waiting if waiting[place] >= limit or size[place] >= 4 * MAX_BATCH_BYTES}
