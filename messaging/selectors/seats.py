"""Who of some users has a seat in which large group: what a gateway asks to know whom a push to a group is for."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from messaging.models import Conversation, ConversationKind, Member

_CHUNK = 5_000


class GroupSeats(NamedTuple):
    """The first seq that each present member among those asked about may see, with everything that the log says up to
    `as_of_seq`, and perhaps more. `is_large`: whether pushes name the group instead of its members."""

    as_of_seq: int
    is_large: bool
    visible_from: dict[int, int]


class UserSeat(NamedTuple):
    """A user's present membership of a conversation."""

    conversation_id: int
    user_id: int
    visible_from: int


def read_group_seats(conversation_id: int, user_ids: Sequence[int]) -> GroupSeats:
    """The seats of these users in one group. A query, and one for each 5,000 users or for the group, if it is smaller.

    The log's position is read before the members, so that nothing up to it can be missing from them. A group that is
    dissolved, or is none, has no seats.
    """
    found = Conversation.objects.filter(pk=conversation_id, kind=ConversationKind.GROUP, dissolved_at=None)
    row = found.values_list("last_seq", "member_count").first()
    if row is None:
        return GroupSeats(0, False, {})
    as_of_seq, member_count = row
    rows = _present([conversation_id]).values_list("user_id", "visible_from")
    if len(user_ids) > member_count:
        wanted = set(user_ids)
        seats = {user_id: first for user_id, first in rows if user_id in wanted}
    else:
        seats = {user_id: first for chunk in _chunks(user_ids) for user_id, first in rows.filter(user_id__in=chunk)}
    return GroupSeats(as_of_seq, member_count > settings.LARGE_GROUP_THRESHOLD, seats)


def list_user_seats(conversation_ids: Sequence[int], user_ids: Iterable[int]) -> list[UserSeat]:
    """Which of these users are in which of these conversations. One query for each 5,000 users."""
    rows = _present(conversation_ids).values_list("conversation_id", "user_id", "visible_from")
    chunks = _chunks(list(user_ids)) if conversation_ids else iter(())
    return [UserSeat(*row) for chunk in chunks for row in rows.filter(user_id__in=chunk)]


def _present(conversation_ids: Sequence[int]) -> "QuerySet[Member]":
    return Member.objects.filter(conversation_id__in=conversation_ids, left_at=None)


def _chunks(user_ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (user_ids[start : start + _CHUNK] for start in range(0, len(user_ids), _CHUNK))
