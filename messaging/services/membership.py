"""Who is in a conversation: the one place that writes joins, leaves, roles and silences.

Every function works on a conversation that this transaction has locked (`log.lock_conversation`, or a row the
transaction has just made), appends its events to the log in the same transaction, keeps `member_count`, and raises
`members_version`, which ends the validity of every cached roster.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from core import clock
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from messaging.models import Conversation, Member, Role
from messaging.services.log import NewEvent, append_event, leave_in_outbox
from messaging.wire import as_ids

CHUNK = 1000


class Unchanged(Enum):
    """Says "leave this field as it is" where None is a value of its own."""

    UNCHANGED = "unchanged"


UNCHANGED = Unchanged.UNCHANGED


def add_members(
    conversation: Conversation,
    user_ids: Iterable[int],
    *,
    actor_id: int,
    role: Role = Role.MEMBER,
    history_visible: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Makes these users members; who already is one stays as they are. Returns how many came in.

    One `member-joined` event for each 1,000 who come in. `visible_from` is 1, or the event's seq where history is
    hidden from joiners, and is set anew for who comes back; their role and read position too, but a silence that has
    not run out still holds. `user_ids` may be a generator: at most 1,000 are held at a time. `on_progress` is told
    the total after each chunk.
    """
    total = 0
    for chunk in _in_chunks(user_ids):
        known = _find_known(conversation.pk, chunk)
        joining = [user_id for user_id in dict.fromkeys(chunk) if not known.get(user_id, False)]
        if joining:
            new = NewEvent(event="member-joined", actor_id=actor_id, payload={"user_ids": as_ids(joining)})
            visible_from = 1 if history_visible else conversation.last_seq + 1
            seats = _seats(conversation.member_count + total + len(joining), 0, visible_from)
            append_event(conversation, new, added=joining, seats=seats)
            place = _place(conversation, role, visible_from=visible_from)
            _give_rows(conversation.pk, joining, known, place)
            total += len(joining)
        if on_progress is not None:
            on_progress(total)
    if total:
        _save_count(conversation, total)
    return total


def remove_member(conversation: Conversation, user_id: int, *, actor_id: int, event: str) -> None:
    """Ends a membership. `event` is `member-left` or `member-removed`.

    The event's push goes to those who remain, and `conversation-removed` to who has gone: nothing later reaches them.
    Raises NOT_FOUND unless the user is a present member.
    """
    present = Member.objects.filter(conversation_id=conversation.pk, user_id=user_id, left_at=None)
    if not present.update(left_at=clock.now(), role=Role.MEMBER, draft="", changed_at=Now()):
        raise DomainError(ErrorCode.NOT_FOUND)
    _save_count(conversation, -1)
    new = NewEvent(event=event, actor_id=actor_id, payload={"user_ids": as_ids([user_id])})
    append_event(conversation, new, removed=[user_id], seats=_seats(conversation.member_count, 1))


def remove_everyone(conversation: Conversation) -> int:
    """Ends every membership at once, for a conversation that is being dissolved. Returns how many there were.

    Nobody remains to read an event, so none is appended; `conversation-removed` goes to everyone, 1,000 an entry.
    """
    members = Member.objects.filter(conversation_id=conversation.pk, left_at=None)
    user_ids = members.order_by("user_id").values_list("user_id", flat=True).iterator(chunk_size=CHUNK)
    total = 0
    seats = _seats(0, conversation.member_count)
    for chunk in _in_chunks(user_ids):
        leave_in_outbox(conversation.pk, {"removed": chunk} if seats is None else {"removed": chunk, "seats": seats})
        total += len(chunk)
    members.update(left_at=clock.now(), role=Role.MEMBER, draft="", changed_at=Now())
    _save_count(conversation, -total)
    return total


def update_member(
    conversation: Conversation,
    user_id: int,
    *,
    actor_id: int,
    role: Role | None = None,
    muted_until: datetime | Unchanged | None = UNCHANGED,
) -> Member:
    """Changes a present member's role, or until when they are silenced (None: not silenced).

    Appends `member-updated`, whose payload has the changed fields; what changes nothing appends nothing. Raises
    NOT_FOUND unless the user is a present member.
    """
    member = Member.objects.filter(conversation_id=conversation.pk, user_id=user_id, left_at=None).first()
    if member is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    changed: dict[str, str | None] = {}
    if role is not None and role != member.role:
        member.role = role
        changed["role"] = str(role.value)
    if muted_until is not UNCHANGED and muted_until != member.muted_until:
        member.muted_until = muted_until
        changed["muted_until"] = to_wire(muted_until) if muted_until else None
    if changed:
        values = {name: getattr(member, name) for name in changed}
        Member.objects.filter(pk=member.pk).update(**values, changed_at=Now())
        _save_count(conversation, 0)
        payload = {"user_ids": as_ids([user_id]), **changed}
        append_event(conversation, NewEvent(event="member-updated", actor_id=actor_id, payload=payload))
    return member


def _seats(count: int, gone: int, visible_from: int = 1) -> dict[str, Any] | None:
    """What the gateways are told with an event after which there are `count` members, and before it `gone` more.

    Nothing where the group was and is small: then every push names its members.
    """
    if count + gone <= settings.LARGE_GROUP_THRESHOLD:
        return None
    return {"visible_from": visible_from, "is_large": count > settings.LARGE_GROUP_THRESHOLD}


def _in_chunks(user_ids: Iterable[int]) -> Iterator[list[int]]:
    remaining = iter(user_ids)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def _find_known(conversation_id: int, user_ids: Sequence[int]) -> dict[int, bool]:
    """Which of the users have a row here, and whether they are present."""
    rows = Member.objects.filter(conversation_id=conversation_id, user_id__in=user_ids)
    return {user_id: left_at is None for user_id, left_at in rows.values_list("user_id", "left_at")}


def _place(conversation: Conversation, role: Role, *, visible_from: int) -> dict[str, Any]:
    """The fields of everyone who comes in with the newest event: all of the log so far counts as read."""
    return {
        "role": role,
        "joined_at": clock.now(),
        "left_at": None,
        "visible_from": visible_from,
        "read_seq": conversation.last_seq,
        "read_ordinal": conversation.last_ordinal,
        "received_seq": conversation.last_seq,
        "archived": False,
    }


def _give_rows(
    conversation_id: int, joining: Sequence[int], known: Mapping[int, bool], place: Mapping[str, Any]
) -> None:
    """New rows for who was never here, the old row for who comes back (plain SQL on every database: no upsert)."""
    returning = [user_id for user_id in joining if user_id in known]
    if returning:
        rows = Member.objects.filter(conversation_id=conversation_id, user_id__in=returning)
        rows.update(**place, changed_at=Now())
    new = [user_id for user_id in joining if user_id not in known]
    Member.objects.bulk_create(Member(conversation_id=conversation_id, user_id=user_id, **place) for user_id in new)


def _save_count(conversation: Conversation, change: int) -> None:
    """Writes the new member count and a new members_version, on the row and on the object in hand."""
    conversation.member_count += change
    conversation.members_version += 1
    Conversation.objects.filter(pk=conversation.pk).update(
        member_count=conversation.member_count, members_version=conversation.members_version, changed_at=Now()
    )
