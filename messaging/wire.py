"""The contract's objects (user, message, event, conversation) as structs, and how rows become them. No queries here."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from accounts.avatars import avatar_url
from accounts.models import User
from core.clock import to_wire
from messaging.models import LogEvent, Message

MAX_REACTION_USERS = 50
HISTORY_EVENTS = frozenset({"member-joined", "member-left", "member-removed"})


class ReactionView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One emoji of a message. `me` is left out of what is pushed, since it differs by reader."""

    count: int
    user_ids: list[str]
    me: bool | None = None


class CitationView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message that an agent's answer rests on. `withdrawn` says that this reader may not, or no longer, rely on it;
    the quote is empty then. It differs by reader, so what is pushed leaves it out."""

    message_id: str
    conversation_id: str
    seq: int
    quote: str
    withdrawn: bool | msgspec.UnsetType = msgspec.UNSET


class MessageView(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The contract's message object in its present state. `citations` are there where there are any."""

    message_id: str
    conversation_id: str
    seq: int
    sender_id: str
    client_msg_id: str | None
    kind: str
    content: dict[str, Any]
    reply_to: str | None
    mentions: list[str]
    created_at: str
    edited_at: str | None
    recalled: bool
    reactions: Mapping[str, ReactionView]
    citations: list[CitationView] | msgspec.UnsetType = msgspec.UNSET


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """The contract's user object."""

    id: str
    username: str
    display_name: str
    avatar_url: str | None
    kind: str


class ConversationView(msgspec.Struct, frozen=True, kw_only=True):
    """The contract's conversation object for one reader. Fields that do not apply to its kind are left out."""

    id: str
    kind: str
    title: str
    avatar_url: str | None
    peer: UserView | msgspec.UnsetType = msgspec.UNSET
    first_seq: int
    last_seq: int
    read_seq: int
    unread_count: int
    mention_count: int
    last_message: MessageView | None
    muted: bool
    pinned: bool
    archived: bool
    draft: str
    role: str | msgspec.UnsetType = msgspec.UNSET
    member_count: int
    ai: str
    ai_max: str
    peer_read_seq: int | msgspec.UnsetType = msgspec.UNSET
    peer_received_seq: int | msgspec.UnsetType = msgspec.UNSET
    muted_all: bool | msgspec.UnsetType = msgspec.UNSET
    announcement_only: bool | msgspec.UnsetType = msgspec.UNSET
    slow_mode_s: int | msgspec.UnsetType = msgspec.UNSET
    muted_until: str | msgspec.UnsetType | None = msgspec.UNSET
    created_at: str


def view_content(text: str, file: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a message that carries a file, with the text beside it where there is one."""
    return {"file": file, "text": text} if text else {"file": file}


def view_message(
    message: Message,
    reactions: Mapping[str, ReactionView] | None = None,
    file: Mapping[str, Any] | None = None,
    citations: Sequence[CitationView] = (),
) -> MessageView:
    """A stored message as clients see it, with the object of the file that it carries and what it cites; recalled and
    hidden ones without content."""
    gone = message.recalled_at is not None or message.hidden_at is not None
    return MessageView(
        message_id=str(message.id),
        conversation_id=str(message.conversation_id),
        seq=message.seq,
        sender_id=str(message.sender_id),
        client_msg_id=message.client_msg_id,
        kind=message.kind,
        content={} if gone else {"text": message.text} if file is None else view_content(message.text, file),
        reply_to=str(message.reply_to) if message.reply_to else None,
        mentions=[] if gone else (message.mentions or []),
        created_at=to_wire(message.created_at),
        edited_at=to_wire(message.edited_at) if message.edited_at else None,
        recalled=message.recalled_at is not None,
        reactions={} if gone else (reactions or {}),
        citations=msgspec.UNSET if gone or not citations else list(citations),
    )


def view_system_message(event: LogEvent, text: str) -> MessageView:
    """A membership event as it shows in history: a `system` message with the event's seq."""
    return MessageView(
        message_id=str(event.id),
        conversation_id=str(event.conversation_id),
        seq=event.seq,
        sender_id=str(event.actor_id),
        client_msg_id=None,
        kind="system",
        content={"text": text, "event": event.event, "user_ids": event.payload.get("user_ids", [])},
        reply_to=None,
        mentions=[],
        created_at=to_wire(event.at),
        edited_at=None,
        recalled=False,
        reactions={},
    )


def view_event(event: LogEvent, message: MessageView | None = None) -> dict[str, Any]:
    """A log entry that is not a stored message, as `events` gives it: `{seq, event, actor_id, at, ...}`.

    `message` is the present state of the message that a `message-edited` event is about.
    """
    view: dict[str, Any] = {
        "seq": event.seq,
        "event": event.event,
        "actor_id": str(event.actor_id),
        "at": to_wire(event.at),
        **event.payload,
    }
    if event.message_id is not None:
        view["message_id"] = str(event.message_id)
    if message is not None:
        view["message"] = message
    return view


def view_stored(message: MessageView) -> dict[str, Any]:
    """A message as its own `message-stored` event."""
    return {
        "seq": message.seq,
        "event": "message-stored",
        "actor_id": message.sender_id,
        "at": message.created_at,
        "message": message,
    }


def view_user(user: User) -> dict[str, Any]:
    """The contract's user object."""
    return {
        "id": str(user.pk),
        "username": user.username,
        "display_name": user.display_name,
        "avatar_url": avatar_url(user.avatar),
        "kind": user.kind,
    }


def as_ids(values: Sequence[int]) -> list[str]:
    """Database ids as the wire has them."""
    return [str(value) for value in values]
