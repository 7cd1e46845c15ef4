"""The contract's conversation object: many conversations for one reader, one conversation for many readers, and lists.

However many objects are asked for, the number of queries is the same: everything is fetched for all rows at once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import (
    BigIntegerField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from accounts.avatars import avatar_url
from core.clock import to_wire
from core.ids import log_id
from core.paging import Page, PageRequest, make_page
from messaging.models import Conversation, ConversationKind, Member, Mention, Message
from messaging.selectors.access import Place, implicit_member
from messaging.selectors.messages import view_messages
from messaging.selectors.peers import Peers, find_peers
from messaging.selectors.world import count_world_members, find_world, world_title
from messaging.wire import ConversationView, MessageView

MAX_UNREAD = 1000


def list_views(user_id: int, conversation_ids: Sequence[int]) -> list[dict[str, Any]]:
    """The conversation objects of one reader, in the order of the ids; what they may not see is left out.

    At most seven queries.
    """
    rows = present_members(user_id).filter(conversation_id__in=conversation_ids)
    members = {member.conversation_id: member for member in with_mentions(rows)}
    missing = [key for key in conversation_ids if key not in members]
    world = find_world() if missing else None
    if world is not None and world.pk in missing and _is_implicit(user_id, world.pk):
        members[world.pk] = implicit_member(world, user_id)
    return view_rows([members[key] for key in conversation_ids if key in members])


def views_for(conversation_id: int, user_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """One conversation for each of these users who is a present member (in the world room: for everyone)."""
    wanted = list(user_ids)
    rows = Member.objects.filter(conversation_id=conversation_id, user_id__in=wanted)
    rows = rows.filter(left_at=None, conversation__dissolved_at=None)
    members = {member.user_id: member for member in with_mentions(rows)}
    world = find_world() if len(members) < len(wanted) else None
    if world is not None and world.pk == conversation_id:
        for user_id in wanted:
            members.setdefault(user_id, implicit_member(world, user_id))
    readers = [members[user_id] for user_id in wanted if user_id in members]
    return dict(zip((member.user_id for member in readers), view_rows(readers), strict=True))


def view_place(place: Place) -> dict[str, Any]:
    """The conversation that a caller was let into."""
    return list_views(place.member.user_id, [place.conversation.pk])[0]


def list_page(user_id: int, page: PageRequest) -> tuple[list[dict[str, Any]], Page[Any]]:
    """A page of the reader's conversations, the one with the newest visible message first (or else joined last).

    Archived ones are in it, with their flag; the world room too, for everyone.
    """
    keys = list(_newest_first(present_members(user_id), page))
    world = find_world()
    if world is not None and _is_implicit(user_id, world.pk):
        key = (_last_at(world), world.pk)
        if (after := page.after_as(datetime, int)) is None or key < after:
            keys = sorted([*keys, key], reverse=True)[: page.limit + 1]
    found = make_page(keys, page.limit, lambda key: key)
    return list_views(user_id, [conversation_id for _at, conversation_id in found.rows]), found


def present_members(user_id: int) -> "QuerySet[Member]":
    """The memberships that a user has now."""
    return Member.objects.filter(user_id=user_id, left_at=None, conversation__dissolved_at=None)


def with_mentions(rows: "QuerySet[Member]") -> "QuerySet[Member]":
    """Member rows with their conversation, and `mention_count`: messages of others after read_seq that name the member
    or everyone. A message does the one or the other, so that the two counts add up."""
    by_name, for_all = _count_mentions(OuterRef("user_id")), _count_mentions(Value(Mention.EVERYONE))
    return rows.select_related("conversation").annotate(mention_count=by_name + for_all)


def _count_mentions(named: Any) -> Coalesce:
    """One probe of the index (user, conversation, seq) a row, which an OR of the two would not be on every database."""
    unread = Mention.objects.filter(
        user_id=named,
        conversation_id=OuterRef("conversation_id"),
        seq__gt=OuterRef("read_seq"),
        seq__gte=OuterRef("visible_from"),
    ).exclude(sender_id=OuterRef("user_id"))
    count = unread.order_by().values("conversation_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(count), 0)


def view_rows(members: Sequence[Member]) -> list[dict[str, Any]]:
    """The objects for member rows of any readers and conversations; rows come from `with_mentions` or are implicit."""
    peers = find_peers(members)
    last = _find_last_messages(members)
    return [msgspec.to_builtins(_view(member, peers, last.get(_last_id(member)))) for member in members]


def _find_last_messages(members: Sequence[Member]) -> dict[int, MessageView]:
    """The last visible messages by id. One reader sees which reactions are theirs; what goes to many does not say."""
    wanted = {_last_id(member) for member in members} - {0}
    messages = list(Message.objects.filter(pk__in=wanted)) if wanted else []
    readers = {member.user_id for member in members}
    reader_id = readers.pop() if len(readers) == 1 else None
    return dict(zip((row.pk for row in messages), view_messages(messages, reader_id), strict=True))


def _last_id(member: Member) -> int:
    """The id of the last message that the member may see, 0 when there is none."""
    seq = member.conversation.last_message_seq
    return log_id(member.conversation_id, seq) if seq >= max(1, member.visible_from) else 0


def _view(member: Member, peers: Peers, last_message: MessageView | None) -> ConversationView:
    conversation = member.conversation
    return ConversationView(
        id=str(conversation.pk),
        kind=conversation.kind,
        first_seq=member.visible_from,
        last_seq=conversation.last_seq,
        read_seq=member.read_seq,
        unread_count=min(MAX_UNREAD, max(0, conversation.last_ordinal - member.read_ordinal)),
        mention_count=getattr(member, "mention_count", 0),
        last_message=last_message,
        muted=member.muted,
        pinned=member.pinned,
        archived=member.archived,
        draft=member.draft,
        ai=member.ai,
        ai_max=conversation.ai_max,
        created_at=to_wire(conversation.created_at),
        **_by_kind(member, peers),
    )


def _by_kind(member: Member, peers: Peers) -> dict[str, Any]:
    """The fields that differ by kind: who the other is, or what holds for everyone in the room."""
    conversation = member.conversation
    if conversation.kind in {ConversationKind.DIRECT, ConversationKind.AGENT}:
        return {"member_count": conversation.member_count, **peers.fields(member)}
    fields = {
        "title": conversation.title,
        "avatar_url": avatar_url(conversation.avatar),
        "member_count": conversation.member_count,
        "muted_all": conversation.muted_all,
        "announcement_only": conversation.announcement_only,
        "slow_mode_s": conversation.slow_mode_s,
        "muted_until": to_wire(member.muted_until) if member.muted_until else None,
        "role": member.role,
    }
    if conversation.kind == ConversationKind.WORLD:
        fields |= {"title": conversation.title or world_title(), "member_count": count_world_members()}
    return fields


def _is_implicit(user_id: int, world_id: int) -> bool:
    return not Member.objects.filter(conversation_id=world_id, user_id=user_id).exists()


def _newest_first(rows: "QuerySet[Member]", page: PageRequest) -> "QuerySet[Member, tuple[datetime, int]]":
    last_id = ExpressionWrapper(
        OuterRef("conversation_id") * Value(log_id(1, 0)) + OuterRef("conversation__last_message_seq"),
        output_field=BigIntegerField(),
    )
    sent_at = Message.objects.filter(pk=last_id, seq__gte=OuterRef("visible_from")).values("created_at")[:1]
    rows = rows.annotate(last_at=Coalesce(Subquery(sent_at), F("joined_at")))
    if (after := page.after_as(datetime, int)) is not None:
        at, conversation_id = after
        rows = rows.filter(Q(last_at__lt=at) | Q(last_at=at, conversation_id__lt=conversation_id))
    return rows.order_by("-last_at", "-conversation_id").values_list("last_at", "conversation_id")[: page.limit + 1]


def _last_at(conversation: Conversation) -> datetime:
    last = Message.objects.filter(pk=log_id(conversation.pk, conversation.last_message_seq)).first()
    return last.created_at if last is not None else conversation.created_at
