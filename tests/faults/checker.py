"""The invariant checker: the promises of the wire contract, held against the database and every client's record.

It is pure: a snapshot of the database and the witnesses go in, sentences about what is broken come out. `test_checker`
shows of every rule that it can fail.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.client.record import Frame, Record, Sent


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a log: a message (`event` is "message-stored") or another event."""

    seq: int
    event: str
    entry_id: str
    actor_id: str
    client_msg_id: str | None
    message_id: str | None
    text: str | None = None
    is_changed: bool = False
    """Whether the message was edited, recalled or hidden since."""


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A membership, with where its cursors stand."""

    user_id: str
    read_seq: int
    received_seq: int
    visible_from: int = 1


@dataclass(slots=True)
class LogRows:
    """One conversation in the database. `history` is what who sees all of it should hold, as clients compare it."""

    last_seq: int
    entries: list[Entry] = field(default_factory=list)
    members: list[MemberRow] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    is_open: bool = False
    """The world room: everyone is in it."""


Snapshot = dict[str, LogRows]
Stored = dict[tuple[str, str, str], Entry]
"""Entries by (conversation, actor, client_msg_id)."""


@dataclass(slots=True)
class Witness:
    """One client: what it did and saw, and the copies of conversations it holds at the end (by conversation)."""

    record: Record
    copies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def find_violations(snapshot: Snapshot, witnesses: Sequence[Witness], *, lossy: bool = False) -> list[str]:
    """Everything that contradicts the promises; empty when all hold.

    `lossy` says that the broker lost records that it had taken: a command that was repeated may then stand later in the
    log than it was sent.
    """
    records = [witness.record for witness in witnesses]
    stored = _index_stored(snapshot)
    return [
        *_check_gapless(snapshot),
        *_check_stored_once(snapshot),
        *_check_receipts(snapshot),
        *(violation for record in records for violation in _check_acknowledged(snapshot, stored, record)),
        *(violation for record in records for violation in _check_pushes(snapshot, record)),
        *(violation for record in records for violation in _check_sender_order(stored, record, lossy=lossy)),
        *(violation for record in records for violation in _check_privacy(snapshot, record)),
        *(f"{record.name}: {anomaly}" for record in records for anomaly in record.anomalies),
        *(violation for witness in witnesses for violation in _check_converged(snapshot, witness)),
    ]


def _check_gapless(snapshot: Snapshot) -> Iterator[str]:
    """Promise 1: 1, 2, 3 ... over messages and other events together."""
    for conversation_id, rows in snapshot.items():
        seqs = sorted(entry.seq for entry in rows.entries)
        if seqs != list(range(1, rows.last_seq + 1)):
            missing = sorted(set(range(1, rows.last_seq + 1)) - set(seqs))
            twice = [seq for seq, count in Counter(seqs).items() if count > 1]
            yield f"gap: log {conversation_id} ends at {rows.last_seq}, lacks {missing}, has twice {twice}"


def _check_stored_once(snapshot: Snapshot) -> Iterator[str]:
    """Promise 2, second half."""
    for conversation_id, rows in snapshot.items():
        keys = Counter((e.actor_id, e.client_msg_id) for e in rows.entries if e.client_msg_id is not None)
        for (actor_id, client_msg_id), count in keys.items():
            if count > 1:
                yield f"twice: {client_msg_id} of {actor_id} is stored {count} times in {conversation_id}"


def _check_receipts(snapshot: Snapshot) -> Iterator[str]:
    for conversation_id, rows in snapshot.items():
        for member in rows.members:
            if not 0 <= member.read_seq <= member.received_seq <= rows.last_seq:
                yield (
                    f"receipts: {member.user_id} in {conversation_id} has read {member.read_seq}, "
                    f"received {member.received_seq}, last {rows.last_seq}"
                )


def _check_acknowledged(snapshot: Snapshot, index: Stored, record: Record) -> Iterator[str]:
    """Promise 2, first half: what was acknowledged is in the log, under the seq and the id that the ack gave."""
    for sent in record.sent.values():
        answers = {(ack["message_id"], ack["seq"]) for ack in sent.acks}
        rows = snapshot.get(sent.conversation_id)
        stored = index.get((sent.conversation_id, record.user_id, sent.client_msg_id))
        if stored is None:
            yield from _check_unstored(rows, record, sent)
            continue
        if sent.error is not None and not sent.acks:
            code = sent.error["code"]
            yield f"refused: {record.name}'s {sent.client_msg_id} met {code} and is stored at {stored.seq}"
        for message_id, seq in answers - {(stored.message_id, stored.seq)}:
            yield (
                f"ack: {record.name}'s {sent.client_msg_id} was acknowledged as {message_id} at {seq}, "
                f"stored as {stored.message_id} at {stored.seq}"
            )
        said = {ack["content"].get("text", "") for ack in sent.acks if "content" in ack}
        said = said or {sent.frame.get("content", {}).get("text", "")}
        if stored.text is not None and not stored.is_changed and stored.text not in said:
            yield f"content: {record.name}'s {sent.client_msg_id} is stored with another text"


def _check_unstored(rows: LogRows | None, record: Record, sent: Sent) -> Iterator[str]:
    """An ack without a row is right for a command that changed nothing; it then names a seq that exists."""
    for ack in sent.acks:
        is_message = sent.frame["type"] == "send-message"
        if is_message or rows is None or ack["seq"] > rows.last_seq:
            yield f"lost: {record.name}'s {sent.client_msg_id} was acknowledged at {ack['seq']} and is not stored"


def _check_pushes(snapshot: Snapshot, record: Record) -> Iterator[str]:
    """Promise 1: whatever came in under a seq is what the log holds there, the same for everyone."""
    by_place = {(key, entry.seq): entry for key, rows in snapshot.items() for entry in rows.entries}
    for arrival in record.arrivals:
        place = _place_of(arrival.frame)
        if place is None:
            continue
        conversation_id, seq, event, named_id = place
        entry = by_place.get((conversation_id, seq))
        if entry is None:
            yield f"phantom: {record.name} was pushed {event} at {conversation_id}/{seq}, where nothing is stored"
        elif entry.event != event or named_id not in (None, entry.message_id):
            yield (
                f"order: {record.name} was pushed {event} {named_id} at {conversation_id}/{seq}, "
                f"where {entry.event} {entry.message_id} is stored"
            )


def _place_of(frame: Frame) -> tuple[str, int, str, str | None] | None:
    """(conversation, seq, event, message id) of a pushed log entry."""
    if frame["type"] == "new-message":
        message = frame["message"]
        return message["conversation_id"], message["seq"], "message-stored", message["message_id"]
    if frame["type"] == "conversation-event":
        named_id = frame.get("message_id") or frame.get("message", {}).get("message_id")
        return frame["conversation_id"], frame["seq"], frame["event"], named_id
    return None


def _check_sender_order(stored: Stored, record: Record, *, lossy: bool) -> Iterator[str]:
    """Promise 3: sent earlier on the same socket, stored earlier."""
    lanes: defaultdict[tuple[str, int], list[tuple[int, Sent]]] = defaultdict(list)
    for sent in record.sent.values():
        entry = stored.get((sent.conversation_id, record.user_id, sent.client_msg_id))
        if entry is not None:
            for socket in {transmission.socket for transmission in sent.transmissions}:
                lanes[sent.conversation_id, socket].append((entry.seq, sent))
    for (conversation_id, _socket), lane in lanes.items():
        latest: Sent | None = None  # of all that is stored so far, what was sent last
        for _seq, sent in sorted(lane, key=lambda pair: pair[0]):
            if latest is None or _position(sent) > _position(latest):
                latest = sent
            elif not _may_be_late(sent, lossy=lossy) and sent is not latest:
                yield (
                    f"sender order: {record.name} sent {sent.client_msg_id} before {latest.client_msg_id} "
                    f"to {conversation_id}, stored the other way round"
                )


def _position(sent: Sent) -> int:
    """Where it first went out, among all that the client sent."""
    return sent.transmissions[0].position


def _may_be_late(sent: Sent, *, lossy: bool) -> bool:
    """Refused for the moment, it went out again behind what had been taken meanwhile."""
    return bool(sent.refusals) or (lossy and len(sent.transmissions) > 1)


def _check_privacy(snapshot: Snapshot, record: Record) -> Iterator[str]:
    """Who was never a member is sent nothing of a conversation."""
    for conversation_id, rows in snapshot.items():
        if rows.is_open or record.user_id in {member.user_id for member in rows.members}:
            continue
        for arrival in record.arrivals:
            if arrival.frame["type"] != "error" and conversation_id in _conversations_of(arrival.frame):
                yield f"privacy: {record.name} was sent {arrival.frame['type']} of {conversation_id}"


def _conversations_of(frame: Frame) -> Iterable[str]:
    if "message" in frame and isinstance(frame["message"], dict):
        yield frame["message"]["conversation_id"]
    if "conversation" in frame:
        yield frame["conversation"]["id"]
    if "conversation_id" in frame:
        yield frame["conversation_id"]


def _check_converged(snapshot: Snapshot, witness: Witness) -> Iterator[str]:
    """Promise 4: after healing, a client's copy equals the database."""
    record = witness.record
    for conversation_id, copy in witness.copies.items():
        rows = snapshot.get(conversation_id)
        history = _history_for(rows, record.user_id) if rows is not None else []
        if copy == history:
            continue
        seqs, wanted = [m["seq"] for m in copy], [m["seq"] for m in history]
        if seqs != wanted:
            yield f"diverged: {record.name} holds {conversation_id} as {seqs}, the database as {wanted}"
            continue
        for mine, theirs in zip(copy, history, strict=True):
            if mine != theirs:
                yield f"diverged: {record.name} holds {conversation_id}/{mine['seq']} as {mine}, stored is {theirs}"


def _history_for(rows: LogRows, user_id: str) -> list[dict[str, Any]]:
    visible_from = next((member.visible_from for member in rows.members if member.user_id == user_id), 1)
    return [shown for shown in rows.history if shown["seq"] >= visible_from]


def _index_stored(snapshot: Snapshot) -> Stored:
    """Of two entries under one key (which is a violation of its own) the first."""
    found: Stored = {}
    for conversation_id, rows in snapshot.items():
        for entry in rows.entries:
            if entry.client_msg_id is not None:
                found.setdefault((conversation_id, entry.actor_id, entry.client_msg_id), entry)
    return found
