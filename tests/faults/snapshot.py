"""Reads the database for the checker: the rows, and the history that follows from them by arithmetic of its own."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

from messaging.models import Conversation, ConversationKind, LogEvent, Member, Message, Reaction
from tests.client.log import MEMBERSHIP
from tests.faults.checker import Entry, LogRows, MemberRow, Snapshot


def take_snapshot(*, only: Collection[str] | None = None) -> Snapshot:
    """Every conversation of the database that the ORM speaks to, or `only` these."""
    kept = {} if only is None else {"conversation_id__in": [int(key) for key in only]}
    wanted = {} if only is None else {"pk__in": [int(key) for key in only]}
    snapshot = {
        str(row.pk): LogRows(row.last_seq, is_open=row.kind == ConversationKind.WORLD)
        for row in Conversation.objects.filter(**wanted)
    }
    reactions = _read_reactions()
    for message in Message.objects.filter(**kept).order_by("id"):
        rows = snapshot[str(message.conversation_id)]
        rows.entries.append(_message_entry(message))
        rows.history.append(_shown(message, reactions[message.pk]))
    for event in LogEvent.objects.filter(**kept).order_by("id"):
        rows = snapshot[str(event.conversation_id)]
        rows.entries.append(_event_entry(event))
        if event.event in MEMBERSHIP:
            rows.history.append({"seq": event.seq, "kind": "system", "sender_id": str(event.actor_id)})
    for member in Member.objects.filter(**kept):
        row = MemberRow(str(member.user_id), member.read_seq, member.received_seq, member.visible_from)
        snapshot[str(member.conversation_id)].members.append(row)
    for rows in snapshot.values():
        rows.history.sort(key=lambda shown: shown["seq"])
    return snapshot


def _read_reactions() -> "defaultdict[int, dict[str, list[str]]]":
    reactions: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
    for reaction in Reaction.objects.order_by("id"):
        reactions[reaction.message_id].setdefault(reaction.emoji, []).append(str(reaction.user_id))
    return reactions


def _message_entry(message: Message) -> Entry:
    return Entry(
        seq=message.seq,
        event="message-stored",
        entry_id=str(message.pk),
        actor_id=str(message.sender_id),
        client_msg_id=message.client_msg_id,
        message_id=str(message.pk),
        text=message.text,
        is_changed=any((message.edited_at, message.recalled_at, message.hidden_at)),
    )


def _event_entry(event: LogEvent) -> Entry:
    return Entry(
        seq=event.seq,
        event=event.event,
        entry_id=str(event.pk),
        actor_id=str(event.actor_id),
        client_msg_id=event.client_msg_id,
        message_id=str(event.message_id) if event.message_id is not None else None,
    )


def _shown(message: Message, reactions: dict[str, list[str]]) -> dict[str, Any]:
    gone = message.recalled_at is not None or message.hidden_at is not None
    return {
        "message_id": str(message.pk),
        "seq": message.seq,
        "sender_id": str(message.sender_id),
        "kind": message.kind,
        "content": {} if gone else _content(message),
        "reply_to": str(message.reply_to) if message.reply_to is not None else None,
        "mentions": [] if gone else message.mentions or [],
        "created_at": _wire(message.created_at),
        "edited_at": _wire(message.edited_at) if message.edited_at is not None else None,
        "recalled": message.recalled_at is not None,
        "reactions": {}
        if gone
        else {emoji: {"count": len(users), "user_ids": sorted(users)} for emoji, users in reactions.items()},
    }


def _content(message: Message) -> dict[str, Any]:
    if message.file_id is None:
        return {"text": message.text}
    return {"file_id": str(message.file_id)} | ({"text": message.text} if message.text else {})


def _wire(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
