"""The bridge: reads a task topic, hands Celery one task per batch with one in flight per lane (a partition, or a key),
and commits the offset when the work is done.

What is read and not done is read again by the partition's next owner, so neither a killed bridge nor a killed Celery
nor a flushed Redis loses a record; handlers are idempotent.
"""

import math
import os
import socket
import threading
import time
from typing import Final

from core.bridges import metrics
from core.bridges.handing import AWAY, Flight, Lost, ask, hand_out
from core.bridges.lanes import Lane, LaneKey, find_full
from core.bridges.offsets import Offsets
from core.bridges.spec import BridgeSpec
from core.bridges.tasks import Outcome, Verdict
from core.kafka import KAFKA_PYTHON, dead_letters, open_group
from core.kafka.port import GroupConsumer, GroupError, KafkaError, Partition, Record
from core.logs import get_logger
from core.pulse import Pulse

COMMIT_EVERY_S: Final = 0.25
FINISH_WITHIN_S: Final = 5.0
MAX_DIED: Final = 3
"""A batch whose worker has died this often counts as one that fails."""
_IDLE_S: Final = 1.0
_MIN_LOOK_S: Final = 0.002
_MAX_LOOK_S: Final = 0.1
log = get_logger(__name__)


class Bridge:
    """One member of a bridge's group. `run` returns after `stop`."""

    def __init__(self, spec: BridgeSpec) -> None:
        self._spec = spec
        self._stopping = threading.Event()
        self._lanes: dict[LaneKey, Lane] = {}
        self._offsets: dict[Partition, Offsets] = {}
        self._paused: set[Partition] = set()
        self._done: dict[Partition, int] = {}
        self._last_commit = time.monotonic()
        self._look_at = 0.0
        self._stats = metrics.Stats.of(spec.name)
        self._consumer = self._join()

    def stop(self) -> None:
        """Lets what is in flight finish for a few seconds; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Hands out batches until `stop`."""
        process = f"{socket.gethostname()}:{os.getpid()}"
        pulse = Pulse(process, counts={}, gauges={f"lag:{self._spec.name}": lambda: self._stats.lag}).start()
        try:
            while not self._stopping.is_set():
                self._turn()
            self._finish()
        finally:
            pulse.stop()
            self._commit(wait=True)
            self._consumer.close()

    def _turn(self) -> None:
        self._read()
        self._look()
        self._hand_out_due()
        self._hold_back()
        self._commit_if_due()
        if self._stats.is_due:
            self._stats.note(self._lanes.values(), sum(self._consumer.lag().values()))

    # --- Reading ----------------------------------------------------------------------------------------------------
    def _join(self) -> GroupConsumer:
        return open_group(self._spec.group, [self._spec.topic], on_revoke=self._on_revoke, client=KAFKA_PYTHON)

    def _read(self) -> None:
        try:
            records = self._consumer.poll_batch(self._spec.max_records, self._patience_s())
        except GroupError as exc:
            log.warning("the bridge left its group; joining anew", bridge=self._spec.name, error=str(exc))
            self._consumer.close()
            self._lanes.clear()
            self._offsets.clear()
            self._paused.clear()
            self._done.clear()
            self._consumer = self._join()
            return
        for record in records:
            place = (record.topic, record.partition)
            self._offsets.setdefault(place, Offsets()).open(record.offset)
            key = record.key if self._spec.lane_by == "key" else None
            self._lanes.setdefault((place, key), Lane()).add(record)

    def _patience_s(self) -> float:
        """How long to wait for records: until the next batch is due, an outcome is worth asking for, or a commit is."""
        waits = [COMMIT_EVERY_S if self._done else _IDLE_S]
        has_room = self._room() > 0
        for lane in self._lanes.values():
            if lane.flight is not None:
                waits.append(max(_look_interval_s(lane.flight), self._look_at - time.monotonic()))
            elif has_room and (due_in := lane.due_in(self._spec)) is not None:
                waits.append(due_in)
        return min(waits)

    def _hold_back(self) -> None:
        """Reads nothing more of a partition with enough in hand: the rest waits in Kafka."""
        full = find_full(self._lanes, self._spec)
        if fresh := full - self._paused:
            self._consumer.pause(list(fresh))
        if relieved := {place for place in self._paused - full if place in self._offsets}:
            self._consumer.resume(list(relieved))
        self._paused = full

    # --- Handing out ------------------------------------------------------------------------------------------------
    def _room(self) -> float:
        """How many more batches may be in flight."""
        if self._spec.max_in_flight is None:
            return math.inf
        return self._spec.max_in_flight - sum(lane.flight is not None for lane in self._lanes.values())

    def _hand_out_due(self) -> None:
        room = self._room()
        for lane in self._lanes.values():
            if room <= 0:
                return
            if lane.due_in(self._spec) == 0.0:
                if not self._hand_out(lane, lane.take(self._spec)):
                    return  # nor would the others go: reading must not wait for all their time-outs
                room -= 1

    def _hand_out(self, lane: Lane, flight: Flight) -> bool:
        """Whether Celery has the batch now; otherwise it waits in its lane."""
        try:
            hand_out(self._spec, flight)
        except AWAY as exc:
            log.warning("a batch cannot be handed out; trying again", bridge=self._spec.name, error=repr(exc))
            lane.put_back()
            return False
        return True

    def _look(self) -> None:
        """Asks what became of the batches in flight, when one of them is worth asking for."""
        flying = [(key, lane, lane.flight) for key, lane in self._lanes.items() if lane.flight is not None]
        if not flying or time.monotonic() < self._look_at:
            return
        try:
            answers = ask([flight for _key, _lane, flight in flying])
        except AWAY as exc:
            log.warning("redis does not say what became of batches", bridge=self._spec.name, error=repr(exc))
            self._look_at = time.monotonic() + _IDLE_S
            return
        self._look_at = time.monotonic() + _MIN_LOOK_S
        for (key, lane, flight), answer in zip(flying, answers, strict=True):
            if isinstance(answer, Lost):
                self._recover(key, lane, flight, answer)
            elif answer is not None:
                self._settle(key, lane, flight, answer)

    def _recover(self, key: LaneKey, lane: Lane, flight: Flight, lost: Lost) -> None:
        """Hands a lost batch out again; one whose worker dies each time is taken for one that fails."""
        log.warning("a batch is handed out again", bridge=self._spec.name, records=len(flight.records), why=lost.reason)
        flight.died += lost.died
        if flight.died < MAX_DIED:
            self._stats.handed_out_again += 1
            self._hand_out(lane, flight)
            return
        self._fail(key, lane, flight, lost.reason)

    def _settle(self, key: LaneKey, lane: Lane, flight: Flight, outcome: Outcome) -> None:
        if outcome.verdict is Verdict.AGAIN:
            log.warning("a batch has to wait", bridge=self._spec.name, why=outcome.reason)
            self._stats.handed_out_again += 1
            lane.put_back()
        elif outcome.verdict is Verdict.FAILED:
            self._fail(key, lane, flight, outcome.reason)
        else:
            by_offset = {record.offset: record for record in flight.records}
            for refused in outcome.refused:
                if refused.offset in by_offset:
                    self._set_aside(by_offset[refused.offset], refused.reason)
            self._land(key, lane)

    def _fail(self, key: LaneKey, lane: Lane, flight: Flight, reason: str) -> None:
        """Halves a batch that cannot be handled, until what is at fault stands alone and is set aside."""
        if len(flight.records) > 1:
            log.warning("a batch failed; halving it", bridge=self._spec.name, records=len(flight.records), why=reason)
            lane.divide()
            return
        self._set_aside(flight.records[0], reason)
        self._land(key, lane)

    def _land(self, key: LaneKey, lane: Lane) -> None:
        place = key[0]
        for record in lane.land():
            if (done := self._offsets[place].close(record.offset)) is not None:
                self._done[place] = done
        self._stats.batches += 1
        del self._lanes[key]
        if len(lane):
            self._lanes[key] = lane  # behind the others: they are served in turn

    def _set_aside(self, record: Record, reason: str) -> None:
        log.error("a record is set aside", topic=record.topic, partition=record.partition, offset=record.offset)
        self._stats.set_aside += 1
        while True:
            try:
                dead_letters.send(record, reason)
                return
            except KafkaError as exc:
                log.warning("a dead letter was not stored; trying again", error=str(exc))
                time.sleep(1.0)

    # --- Offsets ----------------------------------------------------------------------------------------------------
    def _on_revoke(self, partitions: list[Partition], lost: bool) -> None:
        """Another bridge goes on from what is done; what is in flight is its to hand out."""
        finished = {place: self._done.pop(place) for place in partitions if place in self._done}
        gone = set(partitions)
        self._lanes = {key: lane for key, lane in self._lanes.items() if key[0] not in gone}
        self._offsets = {place: offsets for place, offsets in self._offsets.items() if place not in gone}
        self._paused -= gone
        if finished and not lost:
            self._commit_offsets(finished, wait=True)

    def _commit_if_due(self) -> None:
        if self._done and time.monotonic() - self._last_commit >= COMMIT_EVERY_S:
            self._commit()

    def _commit(self, *, wait: bool = False) -> None:
        if self._done:
            self._last_commit = time.monotonic()
            self._commit_offsets(self._done, wait=wait)
            self._done = {}

    def _commit_offsets(self, offsets: dict[Partition, int], *, wait: bool) -> None:
        try:
            self._consumer.commit(offsets, wait=wait)
        except KafkaError as exc:
            log.warning("offsets were not committed; the records may be handed out again", error=str(exc))

    def _finish(self) -> None:
        """Waits a little for what is in flight, so that a stop repeats nothing."""
        deadline = time.monotonic() + FINISH_WITHIN_S
        while any(lane.flight for lane in self._lanes.values()) and time.monotonic() < deadline:
            time.sleep(_MIN_LOOK_S)
            self._look()


def _look_interval_s(flight: Flight) -> float:
    """A quarter of the time that the batch has been in flight: quick ones are seen at once, slow ones cost little."""
    return min(max((time.monotonic() - flight.started_at) / 4, _MIN_LOOK_S), _MAX_LOOK_S)
