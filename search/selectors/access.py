"""What a searcher may read: which conversations, and from which seq of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from messaging.models import Member, Message
from messaging.selectors.access import access_place
from messaging.selectors.world import find_world

MAX_LATE_RANGES: Final = 400
"""Conversations joined late that are named with their range in a query; of more, only the conversation is named, and
what lies before the range falls to the check in the database."""

Readable = Mapping[int, int]
"""`{conversation_id: the first seq that may be seen}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where to search: in what may be read, as far as the caller narrows it down. Both times are inclusive."""

    user_id: int
    readable: Readable
    conversation_id: int | None = None
    sender_id: int | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def split_late(self) -> tuple[list[int], list[tuple[int, int]]]:
        """The conversations that may be read whole, and `(conversation, first seq)` of the others."""
        late = [(key, first) for key, first in self.readable.items() if first > 1][:MAX_LATE_RANGES]
        named = {key for key, _first in late}
        return [key for key in self.readable if key not in named], late


def list_readable(user_id: int, among: Iterable[int] | None = None) -> dict[int, int]:
    """Every conversation that the user is in now, the world room too, or those of `among`. At most two queries."""
    rows = Member.objects.filter(user_id=user_id)
    wanted = None if among is None else set(among)
    if wanted is not None:
        rows = rows.filter(conversation_id__in=wanted)
    readable: dict[int, int] = {}
    left: set[int] = set()
    for key, first, left_at, dissolved_at in rows.values_list(
        "conversation_id", "visible_from", "left_at", "conversation__dissolved_at"
    ):
        if left_at is None and dissolved_at is None:
            readable[key] = first
        else:
            left.add(key)
    if wanted is None or wanted - readable.keys() - left:
        world = find_world()
        if world is not None and world.pk not in left and (wanted is None or world.pk in wanted):
            readable.setdefault(world.pk, 1)
    return readable


def access_readable(user_id: int, conversation: str) -> tuple[int, dict[int, int]]:
    """One conversation, by its id on the wire, with what of it may be seen. Raises CONVERSATION_NOT_FOUND."""
    place = access_place(user_id, conversation)
    return place.conversation.pk, {place.conversation.pk: place.member.visible_from}


def find_present(scope: Scope, message_ids: Sequence[int]) -> dict[int, Message]:
    """Those of the messages that the user may read now, by id, in the state of now; recalled and hidden ones are none.

    Membership is asked anew, after the messages were read: who has left meanwhile gets nothing. At most three queries.
    """
    if not message_ids:
        return {}
    rows = Message.objects.filter(pk__in=message_ids, recalled_at=None, hidden_at=None)
    if scope.sender_id is not None:
        rows = rows.filter(sender_id=scope.sender_id)
    if scope.kind is not None:
        rows = rows.filter(kind=scope.kind)
    if scope.since is not None:
        rows = rows.filter(created_at__gte=scope.since)
    if scope.until is not None:
        rows = rows.filter(created_at__lte=scope.until)
    messages = list(rows)
    readable = list_readable(scope.user_id, {message.conversation_id for message in messages})
    return {
        message.pk: message
        for message in messages
        if message.conversation_id in scope.readable
        and message.seq >= readable.get(message.conversation_id, message.seq + 1)
    }
