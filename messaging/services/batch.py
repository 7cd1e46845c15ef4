"""The state of one batch of commands inside its transaction: locked conversations, what is stored, what is new."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from core.errors import DomainError, ErrorCode
from core.generations import Generations
from files.models import File
from messaging.commands import Command
from messaging.delivery.rosters import Roster, Seat
from messaging.frames import ServerFrame
from messaging.models import LogEvent, Message
from messaging.records import SeatChange, UpstreamItem
from messaging.store.rows import CommandKey, LockedConversation, NewMessageRow, StoredCommand


@dataclass(slots=True)
class Outgoing:
    """One encoded frame for the members of a conversation, or for `users` alone.

    `seen_from` keeps it from members whose view of the log begins after that seq (0: it is for all): what is published
    again after a crash, and events about a message from before they joined a group that hides its history. With `seats`
    there is no frame: every gateway is told who came into the large group, or left it, at `seq`. `traced` is the
    entry's id where its delivery is traced (`messaging.delivery.tracing`).
    """

    conversation_id: int
    seq: int
    frame: bytes
    exclude: list[str] = field(default_factory=list)
    users: list[int] | None = None
    seen_from: int = 0
    seats: SeatChange | None = None
    traced: int = 0


@dataclass(slots=True)
class Pending:
    """One command on its way through a batch: `answer` goes to the sending socket, `outgoing` to the members.

    `command` is what is stored: the policies may have changed what was sent. `marks` are theirs, for STORED_HOOKS. A
    `refusal` of theirs holds unless the command turns out to have been stored before they thought so.
    """

    item: UpstreamItem
    key: CommandKey
    payload_hash: int
    command: Command
    marks: tuple[str, ...] = ()
    refusal: DomainError | None = None
    answer: ServerFrame | None = None
    outgoing: Outgoing | None = None

    @property
    def conversation_id(self) -> int:
        """The conversation that the command names."""
        return self.key[0]


@dataclass(slots=True)
class LogState:
    """A locked conversation and how far this batch has taken its counters."""

    row: LockedConversation
    last_seq: int
    last_ordinal: int
    last_message_seq: int
    roster: Roster | None
    only_messages: bool = True
    """Whether everything that the batch appended is a message, so that `recent` may be continued."""
    recent: list[bytes] = field(default_factory=list)

    @classmethod
    def of(cls, row: LockedConversation, roster: Roster | None) -> "LogState":
        """The state before the batch has written anything."""
        return cls(row, row.last_seq, row.last_ordinal, row.last_message_seq, roster)


class Asked(NamedTuple):
    """A message that may be a question to these agents."""

    conversation_id: int
    message_id: int
    sender_id: int
    agents: tuple[int, ...]


@dataclass(slots=True)
class Batch:
    """What the handlers of a batch read and write; nothing in it outlives the transaction but the answers."""

    at: datetime
    at_wire: str
    at_s: float
    logs: dict[int, LogState]
    stored: dict[CommandKey, StoredCommand]
    targets: dict[int, Message]
    seats: dict[tuple[int, int], Seat]
    confirmed: "Confirmed"
    files: dict[int, File]
    messages: list[NewMessageRow] = field(default_factory=list)
    events: list[LogEvent] = field(default_factory=list)
    sender_moves: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    mentions: list[tuple[int, int, int, int]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def log_of(self, pending: Pending) -> LogState:
        """Raises CONVERSATION_NOT_FOUND where the conversation does not exist or the sender is not in it."""
        log = self.logs.get(pending.conversation_id)
        if log is None:
            raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
        return log

    def seat_of(self, conversation_id: int, user_id: int) -> Seat | None:
        """The user's seat, from the roster or, in conversations without one, from the rows fetched for the senders."""
        roster = self.logs[conversation_id].roster
        if roster is not None:
            return roster.seats.get(user_id)
        return self.seats.get((conversation_id, user_id))


class Confirmed:
    """The newest log entries whose push Kafka has confirmed to this worker: a repetition needs only its ack."""

    def __init__(self, capacity: int = 100_000) -> None:
        self._ids: Generations[int, bool] = Generations(capacity)

    def add(self, ids: Iterable[int]) -> None:
        """Remembers entries by log id."""
        self._ids.update((entry_id, True) for entry_id in ids)

    def __contains__(self, entry_id: int) -> bool:
        return entry_id in self._ids


def command_of(item: UpstreamItem) -> Command:
    """The durable command of an item (a request to drain an outbox is no command)."""
    command = item.command
    if not isinstance(command, Command):
        raise TypeError(type(command).__name__)
    return command


def hash_payload(command: Command) -> int:
    """64 bits that tell a repetition from another command under the same client_msg_id; the frame's `id` is no part."""
    bare = command if command.id is None else msgspec.structs.replace(command, id=None)
    digest = hashlib.blake2b(msgspec.msgpack.encode(bare), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
