"""Large groups on this gateway: who of the users connected here is in which, so that a push names the group alone.

A push to a group (`Push.conversation`, `Push.seq`) is for the members who may see the log at that seq. The gateway
keeps an index for each group that is spoken to: the connected members and the first seq that each may see. Nobody looks
up members for a message: what it costs grows with who is online, not with how many belong to the group.

How an index stays right. A worker tells every gateway of each change of members of a large group (`Push.seats`, with
the seq of its event), in log order, and has Kafka confirm that before it hands on anything that is later in the log. So
a gateway that reads a message of seq s has read every change below s, or has missed records and knows it. From this:

- A change that comes later than messages stored after it: cannot be, see above.
- A message that comes later than changes stored after it (it took the way through Celery): who has left meanwhile does
  not get it, who came meanwhile gets it where their history begins at or before it.
- A change that is told again (a worker died before it had noted that it was told): its seq is not above the index's,
  and it is ignored; otherwise who joined, then left, would be let in again.
- The first push to a group: it waits, in order with those after it, until the members have been read from the
  database. Changes that come meanwhile wait too, and those above the seq that was read are applied before the waiting
  pushes go out. The seq is read before the members, so a change may be applied to members who show it already, or show
  a later one; then the later one is still to come, before any message after it.
- A user connects: `ready` waits until their seats have been read, so nothing stored after it passes by. A change that
  comes while they are read is newer than what was read about the people whom it names. Reading is done by one task, a
  round at a time, so an index is never read at two moments at once.
- A user disconnects, and comes back while a round that had begun for them is under way: they wait for the next one.
- A group shrinks to a size at which members are listed: the change that did it says so and the index is dropped; an
  index that is read at such a size serves who waits and is dropped too. So no index lives on untold.
- A group is dissolved: the index is dropped, and there are no members to read.
- Records may have been missed (a lost broker, an offset that is gone): all indexes are dropped. The next push reads
  anew; what waited waits on.
- The database is away: pushes wait, up to MAX_WAITING_BYTES a group; beyond that they are dropped, and the members here
  are told to resync as soon as it is known who they are. `ready` waits for a second, then a `resync` follows.

An index that nothing was pushed to for IDLE_S is dropped. The world room has none: everyone is in it.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from core.logs import get_logger
from messaging import frames
from messaging.framing import frame_text
from messaging.gateway.hub import Hub
from messaging.gateway.threads import Threads
from messaging.records import Push, SeatChange
from messaging.selectors.seats import GroupSeats, UserSeat, list_user_seats, read_group_seats

IDLE_S: Final = 600.0
MAX_WAITING_BYTES: Final = 4 * 1024 * 1024
RETRY_S: Final = 0.1
MAX_RETRY_S: Final = 2.0
log = get_logger(__name__)


@dataclass(slots=True)
class _Index:
    """The members of one group who are connected here, by the first seq that they may see, as of `seq`."""

    conversation_id: int
    spoken_to_at: float
    seats: dict[int, int] = field(default_factory=dict)
    seq: int = 0
    is_loaded: bool = False
    is_kept: bool = True
    changes: list[tuple[int, SeatChange]] = field(default_factory=list)
    waiting: list[Push] = field(default_factory=list)
    waiting_bytes: int = 0
    has_dropped: bool = False


@dataclass(slots=True)
class _Round:
    """Users who have connected and whose seats are read together. `touched` are the (group, user) pairs that a change
    has named since the reading began."""

    done: "asyncio.Future[None]"
    users: set[int] = field(default_factory=set)
    touched: set[tuple[int, int]] = field(default_factory=set)


class _Found(NamedTuple):
    groups: dict[int, GroupSeats]
    seats: list[UserSeat]


class LargeGroups:
    """The indexes of this gateway. Everything happens on the event loop but the reading of the database."""

    def __init__(self, hub: Hub, threads: Threads) -> None:
        self._hub = hub
        self._threads = threads
        self._loop = asyncio.get_running_loop()
        self._indexes: dict[int, _Index] = {}
        self._next = _Round(self._loop.create_future())
        self._reading: _Round | None = None
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._indexes)

    def count_seats(self) -> int:
        """How many members the indexes hold in all. Only reads, so that any thread may ask."""
        return sum(len(index.seats) for index in list(self._indexes.values()))

    # --- Pushes -----------------------------------------------------------------------------------------------------
    def take(self, push: Push) -> None:
        """Queue a push for the group's members here, now or when they are known; or follow a change of members."""
        index = self._indexes.get(push.conversation)
        if push.seats is not None:
            if index is not None:
                self._note_change(index, push.seq, push.seats)
            return
        if index is None:
            if not len(self._hub):
                return
            index = self._indexes[push.conversation] = _Index(push.conversation, self._loop.time())
            self._wake()
        index.spoken_to_at = self._loop.time()
        if index.is_loaded:
            self._deliver(index, push)
        else:
            self._let_wait(index, push)

    def seat(self, user_id: int, *, is_first: bool) -> "asyncio.Future[None] | None":
        """A connection of the user has registered: what to wait for until pushes to groups reach it, None for nothing.

        `is_first`: the user had no other connection here.
        """
        for batch in (self._reading, self._next):
            if batch is not None and user_id in batch.users:
                return batch.done
        if not is_first or not self._indexes:
            return None
        self._next.users.add(user_id)
        self._wake()
        return self._next.done

    def leave(self, user_id: int) -> None:
        """The user's last connection here has ended."""
        self._next.users.discard(user_id)
        if self._reading is not None:
            self._reading.users.discard(user_id)
        for index in self._indexes.values():
            index.seats.pop(user_id, None)

    def forget_all(self) -> None:
        """Changes may have been missed: no index holds any more. What waits for one waits for the next."""
        indexes, self._indexes = self._indexes, {}
        for conversation_id, index in indexes.items():
            if not index.is_loaded:
                self._indexes[conversation_id] = _Index(
                    conversation_id,
                    index.spoken_to_at,
                    waiting=index.waiting,
                    waiting_bytes=index.waiting_bytes,
                    has_dropped=index.has_dropped,
                )

    def sweep(self) -> None:
        """Drop the indexes of groups that nothing was pushed to for IDLE_S."""
        before = self._loop.time() - IDLE_S
        idle = [key for key, index in self._indexes.items() if index.spoken_to_at < before and index.is_loaded]
        for conversation_id in idle:
            del self._indexes[conversation_id]

    def close(self) -> None:
        """Read nothing more."""
        if self._task is not None:
            self._task.cancel()

    # --- Inside -----------------------------------------------------------------------------------------------------
    def _deliver(self, index: _Index, push: Push) -> None:
        seq = push.seq
        self._hub.push_to([user_id for user_id, first in index.seats.items() if first <= seq], push)

    def _let_wait(self, index: _Index, push: Push) -> None:
        if index.waiting_bytes + len(push.framed) > MAX_WAITING_BYTES:
            index.waiting.clear()
            index.waiting_bytes = 0
            index.has_dropped = True
        index.waiting.append(push)
        index.waiting_bytes += len(push.framed)

    def _note_change(self, index: _Index, seq: int, change: SeatChange) -> None:
        if not index.is_loaded:
            index.changes.append((seq, change))
            return
        self._apply(index, seq, change)
        if not index.is_kept:
            del self._indexes[index.conversation_id]

    def _apply(self, index: _Index, seq: int, change: SeatChange) -> None:
        index.is_kept &= change.is_large
        if seq <= index.seq:
            return
        index.seq = seq
        for user_id in change.left:
            index.seats.pop(user_id, None)
        for user_id in change.joined:
            if self._hub.has_user(user_id):
                index.seats[user_id] = change.visible_from
        if self._reading is not None:
            named = (*change.left, *change.joined)
            self._reading.touched.update((index.conversation_id, user_id) for user_id in named)

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._read())

    async def _read(self) -> None:
        """Round after round, until there is nothing to read. An unfinished round is tried again for as long as the
        database is away."""
        retry_s = RETRY_S
        while self._next.users or self._reading is not None or self._unloaded():
            if self._reading is None:
                self._reading, self._next = self._next, _Round(self._loop.create_future())
            new = self._unloaded()
            known = {key: index for key, index in self._indexes.items() if index.is_loaded}
            everyone = self._hub.users() if new else []
            try:
                found = await self._threads.run(_find, list(new), everyone, list(known), list(self._reading.users))
            except Exception as exc:  # noqa: BLE001 -- the database is away; what waits for it goes on waiting
                log.warning("the members of large groups cannot be read", groups=len(new), error=repr(exc)[:200])
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, MAX_RETRY_S)
                continue
            retry_s = RETRY_S
            self._finish_round(self._reading, found, new, known)

    def _unloaded(self) -> dict[int, _Index]:
        return {key: index for key, index in self._indexes.items() if not index.is_loaded}

    def _finish_round(self, batch: _Round, found: _Found, new: dict[int, _Index], known: dict[int, _Index]) -> None:
        for conversation_id, user_id, first in found.seats:
            if user_id in batch.users and (conversation_id, user_id) not in batch.touched:
                known[conversation_id].seats[user_id] = first
        for conversation_id, index in new.items():
            if self._indexes.get(conversation_id) is index:
                self._finish_load(index, found.groups[conversation_id])
        self._reading = None
        batch.done.set_result(None)
        self._hub.flush()

    def _finish_load(self, index: _Index, found: GroupSeats) -> None:
        """The members are known: first what has changed meanwhile, then what waits for them."""
        index.seats = {user_id: first for user_id, first in found.visible_from.items() if self._hub.has_user(user_id)}
        index.seq, index.is_kept, index.is_loaded = found.as_of_seq, found.is_large, True
        for seq, change in index.changes:
            self._apply(index, seq, change)
        if index.has_dropped:
            log.warning("pushes to a large group were dropped", conversation_id=index.conversation_id)
            resync = frame_text(frames.encode(frames.Resync(reason="large_group_backlog")))
            self._hub.push_to(index.seats, Push(resync))
        for push in index.waiting:
            self._deliver(index, push)
        index.changes, index.waiting = [], []
        if not index.is_kept:
            del self._indexes[index.conversation_id]


def _find(new: list[int], everyone: list[int], known: list[int], newcomers: Collection[int]) -> _Found:
    """In a thread: all members here of the groups that are new, and the newcomers' seats in those that are known."""
    groups = {conversation_id: read_group_seats(conversation_id, everyone) for conversation_id in new}
    return _Found(groups, list_user_seats(known, newcomers) if newcomers else [])
