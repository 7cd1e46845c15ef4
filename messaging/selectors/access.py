"""Who may see which conversation and which message: the one authorise function behind HTTP, sockets and receipts.

What a caller may not see raises exactly what a thing that does not exist raises.
"""

from dataclasses import dataclass

from core.errors import DomainError, ErrorCode
from core.ids import log_id, parse_id, split_log_id
from messaging.models import Conversation, ConversationKind, LogEvent, Member, Message
from messaging.wire import HISTORY_EVENTS


@dataclass(frozen=True, slots=True)
class Place:
    """A caller who was let in: the conversation as it stood when they were, and their own row.

    `member` is a row that is not in the database where the world room's membership is implicit; `is_stored` tells.
    """

    conversation: Conversation
    member: Member

    @property
    def is_stored(self) -> bool:
        return self.member.pk is not None


def access_conversation(user_id: int, conversation_id: int) -> tuple[Conversation, Member | None]:
    """The conversation and the caller's membership of it (None in the world room until they have a row).

    Raises CONVERSATION_NOT_FOUND unless the user is a present member of a conversation that is not dissolved; everyone
    is in the world room, but who was removed from it. One query for a member, two otherwise.
    """
    member = (
        Member.objects.filter(conversation_id=conversation_id, user_id=user_id).select_related("conversation").first()
    )
    if member is not None:
        if member.left_at is None and member.conversation.dissolved_at is None:
            return member.conversation, member
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    world = Conversation.objects.filter(pk=conversation_id, kind=ConversationKind.WORLD, dissolved_at=None).first()
    if world is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    return world, None


def access_place(user_id: int, conversation: str) -> Place:
    """`access_conversation` for an id as the wire has it; what is no id names no conversation.

    The conversation's `last_seq` is read here, before anything else of the log: a page that is read afterwards reflects
    at least that much. Raises CONVERSATION_NOT_FOUND.
    """
    found, member = access_conversation(user_id, parse_id(conversation, ErrorCode.CONVERSATION_NOT_FOUND))
    return Place(found, member or implicit_member(found, user_id))


def implicit_member(conversation: Conversation, user_id: int) -> Member:
    """The world room's membership of someone without a row: sees everything, has read everything. Not saved."""
    return Member(
        conversation=conversation,
        user_id=user_id,
        visible_from=1,
        read_seq=conversation.last_seq,
        read_ordinal=conversation.last_ordinal,
        received_seq=conversation.last_seq,
    )


def check_visible(place: Place, message: str) -> int:
    """The database id behind a message id, when it can lie in the caller's part of this conversation's log.

    Raises MESSAGE_NOT_FOUND for an id of another conversation, outside the visible range, or that is none. No query.
    """
    message_id = parse_id(message, ErrorCode.MESSAGE_NOT_FOUND)
    conversation_id, seq = split_log_id(message_id)
    if conversation_id != place.conversation.pk or not place.member.visible_from <= seq <= place.conversation.last_seq:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return message_id


def access_message(place: Place, message: str) -> Message:
    """A stored message of this conversation that the caller may see. Raises MESSAGE_NOT_FOUND. One query."""
    found = Message.objects.filter(pk=check_visible(place, message)).first()
    if found is None:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return found


def has_history_before(place: Place, seq: int) -> bool:
    """Whether history shows the caller anything below `seq`: a message or a membership event. At most two queries."""
    return _has_history(place, place.member.visible_from, seq - 1)


def has_history_after(place: Place, seq: int) -> bool:
    """Whether history shows the caller anything above `seq`, as far as the log went. At most one query."""
    if place.conversation.last_message_seq > seq:
        return True
    return _has_events(place, seq + 1, place.conversation.last_seq)


def _has_history(place: Place, first: int, last: int) -> bool:
    if first > last:
        return False
    key = place.conversation.pk
    messages = Message.objects.filter(pk__gte=log_id(key, first), pk__lte=log_id(key, last))
    return messages.exists() or _has_events(place, first, last)


def _has_events(place: Place, first: int, last: int) -> bool:
    if first > last:
        return False
    key = place.conversation.pk
    events = LogEvent.objects.filter(pk__gte=log_id(key, first), pk__lte=log_id(key, last))
    return events.filter(event__in=HISTORY_EVENTS).exists()
