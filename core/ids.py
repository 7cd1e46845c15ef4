"""Identifiers: integers in the database, decimal strings on the wire.

A log entry (a message or another event) is named by its conversation and its place in the log: `log_id` packs both into
one signed 64-bit key. It needs no second unique index, keeps a conversation's log together in the primary key on every
database, and carries the conversation id for sharding (docs/adr/0001-log-ids.md).
"""

import secrets

from core.errors import DomainError, ErrorCode

SEQ_BITS = 30
MAX_SEQ = (1 << SEQ_BITS) - 1
MAX_CONVERSATION_ID = (1 << (63 - SEQ_BITS)) - 1
MAX_BIGINT = (1 << 63) - 1


def log_id(conversation_id: int, seq: int) -> int:
    """The primary key of the entry `seq` (1 to 2^30 - 1) in the log of `conversation_id` (up to 2^33 - 1)."""
    return conversation_id << SEQ_BITS | seq


def split_log_id(value: int) -> tuple[int, int]:
    """`(conversation_id, seq)` of a log entry's primary key."""
    return value >> SEQ_BITS, value & MAX_SEQ


def log_range(conversation_id: int, first_seq: int, last_seq: int) -> tuple[int, int]:
    """The closed range of primary keys that holds the entries `first_seq` to `last_seq` of one log."""
    return log_id(conversation_id, max(0, first_seq)), log_id(conversation_id, min(last_seq, MAX_SEQ))


def parse_id(text: str, missing: ErrorCode = ErrorCode.NOT_FOUND) -> int:
    """The integer behind an opaque id of the wire.

    Anything that cannot be an id of ours names nothing, so it raises DomainError(`missing`), never a parse error.
    """
    if text.isascii() and text.isdecimal() and len(text) <= 19 and (value := int(text)) <= MAX_BIGINT:
        return value
    raise DomainError(missing)


def new_token(bytes_of_entropy: int = 24) -> str:
    """An unguessable URL-safe string, for tickets, invites and the like."""
    return secrets.token_urlsafe(bytes_of_entropy)
