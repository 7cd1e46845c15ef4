"""The delivery trace: what each process did with a sampled part of the log's entries, and when.

Which entries are sampled follows from their ids alone, so that every process decides alike and nobody has to look
anything up. Steps are kept in Redis for TRACE_KEPT_S, best effort: they are gathered in memory and written by a thread
of their own a few times a second, and nothing waits for them. What is certain about an entry is in the database; the
trace says how it travelled (`messaging.selectors.trace` puts both together).
"""

import atexit
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec
from django.conf import settings

from core.ids import log_id, split_log_id
from core.redis import Redis, best_effort
from messaging.records import Push
from messaging.services.batch import Outgoing, Pending

ACCEPTED: Final = "accepted"
STORED: Final = "stored"
PUBLISHED: Final = "published"
QUEUED: Final = "queued"
FANNED_OUT: Final = "fanned-out"
PUSHED: Final = "pushed"
ACKNOWLEDGED: Final = "acknowledged"
RECEIVED: Final = "received"
READ: Final = "read"

MAX_NAMED: Final = 50
"""Users named in one step; where there are more, they are only counted."""
MAX_STEPS: Final = 500
WRITE_EVERY_S: Final = 0.25
_MAX_WAITING: Final = 20_000
# 2^16 divided by the golden ratio spreads the seqs of a log; another odd number sets the logs apart from each other.
_SEQ_MIX: Final = 0x9E37
_LOG_MIX: Final = 0x85EB
_LOW: Final = 0xFFFF


class Step(msgspec.Struct, frozen=True, array_like=True):
    """One thing that happened to an entry, in milliseconds since 1970 by the clock of `process`.

    `gateway` is where it went or came from. `count`: the commands of the batch (stored), users (published, fanned out),
    sockets (pushed). `users` names those concerned, where they are no more than MAX_NAMED.
    """

    name: str
    at_ms: int
    process: str
    gateway: str = ""
    count: int = 0
    users: list[int] = []


class Sampler:
    """Which entries are traced: TRACE_SAMPLE of them, spread evenly over every log. `limit` is 0 where none is."""

    def __init__(self) -> None:
        self.limit: int = round(settings.TRACE_SAMPLE * (_LOW + 1))

    def takes(self, entry_id: int) -> bool:
        """Whether this one is."""
        conversation_id, seq = split_log_id(entry_id)
        return seq * _SEQ_MIX + conversation_id * _LOG_MIX & _LOW < self.limit


class Tracer:
    """What one publisher does: marks what is sampled, gathers where it goes, and notes it when that is done."""

    def __init__(self) -> None:
        self._sampler = Sampler()
        self._routes: list[tuple[str, list[int], Mapping[str, Collection[int]]]] = []

    def mark(self, outgoing: Iterable[Outgoing], pendings: Sequence[Pending]) -> None:
        """Marks the sampled ones, and notes that they were accepted and stored."""
        limit, has_marked = self._sampler.limit, False
        if not limit:
            return
        for item in outgoing:
            # As `Sampler.takes`, which would be called for every message.
            if item.seq and item.seq * _SEQ_MIX + item.conversation_id * _LOG_MIX & _LOW < limit:
                item.traced = log_id(item.conversation_id, item.seq)
                has_marked = True
        for pending in pendings if has_marked else ():
            if pending.outgoing is not None and pending.outgoing.traced:
                sent, entry_id = pending.item, pending.outgoing.traced
                note(entry_id, Step(ACCEPTED, sent.received_ms, sent.gateway_id, sent.gateway_id))
                note(entry_id, Step(STORED, now_ms(), process_name(), count=len(pendings)))

    def add_route(self, name: str, traced: Sequence[int], placed: Mapping[str, Collection[int]]) -> None:
        """These entries are on their way to these users, by gateway; none where nobody is online, or who they are is
        for others to find."""
        if traced:
            self._routes.append((name, list(traced), placed))

    def finish(self) -> None:
        """What was added is confirmed by Kafka."""
        if not self._routes:
            return
        routes, self._routes = self._routes, []
        for name, traced, placed in routes:
            steps = [
                Step(name, now_ms(), process_name(), gateway_id, len(users), _named(users))
                for gateway_id, users in placed.items()
            ] or [Step(name, now_ms(), process_name())]
            for entry_id in traced:
                for step in steps:
                    note(entry_id, step)


