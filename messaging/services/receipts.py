"""Read and received positions: many at once, the maximum kept, outside the log's transaction."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db import OperationalError, connection, transaction
from django.db.models import Q

from core.ids import log_id
from messaging.delivery.tracing import note_positions
from messaging.models import Conversation, ConversationKind, Member
from messaging.store.positions import Position, find_ordinals, raise_positions

MAX_ANNOUNCED_MEMBERS = 50
_ATTEMPTS = 4
_CHUNK = 200
Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one person's device reports: it holds the log up to `received_seq`, they have read it up to `read_seq`."""

    user_id: int
    conversation_id: int
    read_seq: int | None = None
    received_seq: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedReceipt:
    """Where a position moved to (None: it did not move), and who is told: the members of a small conversation, or only
    the reader's own sockets. `since` is where (read, received) stood before."""

    user_id: int
    conversation_id: int
    read_seq: int | None
    received_seq: int | None
    recipients: tuple[int, ...]
    since: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Move:
    member: Member
    conversation: Conversation
    read_seq: int
    received_seq: int


def apply_receipts(receipts: Sequence[Receipt]) -> list[AppliedReceipt]:
    """Moves the positions of present members and returns those that moved.

    Positions only grow, never pass the log's last seq, and reading implies having received, so that
    read <= received <= last always holds; `read_ordinal` stays the ordinal of the last message at or below `read_seq`.
    Who is no member, or is in the world room without a row, is left out. A constant number of statements for each 200
    positions, in one transaction that is repeated when the database breaks a deadlock.
    """
    wanted = _merge(receipts)
    keys = sorted(wanted)
    applied: list[AppliedReceipt] = []
    for start in range(0, len(keys), _CHUNK):
        moved = _apply_repeatedly({key: wanted[key] for key in keys[start : start + _CHUNK]})
        _trace(moved)
        applied += moved
    return applied


def _trace(moved: Iterable[AppliedReceipt]) -> None:
    """Where many are members nobody asks when each of them had it; how many had is in their rows."""
    for one in moved:
        if len(one.recipients) > 1:
            received = (one.since[1], one.received_seq) if one.received_seq is not None else None
            read = (one.since[0], one.read_seq) if one.read_seq is not None else None
            note_positions(one.conversation_id, one.user_id, received=received, read=read)


def _merge(receipts: Iterable[Receipt]) -> dict[Key, tuple[int, int]]:
    """The highest (read, received) seq for each (conversation, user)."""
    highest: defaultdict[Key, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for receipt in receipts:
        key = (receipt.conversation_id, receipt.user_id)
        read, received = highest[key]
        read = max(read, receipt.read_seq or 0)
        highest[key] = (read, max(received, receipt.received_seq or 0, read))
    return highest


def _apply_repeatedly(wanted: dict[Key, tuple[int, int]]) -> list[AppliedReceipt]:
    for _attempt in range(_ATTEMPTS - 1):
        try:
            return _apply(wanted)
        except OperationalError:
            # A deadlock or lock timeout: every other writer of these rows retries its whole transaction as well.
            if connection.in_atomic_block:
                raise
    return _apply(wanted)


@transaction.atomic
def _apply(wanted: dict[Key, tuple[int, int]]) -> list[AppliedReceipt]:
    members = _lock_members(wanted)
    conversations = Conversation.objects.filter(dissolved_at=None).in_bulk({row.conversation_id for row in members})
    moves = [
        move
        for member in members
        if (conversation := conversations.get(member.conversation_id)) is not None
        and (move := _find_move(member, conversation, *wanted[member.conversation_id, member.user_id])) is not None
    ]
    if not moves:
        return []
    ordinals = _find_ordinals(moves)
    raise_positions([Position(row.member.pk, row.read_seq, ordinals[row.member.pk], row.received_seq) for row in moves])
    return _describe(moves)


def _lock_members(keys: Iterable[Key]) -> list[Member]:
    """The rows of present members, locked in the order of their ids, so that two batches do not wait for each other."""
    by_conversation: defaultdict[int, list[int]] = defaultdict(list)
    by_user: defaultdict[int, list[int]] = defaultdict(list)
    for conversation_id, user_id in keys:
        by_conversation[conversation_id].append(user_id)
        by_user[user_id].append(conversation_id)
    if len(by_conversation) <= len(by_user):
        groups = [Q(conversation_id=key, user_id__in=ids) for key, ids in by_conversation.items()]
    else:
        groups = [Q(user_id=key, conversation_id__in=ids) for key, ids in by_user.items()]
    pairs = reduce(or_, groups, Q(pk=None))
    rows = Member.objects.filter(pairs, left_at=None).order_by("pk")
    return list(rows.select_for_update(no_key=connection.features.has_select_for_no_key_update))


def _find_move(member: Member, conversation: Conversation, read: int, received: int) -> _Move | None:
    read = max(member.read_seq, min(read, conversation.last_seq))
    received = max(member.received_seq, read, min(received, conversation.last_seq))
    if (read, received) == (member.read_seq, member.received_seq):
        return None
    return _Move(member, conversation, read, received)


def _find_ordinals(moves: Iterable[_Move]) -> dict[int, int]:
    """The new read_ordinal by member id. A query only for those who have not read up to the last message."""
    ordinals: dict[int, int] = {}
    behind: dict[int, int] = {}
    for move in moves:
        if move.read_seq == move.member.read_seq:
            ordinals[move.member.pk] = move.member.read_ordinal
        elif move.read_seq >= move.conversation.last_message_seq:
            ordinals[move.member.pk] = move.conversation.last_ordinal
        else:
            behind[move.member.pk] = log_id(move.conversation.pk, move.read_seq)
    if behind:
        found = find_ordinals(set(behind.values()))
        ordinals |= {pk: found.get(bound, 0) for pk, bound in behind.items()}
    return ordinals


def _describe(moves: Sequence[_Move]) -> list[AppliedReceipt]:
    small = {move.conversation.pk for move in moves if _is_small(move.conversation)}
    everyone: defaultdict[int, list[int]] = defaultdict(list)
    if small:
        rows = Member.objects.filter(conversation_id__in=small, left_at=None).order_by("pk")
        for conversation_id, user_id in rows.values_list("conversation_id", "user_id"):
            everyone[conversation_id].append(user_id)
    return [_as_applied(move, everyone.get(move.conversation.pk)) for move in moves]


def _as_applied(move: _Move, everyone: Sequence[int] | None) -> AppliedReceipt:
    member = move.member
    return AppliedReceipt(
        user_id=member.user_id,
        conversation_id=member.conversation_id,
        read_seq=move.read_seq if move.read_seq > member.read_seq else None,
        received_seq=move.received_seq if move.received_seq > member.received_seq else None,
        recipients=tuple(everyone) if everyone is not None else (member.user_id,),
        since=(member.read_seq, member.received_seq),
    )


def _is_small(conversation: Conversation) -> bool:
    return conversation.kind != ConversationKind.WORLD and conversation.member_count <= MAX_ANNOUNCED_MEMBERS
