"""What the server sends over the socket: one struct a frame, `type` always first. AsyncAPI is generated from these."""

from typing import Any

import msgspec

from messaging.commands import kebab_case
from messaging.wire import MessageView

_encoder = msgspec.json.Encoder()


class ServerFrame(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type", tag=kebab_case
):
    """Every server frame."""


class Ready(ServerFrame, frozen=True, kw_only=True):
    """Presence is written and the socket's place in the downstream is fixed: nothing stored from now on is missed."""

    user_id: str
    session_id: str
    connection_id: str
    gateway_id: str
    heartbeat_ms: int
    server_time: str


class MessageAck(ServerFrame, frozen=True, kw_only=True):
    """The command is committed to the database.

    A repeated command gets the same message_id and seq. `content` is there only where what is stored differs from what
    was sent: the word filter has masked a word, say.
    """

    client_msg_id: str
    command: str
    message_id: str
    conversation_id: str
    seq: int
    created_at: str
    id: str | int | None = None
    content: dict[str, Any] | None = None


class NewMessage(ServerFrame, frozen=True, kw_only=True):
    """A stored message."""

    message: MessageView


class ReadReceipt(ServerFrame, frozen=True, kw_only=True):
    """A member has read up to seq."""

    conversation_id: str
    user_id: str
    seq: int


class ReceivedReceipt(ServerFrame, frozen=True, kw_only=True):
    """A member's device holds the log up to seq."""

    conversation_id: str
    user_id: str
    seq: int


class ConversationAdded(ServerFrame, frozen=True, kw_only=True):
    """A conversation is new to the reader."""

    conversation: Any


class ConversationUpdated(ServerFrame, frozen=True, kw_only=True):
    """A conversation's own fields changed, for everyone or for the reader."""

    conversation: Any


class ConversationRemoved(ServerFrame, frozen=True, kw_only=True):
    """The reader is no longer in this conversation."""

    conversation_id: str


class MessageDelta(ServerFrame, frozen=True, kw_only=True):
    """A piece of an agent's answer to the message `reply_to`, as it is written.

    Pieces are numbered by `index`; 0 starts the answer, or starts it again. The last is `done`, with an `error` where
    there will be no stored message; otherwise that follows as `new-message`.
    """

    conversation_id: str
    reply_to: str
    index: int
    text: str
    done: bool = False
    error: str | None = None


class TypingFrame(ServerFrame, frozen=True, kw_only=True, tag="typing"):
    """Someone is typing."""

    conversation_id: str
    user_id: str


class OnlineStatus(ServerFrame, frozen=True, kw_only=True):
    """Someone this socket asked about came or went."""

    user_id: str
    online: bool
    last_seen_at: str | None = None


class SanctionsChanged(ServerFrame, frozen=True, kw_only=True):
    """What stands against the reader, or what became of an appeal, is another now: ask `users/me/sanctions`."""


class Resync(ServerFrame, frozen=True, kw_only=True):
    """The gateway may have missed something: send `sync`."""

    reason: str


class AuthExpiring(ServerFrame, frozen=True, kw_only=True):
    """The token on this socket ends soon."""

    expires_in_ms: int


class SyncResult(ServerFrame, frozen=True, kw_only=True):
    """A page of the conversations that changed."""

    conversations: list[Any]
    removed: list[str]
    next: str
    has_more: bool
    id: str | int | None = None


class Pong(ServerFrame, frozen=True, kw_only=True):
    """Answers `ping`."""

    id: str | int | None = None


class Error(ServerFrame, frozen=True, kw_only=True):
    """A refusal, in the one shape that HTTP has too."""

    code: str
    message: str
    details: dict[str, Any]
    id: str | int | None = None
    client_msg_id: str | None = None


class ConversationEvent(ServerFrame, frozen=True, kw_only=True):
    """A log entry that is not a new message: the event's own fields stand beside these."""

    conversation_id: str
    seq: int
    event: str
    actor_id: str
    at: str


def encode(frame: ServerFrame) -> bytes:
    """The frame's JSON text, UTF-8, `type` first."""
    return _encoder.encode(frame)


def encode_event(conversation_id: int, view: dict[str, Any]) -> bytes:
    """A `conversation-event` frame from `wire.view_event`'s fields."""
    return _encoder.encode({"type": "conversation-event", "conversation_id": str(conversation_id), **view})
