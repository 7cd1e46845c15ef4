"""Kafka records between gateway and logic worker: versioned structs in msgpack, decoded and checked at the edge."""

import msgspec

from messaging.commands import EditMessage, React, RecallMessage, SendMessage

VERSION = 1


class DrainOutbox(msgspec.Struct, frozen=True, tag="drain-outbox", tag_field="type"):
    """Asks the worker that owns the conversation to publish what HTTP writes have left in the outbox."""

    conversation_id: str


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
    command: SendMessage | EditMessage | RecallMessage | React | DrainOutbox


class UpstreamRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Commands whose conversations share a partition, in the order in which the gateway took them."""

    version: int
    items: list[UpstreamItem]


class Push(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """WebSocket frames and who gets them on this gateway: users (every socket), sockets by connection id, or all.

    `framed` is one or more whole text frames, as `messaging.framing` makes them, so that a gateway copies bytes and
    does nothing per message; `count` says how many. What goes to `sockets` are answers to their commands.
    """

    framed: bytes
    users: list[int] = []
    sockets: list[str] = []
    exclude: list[str] = []
    everyone: bool = False
    count: int = 1


class DownstreamRecord(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Pushes for one gateway, in order."""

    version: int
    pushes: list[Push]


_encoder = msgspec.msgpack.Encoder()
_upstream = msgspec.msgpack.Decoder(UpstreamRecord)
_downstream = msgspec.msgpack.Decoder(DownstreamRecord)


class UnknownVersionError(ValueError):
    """The record is of a version that this program does not read."""


def encode(record: UpstreamRecord | DownstreamRecord) -> bytes:
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
