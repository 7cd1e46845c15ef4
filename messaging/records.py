"""Kafka records between gateways, logic workers and bridges: versioned structs in msgpack, decoded and checked at the
edge."""

from datetime import datetime
from typing import Final

import msgspec

from messaging.commands import EditMessage, React, RecallMessage, SendMessage

VERSION = 1


class DrainOutbox(msgspec.Struct, frozen=True, tag="drain-outbox", tag_field="type"):
    """Asks the worker that owns the conversation to publish what HTTP writes have left in the outbox."""

    conversation_id: str


class Source(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A message that an answer cites: its id, the words that are quoted, and when they were read."""

    message_id: int
    quote: str
    taken_at: datetime


class SendAnswer(SendMessage, frozen=True, kw_only=True):
    """Stores an agent's answer, `reply_to` the question. No client can send it: it is in no frame's type, and the
    worker takes it from agents alone."""

    sources: list[Source] = []


class ReplaceAnswer(EditMessage, frozen=True, kw_only=True):
    """Puts another answer in the place of an agent's earlier one, as an edit. As SendAnswer, no client's."""

    sources: list[Source] = []


ANSWERS: Final = frozenset({SendAnswer, ReplaceAnswer})
"""The commands that only agents give."""


class UpstreamItem(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One command, and the socket that its answer goes to.

    The sender comes from the session that the gateway has authenticated, never from the client's frame.
    """

    sender_id: int
    session_id: int
    connection_id: str
    gateway_id: str
    received_ms: int
    language: str
    command: SendMessage | EditMessage | RecallMessage | React | DrainOutbox | SendAnswer | ReplaceAnswer


class UpstreamRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Commands whose conversations share a partition, in the order in which the gateway took them."""

    version: int
    items: list[UpstreamItem]


class SeatChange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Who came into a large group, with the first seq that they may see, and who has gone.

    `is_large` is False when that has made it a group whose members are listed, so that nobody is told of later changes.
    """

    joined: list[int] = []
    visible_from: int = 1
    left: list[int] = []
    is_large: bool = True


class Push(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """WebSocket frames and who gets them on this gateway: users (every socket), sockets by connection id, all, or the
    members of a large group (`conversation`) who may see the log at `seq`.

    `framed` is one or more whole text frames, as `messaging.framing` makes them, so that a gateway copies bytes and
    does nothing per message; `count` says how many. What goes to `sockets` are answers to their commands. With `seats`
    there is no frame: the members of `conversation` changed at `seq` (`messaging.gateway.large`). `trace` has the ids
    of those of its log entries whose delivery is traced.
    """

    framed: bytes
    users: list[int] = []
    sockets: list[str] = []
    exclude: list[str] = []
    everyone: bool = False
    count: int = 1
    conversation: int = 0
    seq: int = 0
    seats: SeatChange | None = None
    trace: list[int] = []


class DownstreamRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Pushes for one gateway, in order."""

    version: int
    pushes: list[Push]


class FanoutRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A run of WebSocket frames for the members of a conversation without a roster (a large group, the world room).

    `framed` holds `count` frames whose first has the log's `seq`. They are for members who may see that seq or, where
    `seen_from` is set, an earlier one that they are about; sockets in `exclude` (connection ids) do not get them.
    `trace` has the ids of those entries whose delivery is traced.
    """

    version: int
    conversation_id: int
    seq: int
    seen_from: int
    framed: bytes
    count: int
    exclude: list[str]
    trace: list[int] = []

    @property
    def limit(self) -> int:
        """The highest `visible_from` of those who may get it."""
        return self.seen_from or self.seq


class IndexingRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Conversations (of one partition) whose log has moved, each with its last seq at that time. State, not deltas:
    whoever reads it looks up what is there by now, so a record that is lost is repaired by the next."""

    version: int
    changed: list[tuple[int, int]]


class AgentRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A question that an agent is to answer: the message `question_id`, by `asker_id`, in `conversation_id`.

    With `answer_id` the stored answer is to be replaced; `attempt` then tells one such wish from the next.
    """

    version: int
    conversation_id: int
    question_id: int
    asker_id: int
    agent_id: int
    answer_id: int = 0
    attempt: str = ""


_encoder = msgspec.msgpack.Encoder()
_upstream = msgspec.msgpack.Decoder(UpstreamRecord)
_downstream = msgspec.msgpack.Decoder(DownstreamRecord)
_fanout = msgspec.msgpack.Decoder(FanoutRecord)
_indexing = msgspec.msgpack.Decoder(IndexingRecord)
_agent = msgspec.msgpack.Decoder(AgentRecord)


class UnknownVersionError(ValueError):
    """The record is of a version that this program does not read."""


def encode(record: UpstreamRecord | DownstreamRecord | FanoutRecord | IndexingRecord | AgentRecord) -> bytes:
    """The record's bytes."""
    return _encoder.encode(record)


def decode_upstream(data: bytes) -> UpstreamRecord:
    """Raises msgspec.DecodeError or UnknownVersionError."""
    record = _upstream.decode(data)
    if record.version != VERSION:
        raise UnknownVersionError(record.version)
    return record


def decode_downstream(data: bytes) -> DownstreamRecord:
    """Raises msgspec.DecodeError or UnknownVersionError."""
    record = _downstream.decode(data)
    if record.version != VERSION:
        raise UnknownVersionError(record.version)
    return record


def decode_fanout(data: bytes) -> FanoutRecord:
    """Raises msgspec.DecodeError or UnknownVersionError."""
    record = _fanout.decode(data)
    if record.version != VERSION:
        raise UnknownVersionError(record.version)
    return record


def decode_indexing(data: bytes) -> IndexingRecord:
    """Raises msgspec.DecodeError or UnknownVersionError."""
    record = _indexing.decode(data)
    if record.version != VERSION:
        raise UnknownVersionError(record.version)
    return record


def decode_agent(data: bytes) -> AgentRecord:
    """Raises msgspec.DecodeError or UnknownVersionError."""
    record = _agent.decode(data)
    if record.version != VERSION:
        raise UnknownVersionError(record.version)
    return record
