"""The worker's side of presence: on which gateways a list of users is, in one round trip.

The answer may name a gateway too many, never one too few: where Redis is away, or a shard's epoch is not the one under
which a gateway says that it has written its users, that gateway gets everybody. For a while after a flush, when not
every gateway has written itself back, each that has a downstream topic counts as such a one.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from accounts.presence import keys
from accounts.presence.keys import SHARDS, GatewayState
from core.kafka import topics
from core.kafka.port import KafkaError
from core.logs import get_logger
from core.redis import Script, best_effort

REFRESH_S: Final = 0.5
_SWEEP_S: Final = 5.0
_TOPICS_S: Final = 10.0
_MAX_PARSED: Final = 10_000
_MAX_SUSPECTS: Final = 5_000
_REMOVE: Final = Script(keys.REMOVE)
log = get_logger(__name__)


_UNSEEN: Final = GatewayState("", (keys.NO_EPOCH.encode(),) * SHARDS)
"""Of a gateway that has a topic and no key: for all that is known it holds everybody."""


class _Known(msgspec.Struct):
    """A gateway that may have sockets; `seen_at` is when its liveness key was last there."""

    state: GatewayState
    seen_at: float


class _Entry(msgspec.Struct, frozen=True, gc=False):
    gateway_id: str
    boot: str


class Directory:
    """Where users are. One a thread: it remembers the gateways between calls."""

    def __init__(self, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._known: dict[str, _Known] = {}
        self._refreshed_at = float("-inf")
        self._swept_at = float("-inf")
        self._parsed: dict[bytes, tuple[_Entry, ...]] = {}
        self._suspects: set[tuple[int, _Entry]] = set()
        self._dead: dict[_Entry, float] = {}
        self._topics: list[str] = []
        self._topics_at = float("-inf")
        self._is_blind = False
        self._is_young = False

    def locate(self, user_ids: Sequence[int]) -> dict[str, list[int]]:
        """For each gateway the users that it may hold sockets of. Never raises.

        One pipelined round trip, and two more now and then (twice a second at most) to look at the gateways themselves.
        """
        shards: defaultdict[int, list[int]] = defaultdict(list)
        for user_id in user_ids:
            shards[user_id % SHARDS].append(user_id)
        if self._is_due() and not self._look_around():
            return self._everywhere(user_ids)
        answers = best_effort(lambda client: _read(client, shards))
        if answers is None:
            return self._everywhere(user_ids)
        found: defaultdict[str, list[int]] = defaultdict(list)
        for (shard, ids), (epoch, *values) in zip(shards.items(), answers, strict=True):
            self._place(found, shard, ids, epoch, values)
        return found

    def live_gateways(self) -> list[str]:
        """All gateways that may hold sockets."""
        if self._is_due() and not self._look_around():
            return self._fallback()
        return list(self._known)

    def list_online(self, user_ids: Sequence[int]) -> dict[int, bool]:
        """Whether each user has a socket on a gateway that lives; False for all while Redis is away."""
        shards: defaultdict[int, list[int]] = defaultdict(list)
        for user_id in user_ids:
            shards[user_id % SHARDS].append(user_id)
        online = dict.fromkeys(user_ids, False)
        if self._is_due() and not self._refresh():
            return online
        answers = best_effort(lambda client: _read(client, shards))
        if answers is None:
            return online
        for ids, (_epoch, *values) in zip(shards.values(), answers, strict=True):
            for user_id, value in zip(ids, values, strict=True):
                online[user_id] = any(self._lives(entry) for entry in self._parse(value)) if value else False
        return online

    # --- Entries ----------------------------------------------------------------------------------------------------
    def _place(
        self, found: dict[str, list[int]], shard: int, ids: list[int], epoch: bytes | None, values: list[bytes | None]
    ) -> None:
        everybody = {
            gateway_id
            for gateway_id, known in self._known.items()
            if epoch is None or known.state.epochs[shard] != epoch
        }
        for gateway_id in everybody:
            found[gateway_id].extend(ids)
        for user_id, value in zip(ids, values, strict=True):
            if value is None:
                continue
            for entry in self._parse(value):
                gateway_id = entry.gateway_id
                if gateway_id in everybody:
                    continue
                known = self._known.get(gateway_id) or self._find(entry)
                if known is not None:
                    found[gateway_id].append(user_id)
                if (known is None or known.state.boot != entry.boot) and len(self._suspects) < _MAX_SUSPECTS:
                    self._suspects.add((user_id, entry))

    def _parse(self, value: bytes) -> tuple[_Entry, ...]:
        entries = self._parsed.get(value)
        if entries is None:
            if len(self._parsed) >= _MAX_PARSED:
                self._parsed.clear()
            parts = (text.rpartition(":") for text in value.decode().split(","))
            entries = self._parsed[value] = tuple(_Entry(gateway_id, boot) for gateway_id, _, boot in parts)
        return entries

    def _lives(self, entry: _Entry) -> bool:
        known = self._known.get(entry.gateway_id) or self._find(entry)
        return known is not None and known.state.boot == entry.boot

    # --- Gateways ---------------------------------------------------------------------------------------------------
    def _is_due(self) -> bool:
        return self._now() - self._refreshed_at > REFRESH_S

    def _look_around(self) -> bool:
        """As `_refresh`; and where Redis has been flushed not long ago, who has a topic may live."""
        if not self._refresh():
            return False
        if self._is_young:
            for gateway_id in self._fallback():
                self._known.setdefault(gateway_id, _Known(_UNSEEN, self._now()))
        return True

    def _refresh(self) -> bool:
        """Look at every gateway's liveness key. False, and nothing learnt, while Redis is away."""
        states = best_effort(lambda client: _read_gateways(client, self._known))
        self._is_young = bool(best_effort(_is_young))
        now = self._now()
        if states is None:
            self._is_blind = True
            return False
        if self._is_blind:
            # Nobody could be seen meanwhile, so nobody is taken for dead yet.
            self._is_blind = False
            for known in self._known.values():
                known.seen_at = now
        self._refreshed_at = now
        for gateway_id, state in states.items():
            self._note(gateway_id, state, now)
        if self._suspects and now - self._swept_at > _SWEEP_S:
            self._swept_at = now
            self._remove_stale()
        return True

    def _note(self, gateway_id: str, state: GatewayState | None, now: float) -> _Known | None:
        known = self._known.get(gateway_id)
        if state is not None:
            known = self._known[gateway_id] = _Known(state, now)
        elif known is not None and now - known.seen_at > keys.LIVENESS_TTL_S:
            log.info("a gateway is gone", gateway_id=gateway_id)
            del self._known[gateway_id]
            known = None
        return known

    def _find(self, entry: _Entry) -> _Known | None:
        """The gateway of an entry, when it is not known: it may have come a moment ago. A dead boot stays dead, so the
        answer "nobody" is kept for a while."""
        now = self._now()
        if now - self._dead.get(entry, float("-inf")) < _SWEEP_S:
            return None
        states = best_effort(lambda client: _read_gateways(client, [entry.gateway_id], discover=False))
        known = self._note(entry.gateway_id, (states or {}).get(entry.gateway_id), now)
        if known is None and states is not None:
            if len(self._dead) > _MAX_PARSED:
                self._dead.clear()
            self._dead[entry] = now
        return known

    def _remove_stale(self) -> None:
        """Take out entries of dead boots. The liveness keys were read after the entries, and a boot writes its key
        before its first entry, so an entry of another boot than the key's is of a dead one."""
        suspects, self._suspects = self._suspects, set()
        by_call: defaultdict[tuple[int, _Entry], list[int]] = defaultdict(list)
        for user_id, entry in suspects:
            known = self._known.get(entry.gateway_id)
            if known is None or known.state.boot != entry.boot:
                by_call[user_id % SHARDS, entry].append(user_id)
        for (shard, entry), ids in by_call.items():
            args = [f"{entry.gateway_id}:{entry.boot}", *map(str, ids)]
            best_effort(lambda _client, shard=shard, args=args: _REMOVE.run([keys.shard_key(shard)], args))  # type: ignore[misc]

    # --- Without Redis ----------------------------------------------------------------------------------------------
    def _everywhere(self, user_ids: Sequence[int]) -> dict[str, list[int]]:
        self._is_blind = True
        return {gateway_id: list(user_ids) for gateway_id in self._fallback()}

    def _fallback(self) -> list[str]:
        """Who is known, and who has a downstream topic: a gateway may have started since Redis went away."""
        now = self._now()
        if now - self._topics_at > _TOPICS_S:
            self._topics_at = now
            try:
                self._topics = topics.list_downstream_gateways()
            except KafkaError as exc:
                log.warning("downstream topics cannot be listed", error=str(exc))
        return list(dict.fromkeys([*self._known, *self._topics]))