def note_pushed(gateway_id: str, push: Push, users: Collection[int], sockets: int) -> None:
    """A gateway has written a traced push to so many sockets: of these users, or of whoever sent the command."""
    name = ACKNOWLEDGED if push.sockets else PUSHED
    step = Step(name, now_ms(), gateway_id, gateway_id, sockets, _named(users))
    for entry_id in push.trace:
        note(entry_id, step)


def note_positions(
    conversation_id: int, user_id: int, *, received: tuple[int, int] | None, read: tuple[int, int] | None
) -> None:
    """A member's positions have moved, each from a seq to another: notes the sampled entries in between, the newest
    MAX_NAMED of them at most."""
    sampler = Sampler()
    if not sampler.limit:
        return
    for name, moved in ((RECEIVED, received), (READ, read)):
        if moved is None:
            continue
        for seq in range(max(moved[0] + 1, moved[1] - MAX_NAMED + 1), moved[1] + 1):
            if sampler.takes(entry_id := log_id(conversation_id, seq)):
                note(entry_id, Step(name, now_ms(), process_name(), count=1, users=[user_id]))


def note(entry_id: int, step: Step) -> None:
    """Keeps a step. Cheap, never raises, may be called from any thread."""
    _recorder(os.getpid()).add(entry_id, step)


def read_steps(entry_id: int) -> list[Step] | None:
    """The steps of an entry, by their clocks; empty where it was not sampled or is too old, None without Redis."""
    values = best_effort(lambda client: client.lrange(_key(entry_id), 0, MAX_STEPS - 1))
    if not isinstance(values, list):
        return None
    steps = [_decoder.decode(value) for value in values if isinstance(value, bytes)]
    return sorted(steps, key=lambda step: step.at_ms)


def name_process(name: str) -> None:
    """What this process is called in its steps."""
    _Names.own = name


def process_name() -> str:
    """What this process is called: a gateway's id, or host and process id."""
    return _Names.own or _host_and_pid(os.getpid())


def flush() -> None:
    """Writes now what waits to be written."""
    _recorder(os.getpid()).write()


def now_ms() -> int:
    """This process's clock."""
    return time.time_ns() // 1_000_000


@lru_cache(maxsize=1)
def _host_and_pid(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}"


class _Names:
    own = ""


class _Recorder:
    """Steps on their way to Redis. The thread starts with the first one, and sleeps while there is none."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, Step]] = deque(maxlen=_MAX_WAITING)
        self._wake = threading.Event()
        self._starting = threading.Lock()
        self._writing = threading.Lock()
        self._thread: threading.Thread | None = None
        atexit.register(self.write)

    def add(self, entry_id: int, step: Step) -> None:
        self._waiting.append((entry_id, step))
        if not self._wake.is_set():
            self._wake.set()
            if self._thread is None:
                self._start()

    def write(self) -> None:
        """One pipeline for everything; what Redis does not take is lost."""
        by_entry: dict[int, list[bytes]] = {}
        with self._writing:
            for entry_id, step in self._take():
                by_entry.setdefault(entry_id, []).append(_encoder.encode(step))
        if by_entry:
            best_effort(lambda client: _append(client, by_entry))

    def _take(self) -> list[tuple[int, Step]]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="tracing", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while self._wake.wait():
            time.sleep(WRITE_EVERY_S)
            self._wake.clear()
            self.write()


def _append(client: Redis, by_entry: Mapping[int, Sequence[bytes]]) -> bool:
    pipeline = client.pipeline(transaction=False)
    for entry_id, values in by_entry.items():
        key = _key(entry_id)
        pipeline.rpush(key, *values[:MAX_STEPS])
        pipeline.expire(key, settings.TRACE_KEPT_S)
    pipeline.execute()
    return True


@lru_cache(maxsize=1)
def _recorder(_pid: int) -> _Recorder:
    """The process's own: a forked child begins with an empty one."""
    return _Recorder()


def _named(users: Collection[int]) -> list[int]:
    return list(users) if len(users) <= MAX_NAMED else []


def _key(entry_id: int) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}trace:{entry_id}"


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Step)
