"""Who is in a conversation, and who of them has read a message."""

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db.models import Count, Q, QuerySet

from accounts.models import fold_name
from core.clock import to_wire
from core.paging import Page, PageRequest, encode_cursor, make_page
from messaging.models import ConversationKind, Member, Message
from messaging.selectors.access import Place
from messaging.wire import UserView, view_user

MAX_WITH_POSITIONS = 50


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """A member. How far they have read and received is told in conversations of up to 50 members."""

    user: UserView
    role: str
    muted_until: str | None
    joined_at: str
    read_seq: int | msgspec.UnsetType = msgspec.UNSET
    received_seq: int | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class ReadersPage:
    """A page of the people a message went to, and how many of all of them have read it."""

    page: Page[Member]
    seq: int
    read_count: int
    unread_count: int

    def as_dict(self) -> dict[str, Any]:
        """The contract's `{read, unread, read_count, unread_count}`, with `next_cursor`."""
        read = [view_user(row.user) for row in self.page.rows if row.read_seq >= self.seq]
        unread = [view_user(row.user) for row in self.page.rows if row.read_seq < self.seq]
        after = self.page.next_after
        return {
            "read": read,
            "unread": unread,
            "read_count": self.read_count,
            "unread_count": self.unread_count,
            "next_cursor": encode_cursor(after) if after is not None else None,
        }


def members_page(place: Place, page: PageRequest, *, name: str = "") -> Page[MemberView]:
    """Present members by user id (in the world room, those who have a row). Two queries.

    `name`, when given, leaves those whose username or display name starts with it, whatever the case and width.
    """
    rows = _present(place)
    if folded := fold_name(name.strip()):
        named = Q(user__username_folded__has_prefix=folded) | Q(user__display_name_folded__has_prefix=folded[:191])
        rows = rows.filter(named)
    found = _page_of(rows, page)
    with_positions = (
        place.conversation.kind != ConversationKind.WORLD and place.conversation.member_count <= MAX_WITH_POSITIONS
    )
    return Page([view_member(row, with_positions=with_positions) for row in found.rows], found.next_after)


def view_member(member: Member, *, with_positions: bool) -> MemberView:
    """A member row, whose user is loaded, as the contract has it."""
    return MemberView(
        user=msgspec.convert(view_user(member.user), UserView),
        role=member.role,
        muted_until=to_wire(member.muted_until) if member.muted_until else None,
        joined_at=to_wire(member.joined_at),
        read_seq=member.read_seq if with_positions else msgspec.UNSET,
        received_seq=member.received_seq if with_positions else msgspec.UNSET,
    )


def readers_page(place: Place, message: Message, page: PageRequest, *, read: bool | None = None) -> ReadersPage:
    """Who has read a message and who has not, exactly: one position a member, compared when asked. Three queries.

    Its sender is left out, and whoever came after it: they did not get it, though they may see it in history.
    `read` leaves only those who have, or only those who have not; the counts are of all in any case.
    """
    addressed = (
        _present(place)
        .filter(visible_from__lte=message.seq, joined_at__lte=message.created_at)
        .exclude(user_id=message.sender_id)
    )
    counts = addressed.aggregate(all=Count("pk"), read=Count("pk", filter=Q(read_seq__gte=message.seq)))
    if read is not None:
        addressed = addressed.filter(**{"read_seq__gte" if read else "read_seq__lt": message.seq})
    return ReadersPage(_page_of(addressed, page), message.seq, counts["read"], counts["all"] - counts["read"])


def _present(place: Place) -> "QuerySet[Member]":
    return Member.objects.filter(conversation_id=place.conversation.pk, left_at=None)


def _page_of(rows: "QuerySet[Member]", page: PageRequest) -> Page[Member]:
    if (after := page.after_as(int)) is not None:
        rows = rows.filter(user_id__gt=after[0])
    # Two queries: joined, the page's users are found by walking through those of all members before it.
    found = list(rows.prefetch_related("user").order_by("user_id")[: page.limit + 1])
    return make_page(found, page.limit, lambda row: (row.user_id,))
