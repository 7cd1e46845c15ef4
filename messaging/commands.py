"""What a client sends over the socket: one frozen struct a frame, checked while it is decoded.

Unknown fields and wrong shapes are refused by the decoder; sizes and rights are checked by `messaging.policies` and by
the write path. The first four are durable commands: they travel through Kafka in exactly this form.
"""

import json
import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

UUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\Z"
Id = Annotated[str, Meta(min_length=1, max_length=24)]
ClientMsgId = Annotated[str, Meta(pattern=UUID_PATTERN, description="A UUID made by the client")]
Seq = Annotated[int, Meta(ge=0, le=(1 << 53) - 1, description="Taken as last_seq where it is higher")]
Emoji = Annotated[str, Meta(min_length=1, max_length=16)]
FrameId = Annotated[str, Meta(max_length=64)] | Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] | None


def kebab_case(name: str) -> str:
    """`SendMessage` -> `send-message`, the frame's type on the wire."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()


class ClientFrame(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    tag_field="type",
    tag=kebab_case,
):
    """Every client frame: its type, and an optional `id` that the answer repeats."""

    id: FrameId = None


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """A message's content as a client sends it: `{"text"}`, or `{"file_id", "text"?}`."""

    text: str | None = None
    file_id: Id | None = None


class DurableCommand(ClientFrame, frozen=True, kw_only=True):
    """A command that is stored: idempotent by (conversation, sender, client_msg_id), answered by ack or error."""

    client_msg_id: ClientMsgId
    conversation_id: Id


class SendMessage(DurableCommand, frozen=True, kw_only=True):
    """Stores a message."""

    kind: Literal["text", "image", "file", "voice"]
    content: Content
    reply_to: Id | None = None
    mentions: Annotated[list[Id], Meta(max_length=200)] = []


class EditMessage(DurableCommand, frozen=True, kw_only=True):
    """Replaces the content of one's own message."""

    message_id: Id
    content: Content


class RecallMessage(DurableCommand, frozen=True, kw_only=True):
    """Withdraws a message: one's own within the window, anyone's as an owner or admin."""

    message_id: Id


class React(DurableCommand, frozen=True, kw_only=True):
    """Adds or removes one's own emoji on a message."""

    message_id: Id
    emoji: Emoji
    op: Literal["add", "remove"]


class MessageReceived(ClientFrame, frozen=True, kw_only=True):
    """The highest seq that this device holds without a gap."""

    conversation_id: Id
    seq: Seq


class MarkRead(ClientFrame, frozen=True, kw_only=True):
    """The highest seq that the person has read."""

    conversation_id: Id
    seq: Seq


class StopAnswer(ClientFrame, frozen=True, kw_only=True):
    """Ends the answer to one's own question where it is: what has come so far is stored. `message_id` is the
    question's."""

    conversation_id: Id
    message_id: Id


class RegenerateAnswer(ClientFrame, frozen=True, kw_only=True):
    """Has an agent's answer to one's own question written anew: the new one replaces it as an edit. `message_id` is the
    answer's."""

    conversation_id: Id
    message_id: Id


class Typing(ClientFrame, frozen=True, kw_only=True):
    """The person is typing."""

    conversation_id: Id


class Sync(ClientFrame, frozen=True, kw_only=True):
    """Asks which conversations changed since an earlier answer's `next`."""

    since: Annotated[str, Meta(max_length=256)] | None = None


class PresenceSubscribe(ClientFrame, frozen=True, kw_only=True):
    """Whose online status to push to this socket; replaces the earlier set."""

    user_ids: Annotated[list[Id], Meta(max_length=200)]


class Auth(ClientFrame, frozen=True, kw_only=True):
    """An access token: the first frame of a socket without another proof, or a fresh one on a live socket."""

    token: Annotated[str, Meta(max_length=4096)]


class Ping(ClientFrame, frozen=True, kw_only=True):
    """Answered by `pong`."""


Command = SendMessage | EditMessage | RecallMessage | React
AnyClientFrame = (
    SendMessage
    | EditMessage
    | RecallMessage
    | React
    | MessageReceived
    | MarkRead
    | StopAnswer
    | RegenerateAnswer
    | Typing
    | Sync
    | PresenceSubscribe
    | Auth
    | Ping
)

_decoder = msgspec.json.Decoder(AnyClientFrame)


def decode_frame(data: bytes | str) -> AnyClientFrame:
    """The frame in a socket's text message. Raises msgspec.DecodeError (ValidationError names the field)."""
    frame: AnyClientFrame = _decoder.decode(data)
    return frame


def salvage_ids(data: bytes | str) -> dict[str, Any]:
    """What an error answer to a malformed frame may repeat of it: its `id` and `client_msg_id`, where they are sane.

    Read by the standard library, which takes half a surrogate pair where the strict decoder takes nothing: a client
    must learn which of its messages is refused, or it repeats that message for ever.
    """
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    ids = {name: found[name] for name in ("id", "client_msg_id") if _is_sane(found.get(name))}
    if not isinstance(ids.get("client_msg_id", ""), str):
        del ids["client_msg_id"]
    return ids


def _is_sane(value: object) -> bool:
    """Whether a value can be repeated: a short string of characters, or an integer as long."""
    if isinstance(value, str):
        return len(value) <= 64 and not any("\ud800" <= character <= "\udfff" for character in value)
    return type(value) is int and abs(value) <= 1 << 53
