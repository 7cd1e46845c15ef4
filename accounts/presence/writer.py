"""The gateway's side of presence: keeps `user_session` equal to who has sockets here, whatever happens to Redis.

Everything is done by one task, so that writes never overtake each other: changes are gathered while a write is on its
way and go together in one pipeline, and a refresh once a second states that the gateway lives, notices lost epochs and
writes the users of one shard anew, so that even a silent loss is mended within SHARDS seconds.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from hashlib import sha1
from typing import Any, Final

from accounts.presence import keys
from accounts.presence.keys import SHARDS
from core.logs import get_logger
from core.metrics import counters
from core.redis import NoScriptError, new_async_redis

REFRESH_S: Final = 1.0
_CHUNK: Final = 2000
_RETRY_S: Final = 0.5
Change = tuple[int, bool]
"""A user, and whether they are online now, on any gateway."""
log = get_logger(__name__)


class PresenceWriter:
    """Presence of one boot of one gateway. `on_changes` hears who came online or went offline altogether; `on_lapse`
    that others may have taken this gateway for dead, so that pushes may have passed it by."""

    def __init__(
        self,
        gateway_id: str,
        boot: str,
        *,
        on_changes: Callable[[list[Change]], None] = lambda changes: None,
        on_lapse: Callable[[], None] = lambda: None,
    ) -> None:
        keys.check_gateway_id(gateway_id)
        self.gateway_id = gateway_id
        self.boot = boot
        self._entry = f"{gateway_id}:{boot}"
        self._on_changes = on_changes
        self._on_lapse = on_lapse
        self._redis = new_async_redis()
        self._users: set[int] = set()
        self._written: set[int] = set()
        self._dirty: set[int] = set()
        self._waiters: dict[int, asyncio.Future[None]] = {}
        self._epochs = [keys.NO_EPOCH] * SHARDS
        self._wakeup = asyncio.Event()
        self._refresh_at = 0.0
        self._seen_at = time.monotonic()
        self._turn = 0
        self._task: asyncio.Task[None] | None = None
        self.is_failing = False

    async def start(self) -> None:
        """State that the gateway is there; without Redis, go on trying in the background."""
        await self._step()
        self._task = asyncio.get_running_loop().create_task(self._run())

    def add(self, user_id: int) -> "asyncio.Future[None] | None":
        """The user has a socket here. None when that is written already, else a future that ends when it is."""
        self._users.add(user_id)
        if user_id in self._written:
            return None
        waiter = self._waiters.get(user_id)
        if waiter is None:
            waiter = self._waiters[user_id] = asyncio.get_running_loop().create_future()
        self._dirty.add(user_id)
        self._wakeup.set()
        return waiter

    def remove(self, user_id: int) -> None:
        """The user has no socket here any more."""
        self._users.discard(user_id)
        self._written.discard(user_id)
        self._dirty.add(user_id)
        self._wakeup.set()

    async def stop(self, timeout_s: float = 2.0) -> None:
        """Take everybody and the gateway out, as far as Redis answers within `timeout_s`."""
        if self._task is not None:
            self._task.cancel()
        try:
            async with asyncio.timeout(timeout_s):
                await self._leave()
                await self._redis.aclose()
        except Exception as exc:  # noqa: BLE001 -- nothing is lost by leaving without a word
            log.warning("presence was left behind; it lapses by itself", error=type(exc).__name__)

    # --- The one task -----------------------------------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            if self.is_failing:
                await asyncio.sleep(_RETRY_S)
            else:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, self._refresh_at - time.monotonic())):
                        await self._wakeup.wait()
            await self._step()

    async def _step(self) -> None:
        try:
            if time.monotonic() >= self._refresh_at or self.is_failing:
                await self._refresh()
            self._wakeup.clear()
            while self._dirty:
                await self._flush()
            self.is_failing = False
        except Exception as exc:  # noqa: BLE001 -- the edge of the loop; uvloop says RuntimeError of a reset connection
            counters.presence_failures += 1
            if not self.is_failing:
                log.warning("presence cannot be written", error=type(exc).__name__)
            self.is_failing = True

    async def _flush(self) -> None:
        """Write all changes that are known now, in one pipeline. What fails is tried again."""
        batch, self._dirty = self._dirty, set()
        adds = [user_id for user_id in batch if user_id in self._users]
        removes = [user_id for user_id in batch if user_id not in self._users]
        try:
            changes = await self._write(adds, removes)
        except BaseException:
            self._dirty |= batch
            raise
        for user_id in adds:
            if user_id in self._users:
                self._written.add(user_id)
            waiter = self._waiters.pop(user_id, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(None)
        if changes:
            self._on_changes(changes)

    async def _write(self, adds: Iterable[int], removes: Iterable[int]) -> list[Change]:
        add_calls = [(shard, self._add_args(ids)) for shard, ids in _by_shard(adds)]
        remove_calls = [(shard, [self._entry, *ids]) for shard, ids in _by_shard(removes)]
        answers = await self._call(
            [(keys.ADD, *call) for call in add_calls] + [(keys.REMOVE, *call) for call in remove_calls]
        )
        changes: list[Change] = []
        for (shard, _), (epoch, *came) in zip(add_calls, answers, strict=False):
            if epoch.decode() != self._epochs[shard]:
                self._refresh_at = 0.0
                self._wakeup.set()
            changes += [(int(user_id), True) for user_id in came]
        for gone in answers[len(add_calls) :]:
            changes += [(int(user_id), False) for user_id in gone]
        return changes

    async def _refresh(self) -> None:
        """Say that the gateway lives, and under which epochs its users are written, after making that true."""
        has_lapsed = time.monotonic() - self._seen_at > keys.LIVENESS_TTL_S
        if has_lapsed:
            # Our entries may have been taken for those of a dead gateway, and removed.
            self._epochs = [keys.NO_EPOCH] * SHARDS
        self._turn = (self._turn + 1) % SHARDS
        groups = dict(_by_shard(self._written))
        empty: list[str] = []
        calls = [(shard, groups.get(shard, empty) if shard == self._turn else empty) for shard in range(SHARDS)]
        epochs = [self._epochs[shard] for shard in range(SHARDS)]
        found = await self._write_shards(calls)
        lost = [shard for shard in range(SHARDS) if found[shard] != epochs[shard]]
        again = await self._write_shards([(shard, groups.get(shard, empty)) for shard in lost])
        for shard in lost:
            # Another flush in between: the next refresh sees to it.
            epochs[shard] = found[shard] if again[shard] == found[shard] else keys.NO_EPOCH
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(keys.gateway_key(self.gateway_id), keys.encode_state(self.boot, epochs), ex=keys.LIVENESS_TTL_S)
            pipe.sadd(keys.gateways_key(), self.gateway_id)
            await pipe.execute()
        self._epochs = epochs
        self._seen_at = time.monotonic()
        self._refresh_at = self._seen_at + REFRESH_S
        if has_lapsed:
            self._on_lapse()

    async def _write_shards(self, groups: list[tuple[int, list[str]]]) -> dict[int, str]:
        """Write these users; the epoch of each shard."""
        calls = [(shard, ids[at : at + _CHUNK]) for shard, ids in groups for at in range(0, len(ids) or 1, _CHUNK)]
        answers = await self._call([(keys.ADD, shard, self._add_args(ids)) for shard, ids in calls])
        return {shard: answer[0].decode() for (shard, _), answer in zip(calls, answers, strict=True)}

    def _add_args(self, ids: list[str]) -> list[str]:
        return [self._entry, f"{self.gateway_id}:", secrets.token_hex(4), *ids]

    async def _call(self, calls: "list[tuple[str, int, list[str]]]") -> list[Any]:
        """Run scripts, each on one shard, in one round trip."""
        if not calls:
            return []
        try:
            return await self._pipeline(calls)
        except NoScriptError:
            for source in (keys.ADD, keys.REMOVE):
                await self._redis.script_load(source)
            return await self._pipeline(calls)

    async def _pipeline(self, calls: "list[tuple[str, int, list[str]]]") -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipe:
            for source, shard, args in calls:
                pipe.evalsha(_sha(source), 1, keys.shard_key(shard), *args)
            return await pipe.execute()

    async def _leave(self) -> None:
        users, self._users = self._users | self._dirty, set()
        self._dirty = users
        while self._dirty:
            await self._flush()
        if await self._redis.eval(keys.RELEASE, 1, keys.gateway_key(self.gateway_id), self.boot):
            await self._redis.srem(keys.gateways_key(), self.gateway_id)


def _by_shard(user_ids: Iterable[int]) -> list[tuple[int, list[str]]]:
    groups: dict[int, list[str]] = {}
    for user_id in user_ids:
        groups.setdefault(user_id % SHARDS, []).append(str(user_id))
    return list(groups.items())


def _sha(source: str) -> str:
    return sha1(source.encode(), usedforsecurity=False).hexdigest()
