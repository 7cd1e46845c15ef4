"""The log: the one way, for HTTP writes and for the worker, to lock a conversation and give an event its seq."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import log_id
from core.models import OutboxEntry
from messaging.models import Conversation, LogEvent
from messaging.services.upstream import request_drain


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """What to append: the event's name, who did it, what it is about (ids, never content)."""

    event: str
    actor_id: int
    payload: dict[str, Any] = field(default_factory=dict)
    message_id: int | None = None
    client_msg_id: str | None = None
    payload_hash: int = 0


def lock_conversation(conversation_id: int) -> Conversation:
    """The conversation's row, locked until the transaction ends. Raises CONVERSATION_NOT_FOUND (dissolved ones too)."""
    query = Conversation.objects.filter(pk=conversation_id, dissolved_at=None)
    found = query.select_for_update(no_key=connection.features.has_select_for_no_key_update).first()
    if found is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    return found


def append_event(
    conversation: Conversation,
    new: NewEvent,
    *,
    added: Sequence[int] = (),
    removed: Sequence[int] = (),
    seats: Mapping[str, Any] | None = None,
) -> LogEvent:
    """Appends an event to the log of a conversation that this transaction has locked.

    `added` and `removed` are the users to whom `conversation-added` and `conversation-removed` go; `seats` is what the
    gateways are to know of them (see `leave_in_outbox`). The push itself is left in the outbox and leaves, in seq
    order, once the transaction has committed. Moves `conversation.last_seq`.
    """
    conversation.last_seq += 1
    entry = LogEvent.objects.create(
        id=log_id(conversation.pk, conversation.last_seq),
        conversation_id=conversation.pk,
        seq=conversation.last_seq,
        event=new.event,
        actor_id=new.actor_id,
        client_msg_id=new.client_msg_id,
        payload_hash=new.payload_hash,
        message_id=new.message_id,
        payload=new.payload,
        at=clock.now(),
    )
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=conversation.last_seq, changed_at=Now())
    payload: dict[str, Any] = {"seq": entry.seq, "added": list(added), "removed": list(removed)}
    leave_in_outbox(conversation.pk, payload if seats is None else payload | {"seats": dict(seats)})
    return entry


def leave_in_outbox(conversation_id: int, payload: dict[str, Any]) -> None:
    """Leaves something to push; the commit wakes the relay. `payload` is read by `messaging.services.relay`.

    `{"seq", "added", "removed"}`: the event at seq, to every member; or `{"updated": [user_id]}`:
    `conversation-updated` to these users, and to every member when the list is missing; or `{"added": [...]}`,
    `{"removed": [...]}` alone. Where the group is large, `"seats": {"visible_from", "is_large"}` beside them lets every
    gateway know who came (and what they may see) and who went.
    """
    OutboxEntry.objects.create(conversation_id=conversation_id, payload=payload, created_at=clock.now())
    transaction.on_commit(lambda: request_drain(conversation_id))
