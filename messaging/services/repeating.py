"""A command that the log already holds: a client's repetition, or a record read again after a crash."""

from typing import Any

from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from messaging import frames
from messaging.commands import SendMessage
from messaging.models import LogEvent, Message
from messaging.selectors.messages import view_messages
from messaging.services.batch import Batch, Outgoing, Pending
from messaging.services.questions import note_repeated
from messaging.services.sending import acknowledge
from messaging.store.rows import StoredCommand
from messaging.wire import view_event


def repeat(batch: Batch, pending: Pending) -> None:
    """Answers with the original result, and pushes again unless the first push is known to have gone out.

    The push carries the message's present state, which is no older than what was pushed first. Raises CONFLICT when the
    same client_msg_id names another command.
    """
    stored = batch.stored[pending.key]
    if stored.payload_hash != pending.payload_hash:
        raise DomainError(ErrorCode.CONFLICT, details={"client_msg_id": stored.client_msg_id})
    message_id = stored.id if stored.is_message else (stored.message_id or stored.id)
    pending.answer = acknowledge(pending, message_id, stored.seq, to_wire(stored.at), _changed(batch, pending, stored))
    if stored.id not in batch.confirmed and stored.at != batch.at:
        pending.outgoing = _push_again(batch, stored)
        if stored.is_message and (message := batch.targets.get(stored.id)) is not None:
            note_repeated(batch, message)


def _changed(batch: Batch, pending: Pending, stored: StoredCommand) -> dict[str, Any] | None:
    """The content of a message that is no longer, or never was, what this command says."""
    message = batch.targets.get(stored.id) if stored.is_message else None
    sent = pending.item.command
    if message is None or not isinstance(sent, SendMessage) or message.text == (sent.content.text or ""):
        return None
    return dict(view_messages([message], None)[0].content)


def _push_again(batch: Batch, stored: StoredCommand) -> Outgoing | None:
    message = batch.targets.get(stored.message_id or stored.id)
    if stored.is_message:
        return _message_again(stored, message) if message is not None else None
    entry = LogEvent.objects.filter(pk=stored.id).first()
    if entry is None:
        return None
    shown = view_messages([message], None)[0] if entry.event == "message-edited" and message is not None else None
    seen_from = message.seq if message is not None else stored.seq
    frame = frames.encode_event(stored.conversation_id, view_event(entry, shown))
    return Outgoing(stored.conversation_id, stored.seq, frame, seen_from=seen_from)


def _message_again(stored: StoredCommand, message: Message) -> Outgoing:
    frame = frames.encode(frames.NewMessage(message=view_messages([message], None)[0]))
    return Outgoing(stored.conversation_id, stored.seq, frame, seen_from=stored.seq)
