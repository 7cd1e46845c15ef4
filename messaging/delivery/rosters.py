"""Who is in a conversation and what each may do, cached per `members_version` (flow 3: Redis `group_members:{id}`).

A roster is true for exactly one version. Whoever has read the version under the conversation's lock can therefore trust
a cache that carries the same number, in this process or in Redis, and needs the database only after a change.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Block
from core.redis import Redis, best_effort
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.store.rows import LockedConversation

_TTL_S = 24 * 3600
_LOCAL_ROSTERS = 20_000
MAX_TYPING_MEMBERS = 100


class Seat(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One member: role, end of a mute (epoch seconds, 0: none), first visible seq."""

    role: str
    muted_until_s: float
    visible_from: int


class Roster(msgspec.Struct, frozen=True, array_like=True):
    """The members of one conversation at one version; `blocks` are (blocker, blocked) pairs of a direct one."""

    version: int
    seats: dict[int, Seat]
    blocks: list[tuple[int, int]]


_decoder = msgspec.msgpack.Decoder(Roster)
_local: OrderedDict[int, Roster] = OrderedDict()


def cache_key(conversation_id: int) -> str:
    """The Redis key, with the hash tag that keeps a conversation's keys on one shard."""
    return f"{settings.KAFKA_TOPIC_PREFIX}group_members:{{{conversation_id}}}"


def get_rosters(conversations: Sequence[LockedConversation]) -> dict[int, Roster]:
    """The rosters of locked conversations. Large groups and the world room have none: see `find_seats`."""
    wanted = {row.id: row.members_version for row in conversations if has_roster(row)}
    found = _find_local(wanted)
    missing = {key: version for key, version in wanted.items() if key not in found}
    if missing:
        found |= _remember(_find_in_redis(missing))
        missing = {key: version for key, version in missing.items() if key not in found}
    if missing:
        loaded = _load(missing)
        _save_in_redis(loaded)
        found |= _remember(loaded)
    return found


def has_roster(row: LockedConversation) -> bool:
    """Whether the conversation is small enough that every message goes to a list of its members."""
    return row.kind != ConversationKind.WORLD and row.member_count <= settings.LARGE_GROUP_THRESHOLD


def find_seats(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Seat]:
    """The seats of these (conversation, user) pairs, from the database: for conversations without a roster."""
    by_conversation: defaultdict[int, list[int]] = defaultdict(list)
    for conversation_id, user_id in keys:
        by_conversation[conversation_id].append(user_id)
    return {
        (conversation_id, row[1]): _seat(row)
        for conversation_id, user_ids in by_conversation.items()
        for row in _member_rows([conversation_id]).filter(user_id__in=user_ids)
    }


def find_small_roster(conversation_id: int, *, max_members: int | None = None) -> Roster | None:
    """The roster of a conversation, for what is only of the moment (typing); None when it has too many for that, more
    than `max_members` or else MAX_TYPING_MEMBERS.

    One that does not exist has nobody in it.
    """
    row = (
        Conversation.objects.filter(pk=conversation_id, dissolved_at=None)
        .values_list("kind", "member_count", "members_version")
        .first()
    )
    if row is None:
        return Roster(0, {}, [])
    kind, count, version = row
    if kind == ConversationKind.WORLD or count > (max_members or MAX_TYPING_MEMBERS):
        return None
    wanted = {conversation_id: version}
    found = _find_local(wanted) or _find_in_redis(wanted) or _load(wanted)
    return found[conversation_id]


def _find_local(wanted: dict[int, int]) -> dict[int, Roster]:
    found = {}
    for conversation_id, version in wanted.items():
        roster = _local.get(conversation_id)
        if roster is not None and roster.version == version:
            found[conversation_id] = roster
    return found


def _remember(rosters: dict[int, Roster]) -> dict[int, Roster]:
    _local.update(rosters)
    while len(_local) > _LOCAL_ROSTERS:
        _local.popitem(last=False)
    return rosters


def _find_in_redis(wanted: dict[int, int]) -> dict[int, Roster]:
    ids = list(wanted)
    values: list[Any] = best_effort(lambda client: client.mget([cache_key(key) for key in ids])) or []
    found = {}
    for conversation_id, value in zip(ids, values, strict=False):
        roster = _decode(value) if value else None
        if roster is not None and roster.version == wanted[conversation_id]:
            found[conversation_id] = roster
    return found


def _decode(value: bytes) -> Roster | None:
    try:
        return _decoder.decode(value)
    except msgspec.DecodeError:
        return None


def _save_in_redis(rosters: dict[int, Roster]) -> None:
    def save(client: Redis) -> None:
        pipeline = client.pipeline(transaction=False)
        for conversation_id, roster in rosters.items():
            pipeline.set(cache_key(conversation_id), msgspec.msgpack.encode(roster), ex=_TTL_S)
        pipeline.execute()

    best_effort(save)


def _load(wanted: dict[int, int]) -> dict[int, Roster]:
    seats: dict[int, dict[int, Seat]] = {conversation_id: {} for conversation_id in wanted}
    for row in _member_rows(list(wanted)):
        seats[row[0]][row[1]] = _seat(row)
    blocks = _load_blocks(seats)
    return {key: Roster(version, seats[key], blocks.get(key, [])) for key, version in wanted.items()}


def _member_rows(conversation_ids: list[int]) -> QuerySet[Member, tuple[int, int, str, datetime | None, int]]:
    return Member.objects.filter(conversation_id__in=conversation_ids, left_at=None).values_list(
        "conversation_id", "user_id", "role", "muted_until", "visible_from"
    )


def _seat(row: tuple[int, int, str, datetime | None, int]) -> Seat:
    _conversation_id, _user_id, role, muted_until, visible_from = row
    return Seat(role, muted_until.timestamp() if muted_until else 0.0, visible_from)


def _load_blocks(seats: dict[int, dict[int, Seat]]) -> dict[int, list[tuple[int, int]]]:
    """The blocks between the two people of each conversation of two."""
    pairs = {key: tuple(members) for key, members in seats.items() if len(members) == 2}
    people = {user_id for pair in pairs.values() for user_id in pair}
    if not people:
        return {}
    rows = set(
        Block.objects.filter(blocker_id__in=people, blocked_id__in=people).values_list("blocker_id", "blocked_id")
    )
    return {key: [pair for pair in ((a, b), (b, a)) if pair in rows] for key, (a, b) in pairs.items()}


def may_moderate(seat: Seat | None) -> bool:
    """Whether a member's role reaches over other members' messages and mutes."""
    return seat is not None and seat.role != Role.MEMBER


def forget_all() -> None:
    """Empties this process's cache, as a restart does."""
    _local.clear()
