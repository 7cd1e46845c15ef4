"""The shapes that the write path's SQL takes and gives."""

from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

CommandKey = tuple[int, int, str]
"""(conversation_id, sender_id, client_msg_id): what makes a command the same command."""


class LockedConversation(NamedTuple):
    """What the write path needs of a conversation whose row it has locked."""

    id: int
    kind: str
    last_seq: int
    last_ordinal: int
    last_message_seq: int
    members_version: int
    member_count: int
    muted_all: bool
    announcement_only: bool
    slow_mode_s: int


class StoredCommand(NamedTuple):
    """A command that the log already holds: a message's row, or another event's."""

    conversation_id: int
    sender_id: int
    client_msg_id: str
    id: int
    seq: int
    payload_hash: int
    at: datetime
    message_id: int | None
    """The message that an event is about; None for a stored message, whose id is its own."""
    is_message: bool


class NewMessageRow(msgspec.Struct, frozen=True, gc=False):
    """A message to insert. `mentions` is JSON text or None."""

    id: int
    conversation_id: int
    seq: int
    ordinal: int
    sender_id: int
    client_msg_id: str
    payload_hash: int
    kind: str
    text: str
    mentions: str | None
    reply_to: int | None
    file_id: int | None = None


class ConversationMove(msgspec.Struct, frozen=True, gc=False):
    """Where a conversation's counters stand after the batch."""

    id: int
    last_seq: int
    last_ordinal: int
    last_message_seq: int


class SenderMove(msgspec.Struct, frozen=True, gc=False):
    """A sender's own message moves their read and received position to it."""

    conversation_id: int
    user_id: int
    seq: int
    ordinal: int


class Store(Protocol):
    """The statements that run per batch; one implementation a database."""

    def lock(self, cursor: Any, ids: list[int]) -> list[LockedConversation]:
        """Locks the conversations that exist and are not dissolved, in id order."""

    def find_commands(self, cursor: Any, keys: list[CommandKey]) -> list[StoredCommand]:
        """Which of the commands the log holds already."""

    def write(
        self,
        cursor: Any,
        at: datetime,
        messages: list[NewMessageRow],
        conversations: list[ConversationMove],
        senders: list[SenderMove],
    ) -> None:
        """Inserts the messages and moves the counters."""
