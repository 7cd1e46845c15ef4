"""The logic worker: reads im-upstream-topic, runs the write path, publishes, commits its offsets (flows 2, 3)."""

import os
import socket
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from django.db import InterfaceError, InternalError, OperationalError, close_old_connections

from accounts.presence import Directory
from core import crashpoints
from core.errors import DomainError, ErrorCode
from core.generations import Generations
from core.ids import log_id
from core.kafka import dead_letters, get_producer, open_group
from core.kafka.port import GroupError, KafkaError, Partition, Record
from core.kafka.topics import UPSTREAM, UPSTREAM_GROUP
from core.logs import get_logger
from core.metrics import add_gauge, batch_size, counters
from core.models import OutboxEntry
from core.pulse import Pulse
from messaging.delivery.publishing import Publisher
from messaging.delivery.recent import Appended, update_recent
from messaging.records import DrainOutbox, UnknownVersionError, UpstreamItem, decode_upstream
from messaging.services import relay
from messaging.services.batch import Confirmed, LogState, Pending
from messaging.services.writing import Written, refuse, write_batch

MAX_RECORDS = 500
MAX_COMMANDS = 500
MAX_OUTBOX_AT_ONCE = 10
RECENT_AT_MOST = 64
COMMIT_EVERY_S = 0.25
OVERDUE_EVERY_S = 5.0
MAX_BACKOFF_S = 2.0
_MAX_PUBLISHED = 100_000
log = get_logger(__name__)


class Arrived(NamedTuple):
    """A command and the Kafka record it came in."""

    item: UpstreamItem
    record: Record


class AbandonedError(Exception):
    """A partition of the batch was taken away while it waited to be retried; its new owner reads the records again."""


