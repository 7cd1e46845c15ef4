"""send-message inside a batch: rights, seq, the row to insert, the ack and the push (flows 2 and 3)."""

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from core.errors import DomainError, ErrorCode
from core.ids import log_id, parse_id
from files.models import File
from files.wire import view_file
from messaging import frames
from messaging.commands import SendMessage
from messaging.delivery.rosters import Seat, may_moderate
from messaging.models import ConversationKind, Mention
from messaging.records import SendAnswer
from messaging.selectors.citations import without_quotes
from messaging.services.batch import Batch, LogState, Outgoing, Pending
from messaging.services.carrying import accept_file
from messaging.services.citing import save_citations
from messaging.services.questions import note_question
from messaging.services.rights import check_may_write, check_slow_mode, check_target
from messaging.store.rows import NewMessageRow, StoredCommand
from messaging.wire import MessageView, view_content

EVERYONE = "all"


def store_message(batch: Batch, pending: Pending, command: SendMessage) -> None:
    """Gives the message its seq and notes the row, the answer and the push. Raises DomainError."""
    log = batch.log_of(pending)
    seat = check_may_write(batch, log, pending)
    reply_to = _accept_reply(batch, log, command, seat) if command.reply_to is not None else None
    mentions = _accept_mentions(batch, log, command, seat) if command.mentions else []
    file = accept_file(batch, pending, command)
    check_slow_mode(batch, log, pending, seat)
    row = _append(batch, log, pending, command, reply_to=reply_to, mentions=mentions)
    view = _view(row, batch.at_wire, mentions, file)
    if type(command) is SendAnswer and command.sources:
        view = msgspec.structs.replace(view, citations=save_citations(log, row.id, command.sources))
    encoded = msgspec.json.encode(view)
    log.recent.append(encoded if view.citations is msgspec.UNSET else msgspec.json.encode(without_quotes(view)))
    if mentions or log.row.kind == ConversationKind.AGENT:
        note_question(batch, log, message_id=row.id, sender_id=row.sender_id, mentions=mentions)
    changed = None if command is pending.item.command else view.content
    pending.answer = acknowledge(pending, row.id, row.seq, view.created_at, changed)
    pending.outgoing = Outgoing(
        log.row.id,
        row.seq,
        b'{"type":"new-message","message":' + encoded + b"}",
        exclude=[pending.item.connection_id],
    )


def _accept_reply(batch: Batch, log: LogState, command: SendMessage, seat: Seat) -> int:
    """The message that this one replies to; an agent's answers nothing that has been taken back meanwhile."""
    target = check_target(batch, log, parse_id(command.reply_to or "", ErrorCode.MESSAGE_NOT_FOUND), seat)
    if type(command) is SendAnswer and (target.recalled_at is not None or target.hidden_at is not None):
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return target.id


def acknowledge(
    pending: Pending, message_id: int, seq: int, created_at: str, changed: dict[str, Any] | None = None
) -> frames.MessageAck:
    """The `message-ack` that answers this command; with the content, where it is `changed` from what was sent."""
    command = pending.item.command
    return frames.MessageAck(
        client_msg_id=pending.key[2],
        command=str(type(command).__struct_config__.tag),
        message_id=str(message_id),
        conversation_id=str(pending.conversation_id),
        seq=seq,
        created_at=created_at,
        id=getattr(command, "id", None),
        content=changed,
    )


def _append(
    batch: Batch, log: LogState, pending: Pending, command: SendMessage, *, reply_to: int | None, mentions: list[str]
) -> NewMessageRow:
    log.last_seq += 1
    log.last_ordinal += 1
    log.last_message_seq = log.last_seq
    conversation_id, sender_id, client_msg_id = pending.key
    row = NewMessageRow(
        id=log_id(conversation_id, log.last_seq),
        conversation_id=conversation_id,
        seq=log.last_seq,
        ordinal=log.last_ordinal,
        sender_id=sender_id,
        client_msg_id=client_msg_id,
        payload_hash=pending.payload_hash,
        kind=command.kind,
        text=command.content.text or "",
        mentions=msgspec.json.encode(mentions).decode() if mentions else None,
        reply_to=reply_to,
        file_id=int(command.content.file_id) if command.content.file_id is not None else None,
    )
    batch.messages.append(row)
    batch.sender_moves[conversation_id, sender_id] = (row.seq, row.ordinal)
    batch.stored[pending.key] = StoredCommand(
        conversation_id, sender_id, client_msg_id, row.id, row.seq, row.payload_hash, batch.at, None, True
    )
    for user in mentions:
        named = Mention.EVERYONE if user == EVERYONE else int(user)
        batch.mentions.append((conversation_id, row.seq, named, sender_id))
    return row


def _accept_mentions(batch: Batch, log: LogState, command: SendMessage, seat: Seat) -> list[str]:
    """Who is named, without repeats and without people who are not members (they may have left meanwhile)."""
    if EVERYONE in command.mentions:
        if log.row.kind != ConversationKind.DIRECT and not may_moderate(seat):
            raise DomainError(ErrorCode.FORBIDDEN, _("Only the owner and admins may mention everyone."))
        return [EVERYONE]
    named = dict.fromkeys(parse_id(user, ErrorCode.INVALID_MESSAGE) for user in command.mentions)
    is_world = log.row.kind == ConversationKind.WORLD
    return [str(user_id) for user_id in named if is_world or batch.seat_of(log.row.id, user_id) is not None]


def _view(row: NewMessageRow, created_at: str, mentions: list[str], file: File | None) -> MessageView:
    return MessageView(
        message_id=str(row.id),
        conversation_id=str(row.conversation_id),
        seq=row.seq,
        sender_id=str(row.sender_id),
        client_msg_id=row.client_msg_id,
        kind=row.kind,
        content={"text": row.text} if file is None else view_content(row.text, view_file(file)),
        reply_to=str(row.reply_to) if row.reply_to else None,
        mentions=mentions,
        created_at=created_at,
        edited_at=None,
        recalled=False,
        reactions={},
    )