_local = threading.local()


def list_online(user_ids: Sequence[int]) -> dict[int, bool]:
    """Whether each of these users has a socket now; False for all while Redis is away. For any thread."""
    directory = getattr(_local, "directory", None)
    if directory is None:
        directory = _local.directory = Directory()
    return directory.list_online(user_ids)


def _is_young(client: Any) -> bool:
    """Whether Redis has held this for less than a liveness key lives: since a flush somebody has looked for the first
    time, and gateways may not have written themselves back. By the clock of Redis: those of its clients may differ."""
    key, now_s = keys.since_key(), int(client.time()[0])
    client.set(key, now_s, nx=True)
    return now_s - int(client.get(key) or now_s) < keys.LIVENESS_TTL_S


def _read(client: Any, shards: dict[int, list[int]]) -> list[list[bytes | None]]:
    """For each shard its epoch and the values of its users."""
    pipe = client.pipeline(transaction=False)
    for shard, ids in shards.items():
        pipe.hmget(keys.shard_key(shard), [keys.EPOCH_FIELD, *ids])
    answers: list[list[bytes | None]] = pipe.execute()
    return answers


def _read_gateways(client: Any, known: Iterable[str], *, discover: bool = True) -> dict[str, GatewayState | None]:
    """The states of the gateways in `known` and, with `discover`, of all that have ever registered."""
    ids = (
        list(dict.fromkeys([*known, *(member.decode() for member in client.smembers(keys.gateways_key()))]))
        if discover
        else list(known)
    )
    pipe = client.pipeline(transaction=False)
    for gateway_id in ids:
        pipe.get(keys.gateway_key(gateway_id))
    values = pipe.execute()
    return {
        gateway_id: keys.decode_state(value) if value else None for gateway_id, value in zip(ids, values, strict=True)
    }
