"""edit-message, recall-message and react inside a batch: each is an event of its own in the log."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from core.errors import DomainError, ErrorCode
from core.ids import log_id, parse_id
from messaging import frames
from messaging.commands import EditMessage, React, RecallMessage
from messaging.delivery.rosters import Seat, may_moderate
from messaging.models import LogEvent, Mention, Message, Pin, Reaction
from messaging.records import ReplaceAnswer
from messaging.selectors.messages import view_messages
from messaging.services.batch import Batch, LogState, Outgoing, Pending
from messaging.services.carrying import drop_attachment
from messaging.services.citing import forget_citations, save_citations, withdraw_citations
from messaging.services.originals import hand_over_original
from messaging.services.rights import check_is_member, check_may_write, check_target
from messaging.services.sending import acknowledge
from messaging.store.rows import StoredCommand
from messaging.wire import MessageView, view_event

MAX_EMOJI_PER_MESSAGE = 50


def edit_message(batch: Batch, pending: Pending, command: EditMessage) -> None:
    """Replaces the text of the sender's own message within the window. Raises DomainError."""
    log = batch.log_of(pending)
    seat = check_may_write(batch, log, pending)
    message = _access_content(batch, log, command.message_id, seat)
    if message.sender_id != pending.item.sender_id:
        raise DomainError(ErrorCode.FORBIDDEN, _("Only the sender can edit a message."))
    _check_window(batch, message, settings.MESSAGE_EDIT_WINDOW_S, _("It is too late to edit this message."))
    _check_same_file(message, command)
    text = command.content.text or ""
    if message.text == text:
        _acknowledge_unchanged(log, pending, message, batch)
        return
    _set_text(message, text, batch.at)
    _append(batch, log, pending, "message-edited", message, shown=view_messages([message], None)[0])


def replace_answer(batch: Batch, pending: Pending, command: ReplaceAnswer) -> None:
    """Replaces an agent's own answer, with what it cites; however old it is. Raises DomainError."""
    log = batch.log_of(pending)
    seat = check_may_write(batch, log, pending)
    message = _access_content(batch, log, command.message_id, seat)
    if message.sender_id != pending.item.sender_id:
        raise DomainError(ErrorCode.FORBIDDEN, _("Only the sender can edit a message."))
    _set_text(message, command.content.text or "", batch.at)
    citations = save_citations(log, message.id, command.sources)
    [view] = view_messages([message], None)
    shown = msgspec.structs.replace(view, citations=citations or msgspec.UNSET)
    _append(batch, log, pending, "message-edited", message, shown=shown)


def recall_message(batch: Batch, pending: Pending, command: RecallMessage) -> None:
    """Withdraws a message: the sender's own within the window, anyone's by an owner or admin. Raises DomainError."""
    log = batch.log_of(pending)
    seat = check_is_member(batch, log, pending.item.sender_id)
    message = check_target(batch, log, parse_id(command.message_id, ErrorCode.MESSAGE_NOT_FOUND), seat)
    if message.recalled_at is not None:
        _acknowledge_unchanged(log, pending, message, batch)
        return
    if not may_moderate(seat):
        if message.sender_id != pending.item.sender_id:
            raise DomainError(ErrorCode.FORBIDDEN, _("Only the sender can recall a message."))
        _check_window(batch, message, settings.MESSAGE_RECALL_WINDOW_S, _("It is too late to recall this message."))
    erase_content(message, batch.at)
    _append(batch, log, pending, "message-recalled", message)


def react(batch: Batch, pending: Pending, command: React) -> None:
    """Adds or removes the sender's emoji on a message. Raises DomainError."""
    log = batch.log_of(pending)
    seat = check_may_write(batch, log, pending)
    message = _access_content(batch, log, command.message_id, seat)
    mine = Reaction.objects.filter(message_id=message.id, emoji=command.emoji, user_id=pending.item.sender_id)
    if mine.exists() == (command.op == "add"):
        _acknowledge_unchanged(log, pending, message, batch)
        return
    if command.op == "add":
        _check_emoji_room(message, command.emoji)
        Reaction.objects.create(
            message_id=message.id, emoji=command.emoji, user_id=pending.item.sender_id, created_at=batch.at
        )
    else:
        mine.delete()
    count = Reaction.objects.filter(message_id=message.id, emoji=command.emoji).count()
    event = "reaction-added" if command.op == "add" else "reaction-removed"
    _append(batch, log, pending, event, message, payload={"emoji": command.emoji, "count": count})


