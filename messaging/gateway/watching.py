"""Online status: who watches whom here, what this gateway announces, and when people were last seen."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q

from accounts.models import Block, Friendship, User
from accounts.presence import Change, list_online
from accounts.selectors import list_visible_last_seen
from core import clock
from core.clock import to_wire
from core.logs import get_logger
from core.moments import atell_gateways
from messaging import frames
from messaging.gateway.connection import Connection
from messaging.gateway.hub import Hub
from messaging.gateway.threads import Threads
from messaging.models import ConversationKind, Member

GATHER_S: Final = 0.5
_CHUNK: Final = 1000
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When someone was last seen (as on the wire; None: never), and whether their privacy lets the watcher know it."""

    is_shown: bool
    at: str | None


def list_watchable(user_id: int, others: Sequence[int]) -> dict[int, LastSeen]:
    """Of `others` the friends and those who share a conversation with the user (the world room is none), but nobody who
    has blocked the user; each with the time they were last seen. Three queries, and two for the times."""
    friends = Friendship.objects.filter(user_id=user_id, friend_id__in=others).values_list("friend_id", flat=True)
    mine = Member.objects.filter(user_id=user_id, left_at=None, conversation__dissolved_at=None)
    shared = Member.objects.filter(
        ~Q(conversation__kind=ConversationKind.WORLD),
        user_id__in=others,
        left_at=None,
        conversation_id__in=mine.values("conversation_id"),
    )
    blockers = Block.objects.filter(blocker_id__in=others, blocked_id=user_id).values_list("blocker_id", flat=True)
    allowed = {*friends, *shared.values_list("user_id", flat=True).distinct()} - {*blockers} | ({user_id} & set(others))
    users = list(User.objects.filter(pk__in=allowed, is_active=True))
    shown = list_visible_last_seen(user_id, users)
    return {
        user.pk: LastSeen(user.pk in shown, to_wire(shown[user.pk]) if shown.get(user.pk) else None) for user in users
    }


class Watching:
    """Who among this gateway's sockets watches whom."""

    def __init__(self, hub: Hub, threads: Threads) -> None:
        self._hub = hub
        self._threads = threads
        # By person watched; True where their privacy let the watcher know, on subscribing, when they were last seen.
        self._watchers: dict[int, dict[Connection, bool]] = {}

    async def subscribe(self, connection: Connection, user_ids: Sequence[int]) -> None:
        """Replace what the connection watches; it gets each permitted person's status now, and then every change."""
        seen_at, online = await self._threads.run(_look, connection.user_id, user_ids)
        if connection.socket.is_closed():
            return
        self.forget(connection)
        connection.watching = tuple(seen_at)
        for user_id, seen in seen_at.items():
            self._watchers.setdefault(user_id, {})[connection] = seen.is_shown
            is_online = online[user_id]
            self._hub.queue(connection, _status(user_id, is_online, None if is_online else seen.at))
        self._hub.flush()

    def forget(self, connection: Connection) -> None:
        """The connection watches nobody any more."""
        for user_id in connection.watching:
            watchers = self._watchers.get(user_id)
            if watchers is not None:
                watchers.pop(connection, None)
                if not watchers:
                    del self._watchers[user_id]
        connection.watching = ()

    def note_changes(self, changes: Iterable[Sequence[Any]]) -> None:
        """`[user_id, online, last_seen_at | None]` of people who came or went, on any gateway."""
        for user_id, is_online, seen_at in changes:
            for connection, is_shown in self._watchers.get(user_id, {}).items():
                self._hub.queue(connection, _status(user_id, is_online, seen_at if is_shown else None))
        self._hub.flush()


class Announcer:
    """Gathers who came and went, tells all gateways twice a second, and writes when people were last seen."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._changes: dict[int, bool] = {}
        self._left: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def note_changes(self, changes: list[Change]) -> None:
        """People who came online or went offline altogether; who does both within the same half second did the last."""
        self._changes.update(changes)
        self._wake()

    def note_left(self, user_id: int) -> None:
        """The user's last socket here has closed."""
        self._left.add(user_id)
        self._wake()

    async def close(self) -> None:
        """Announce and write what is left."""
        if self._task is not None:
            self._task.cancel()
        await self._flush()

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        while self._changes or self._left:
            await asyncio.sleep(GATHER_S)
            await self._flush()

    async def _flush(self) -> None:
        changes, self._changes = self._changes, {}
        left, self._left = self._left, set()
        if left:
            try:
                await self._threads.run(_write_last_seen, list(left))
            except Exception:  # the database is away; nothing depends on this time
                log.exception("last-seen times were not written", users=len(left))
        if changes:
            now = to_wire(clock.now())
            rows = [[user_id, is_online, None if is_online else now] for user_id, is_online in changes.items()]
            await atell_gateways({"type": "presence.changed", "changes": rows})


def _look(user_id: int, others: Sequence[int]) -> tuple[dict[int, LastSeen], dict[int, bool]]:
    seen_at = list_watchable(user_id, others)
    return seen_at, list_online(list(seen_at))


def _write_last_seen(user_ids: list[int]) -> None:
    now = clock.now()
    for at in range(0, len(user_ids), _CHUNK):
        User.objects.filter(pk__in=user_ids[at : at + _CHUNK]).update(last_seen_at=now)


def _status(user_id: int, is_online: bool, seen_at: str | None) -> frames.OnlineStatus:
    return frames.OnlineStatus(user_id=str(user_id), online=is_online, last_seen_at=seen_at)
