"""What the reference's two processes say to each other and to clients."""

import msgspec

PARTITIONS = 8


class Content(msgspec.Struct, frozen=True):
    """A text message's content."""

    text: str


class SendMessage(msgspec.Struct, frozen=True, tag="send-message", tag_field="type", forbid_unknown_fields=True):
    """The only command."""

    client_msg_id: str
    conversation_id: str
    kind: str
    content: Content


class Command(msgspec.Struct, frozen=True, array_like=True):
    """A command, who sent it, and the socket that its answer goes to."""

    sender_id: int
    socket_id: int
    command: SendMessage


class Push(msgspec.Struct, frozen=True, array_like=True):
    """An encoded frame, the users it goes to, and a socket: the only one, or where there are users, the one left
    out."""

    frame: bytes
    users: list[int]
    socket_id: int


class Ready(msgspec.Struct, frozen=True, tag="ready", tag_field="type"):
    """The first frame that the server sends."""

    user_id: str


class MessageAck(msgspec.Struct, frozen=True, tag="message-ack", tag_field="type"):
    """The message is in the database."""

    client_msg_id: str
    command: str
    message_id: str
    conversation_id: str
    seq: int
    created_at: str


class Message(msgspec.Struct, frozen=True):
    """The contract's message object."""

    message_id: str
    conversation_id: str
    seq: int
    sender_id: str
    client_msg_id: str
    kind: str
    content: Content
    reply_to: str | None
    mentions: list[str]
    created_at: str
    edited_at: str | None
    recalled: bool
    reactions: dict[str, str]


class NewMessage(msgspec.Struct, frozen=True, tag="new-message", tag_field="type"):
    """A message for those who did not send it."""

    message: Message


def text_frame(payload: bytes) -> bytes:
    """An unmasked WebSocket text frame."""
    length = len(payload)
    if length < 126:
        return bytes((0x81, length)) + payload
    return b"\x81\x7e" + length.to_bytes(2, "big") + payload


def partition_of(conversation_id: str) -> int:
    """Where a conversation's commands go: the gateway gathers what shares a partition into one record."""
    return hash(int(conversation_id)) % PARTITIONS