class UpstreamWorker:
    """One member of the logic workers' group. `run` returns after `stop`."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._consumer = open_group(UPSTREAM_GROUP, [UPSTREAM], on_revoke=self._on_revoke)
        self._directory = Directory()
        self._publisher = Publisher(get_producer(), self._directory)
        self._confirmed = Confirmed()
        self._published: Generations[int, int] = Generations(_MAX_PUBLISHED)
        self._done: dict[Partition, int] = {}
        self._in_hand: set[Partition] = set()
        self._revoked: set[Partition] = set()
        self._last_commit = self._last_sweep = time.monotonic()
        add_gauge("upstream_lag", "Upstream records not read yet, over this worker's partitions", self._read_lag)

    def stop(self) -> None:
        """Lets the batch in hand finish; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Handles batches until `stop`."""
        pulse = Pulse(
            f"{socket.gethostname()}:{os.getpid()}",
            counts={"messages": lambda: counters.messages_stored},
            gauges={"lag:upstream": self._read_lag},
        ).start()
        try:
            while not self._stopping.is_set():
                records = self._poll()
                if records:
                    self._handle_records(records)
                self._commit_if_due()
                self._sweep_if_due()
        finally:
            pulse.stop()
            self._commit(wait=True)
            self._consumer.close()

    def _poll(self) -> list[Record]:
        try:
            return self._consumer.poll_batch(MAX_RECORDS, COMMIT_EVERY_S if self._done else 1.0)
        except GroupError as exc:
            log.warning("the consumer left its group; joining anew", error=str(exc))
            self._consumer.close()
            self._done.clear()
            self._consumer = open_group(UPSTREAM_GROUP, [UPSTREAM], on_revoke=self._on_revoke)
            return []

    def _handle_records(self, records: Sequence[Record]) -> None:
        arrived = [Arrived(item, record) for record in records for item in self._decode(record)]
        self._in_hand = {(record.topic, record.partition) for record in records}
        self._revoked.clear()
        try:
            for start in range(0, len(arrived), MAX_COMMANDS):
                self._handle(arrived[start : start + MAX_COMMANDS])
        except AbandonedError:
            log.warning("a batch was abandoned: its partitions have another owner", records=len(records))
            self._rewind(records)
            return
        finally:
            self._in_hand = set()
        crashpoints.reach("before-offset")
        for record in records:
            self._done[record.topic, record.partition] = record.offset + 1

    def _decode(self, record: Record) -> list[UpstreamItem]:
        try:
            return decode_upstream(record.value).items
        except (msgspec.DecodeError, UnknownVersionError) as exc:
            self._set_aside(record, f"undecodable: {exc}")
            return []

    def _handle(self, arrived: Sequence[Arrived]) -> None:
        """Stores and publishes; a record that fails for good is found by halving and set aside."""
        if not arrived:
            return
        try:
            written = self._write([one.item for one in arrived])
        except AbandonedError:
            raise
        except Exception as exc:  # noqa: BLE001 -- the edge of the loop: one command must not stop the others
            if len(arrived) == 1:
                self._reject(arrived[0], exc)
                return
            log.warning("a batch failed; halving it", commands=len(arrived), error=repr(exc))
            middle = len(arrived) // 2
            self._handle(arrived[:middle])
            self._handle(arrived[middle:])
            return
        counters.upstream_commands_handled += len(arrived)
        counters.upstream_batches_handled += 1
        batch_size.observe(len(arrived))
        self._publish(written)

    def _write(self, items: Sequence[UpstreamItem]) -> Written:
        """The transaction, retried with capped backoff for as long as the database is away or a lock is held."""
        backoff_s = 0.05
        while True:
            try:
                return write_batch(items, self._published, self._confirmed)
            except (OperationalError, InterfaceError, InternalError) as exc:
                if isinstance(exc, InternalError) and not _will_pass(exc):
                    raise
                log.warning("the database did not take a batch; trying again", error=str(exc), backoff_s=backoff_s)
                close_old_connections()
                self._wait(backoff_s)
                backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)

    def _wait(self, seconds: float) -> None:
        """Waits with the partitions paused and polling going on: the group must not take this worker for dead."""
        partitions = self._consumer.assignment()
        self._consumer.pause(partitions)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            # What is assigned meanwhile is not paused; it is read again afterwards.
            self._rewind(self._consumer.poll_batch(1, left))
            if self._stopping.is_set():
                break
        self._consumer.resume([partition for partition in partitions if partition not in self._revoked])
        if self._stopping.is_set() or self._revoked & self._in_hand:
            raise AbandonedError

    def _publish(self, written: Written) -> None:
        outgoing = [p.outgoing for p in written.pendings if p.outgoing is not None]
        outgoing = relay.render(self._publish_most(written), self._find_online) + outgoing
        self._publisher.publish(
            outgoing,
            written.pendings,
            written.logs,
            while_waiting=lambda: _continue_recent(written.logs),
            questions=written.questions,
            tell_index=self._is_commit_due(),
        )
        crashpoints.reach("after-publish")
        if written.outbox:
            relay.delete_published(written.outbox)
        self._remember(written)

    def _publish_most(self, written: Written) -> list[OutboxEntry]:
        """A long outbox (a group of 100,000 was made) is published a piece at a time; the last piece, which is mostly
        all, is left to go out with what the batch itself has written."""
        while len(written.outbox) > MAX_OUTBOX_AT_ONCE:
            entries = written.outbox[:MAX_OUTBOX_AT_ONCE]
            self._publisher.publish(relay.render(entries, self._find_online), [], written.logs)
            relay.delete_published(entries)
            del written.outbox[:MAX_OUTBOX_AT_ONCE]
        return written.outbox

    def _find_online(self, user_ids: Sequence[int]) -> set[int]:
        return {user_id for users in self._directory.locate(user_ids).values() for user_id in users}

    def _remember(self, written: Written) -> None:
        self._confirmed.add(_entry_ids(written.pendings))
        self._published.update((conversation_id, state.last_seq) for conversation_id, state in written.logs.items())

    def _reject(self, arrived: Arrived, exc: Exception) -> None:
        """One command that cannot be handled: set aside with the reason, and its sender is told."""
        log.error("a command cannot be handled", command=type(arrived.item.command).__name__, exc_info=exc)
        self._set_aside(arrived.record, repr(exc))
        if not isinstance(arrived.item.command, DrainOutbox):
            pending = refuse(arrived.item, DomainError(ErrorCode.INVALID_MESSAGE))
            self._publisher.publish([], [pending], {})

    def _set_aside(self, record: Record, reason: str) -> None:
        while True:
            try:
                dead_letters.send(record, reason)
                return
            except KafkaError as exc:
                log.warning("a dead letter was not stored; trying again", error=str(exc))
                time.sleep(1.0)

    def _on_revoke(self, partitions: list[Partition], lost: bool) -> None:
        finished = {partition: self._done.pop(partition) for partition in partitions if partition in self._done}
        if finished and not lost:
            self._commit_offsets(finished, wait=True)
        self._revoked.update(partitions)

    def _rewind(self, records: Sequence[Record]) -> None:
        first: dict[Partition, int] = {}
        for record in records:
            first.setdefault((record.topic, record.partition), record.offset)
        if not first:
            return
        mine = set(self._consumer.assignment())
        self._consumer.seek({partition: offset for partition, offset in first.items() if partition in mine})

    def _read_lag(self) -> int:
        return sum(self._consumer.lag().values())

    def _is_commit_due(self) -> bool:
        return time.monotonic() - self._last_commit >= COMMIT_EVERY_S

    def _commit_if_due(self) -> None:
        if self._done and self._is_commit_due():
            self._commit()

    def _commit(self, *, wait: bool = False) -> None:
        if self._done:
            self._last_commit = time.monotonic()
            self._commit_offsets(self._done, wait=wait)
            self._done = {}

    def _commit_offsets(self, offsets: dict[Partition, int], *, wait: bool) -> None:
        self._publisher.tell_index()
        try:
            self._consumer.commit(offsets, wait=wait)
        except KafkaError as exc:
            log.warning("offsets were not committed; the records may be read again", error=str(exc))

    def _sweep_if_due(self) -> None:
        if time.monotonic() - self._last_sweep < OVERDUE_EVERY_S:
            return
        self._last_sweep = time.monotonic()
        try:
            relay.request_overdue()
        except (OperationalError, InterfaceError) as exc:
            log.warning("the outbox could not be swept", error=str(exc))
            close_old_connections()


def _will_pass(exc: InternalError) -> bool:
    """Whether it is the server's state and not the batch: PostgreSQL has ended a transaction that stood idle
    (idle_in_transaction_session_timeout), or takes no writes (a standby before it is promoted, a disk nearly full)."""
    return getattr(exc.__cause__, "sqlstate", None) in ("25P03", "25006")


def _entry_ids(pendings: Sequence[Pending]) -> list[int]:
    return [log_id(p.outgoing.conversation_id, p.outgoing.seq) for p in pendings if p.outgoing is not None]


def _continue_recent(logs: dict[int, LogState]) -> None:
    if sum(len(state.recent) for state in logs.values()) > RECENT_AT_MOST:
        # Under a backlog the pages are left behind: each is filled again by the next reader who finds it so.
        return
    changes: dict[int, Appended | None] = {}
    for conversation_id, state in logs.items():
        if state.last_seq != state.row.last_seq:
            is_plain = state.only_messages and state.recent
            changes[conversation_id] = Appended(state.row.last_seq, state.last_seq, state.recent) if is_plain else None
    if changes:
        update_recent(changes)