def erase_content(message: Message, at: Any) -> None:
    """Empties a message for good, with all that hangs on it; the row keeps its place in the log."""
    hand_over_original(message, "recalled")
    withdraw_citations([message.id])
    forget_citations(message)
    drop_attachment(message, at)
    message.text = ""
    message.mentions = None
    message.recalled_at = at
    message.save(update_fields=["text", "file_id", "mentions", "recalled_at"])
    Reaction.objects.filter(message_id=message.id).delete()
    Mention.objects.filter(conversation_id=message.conversation_id, seq=message.seq).delete()
    Pin.objects.filter(message_id=message.id).delete()


def _set_text(message: Message, text: str, at: datetime) -> None:
    hand_over_original(message, "edited")
    withdraw_citations([message.id])
    message.text = text
    message.edited_at = at
    message.save(update_fields=["text", "edited_at"])


def _access_content(batch: Batch, log: LogState, message_id: str, seat: Seat) -> Message:
    message = check_target(batch, log, parse_id(message_id, ErrorCode.MESSAGE_NOT_FOUND), seat)
    if message.recalled_at is not None or message.hidden_at is not None:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return message


def _check_same_file(message: Message, command: EditMessage) -> None:
    """An edit changes the text beside a file, never the file: naming one that is not there is refused."""
    named = command.content.file_id
    if named is not None and (message.file_id is None or named != str(message.file_id)):
        refusal = _("An edit cannot change the file that a message carries.")
        raise DomainError(ErrorCode.INVALID_MESSAGE, refusal, {"fields": {"file_id": [refusal]}})


def _check_window(batch: Batch, message: Message, window_s: int, refusal: str) -> None:
    if batch.at - message.created_at > timedelta(seconds=window_s):
        raise DomainError(ErrorCode.FORBIDDEN, refusal, {"window_s": window_s})


def _check_emoji_room(message: Message, emoji: str) -> None:
    kinds = set(Reaction.objects.filter(message_id=message.id).values_list("emoji", flat=True).distinct())
    if emoji not in kinds and len(kinds) >= MAX_EMOJI_PER_MESSAGE:
        raise DomainError(ErrorCode.FORBIDDEN, _("This message has as many different reactions as it can hold."))


def _acknowledge_unchanged(log: LogState, pending: Pending, message: Message, batch: Batch) -> None:
    """A command that changes nothing is acknowledged with the conversation's last seq."""
    pending.answer = acknowledge(pending, message.id, log.last_seq, batch.at_wire)


def _append(
    batch: Batch,
    log: LogState,
    pending: Pending,
    event: str,
    message: Message,
    *,
    payload: dict[str, Any] | None = None,
    shown: MessageView | None = None,
) -> None:
    log.last_seq += 1
    log.only_messages = False
    conversation_id, sender_id, client_msg_id = pending.key
    entry = LogEvent(
        id=log_id(conversation_id, log.last_seq),
        conversation_id=conversation_id,
        seq=log.last_seq,
        event=event,
        actor_id=sender_id,
        client_msg_id=client_msg_id,
        payload_hash=pending.payload_hash,
        message_id=message.id,
        payload=payload or {},
        at=batch.at,
    )
    batch.events.append(entry)
    batch.stored[pending.key] = StoredCommand(
        conversation_id, sender_id, client_msg_id, entry.id, entry.seq, entry.payload_hash, batch.at, message.id, False
    )
    pending.answer = acknowledge(pending, message.id, entry.seq, batch.at_wire)
    frame = frames.encode_event(conversation_id, view_event(entry, shown))
    # The sending socket gets the event too: a reaction's new count, say, stands nowhere else.
    pending.outgoing = Outgoing(conversation_id, entry.seq, frame, seen_from=message.seq)
