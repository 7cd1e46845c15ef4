"""Who may write what, where: decided under the conversation's lock, from the roster of just this version."""

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from core.clock import to_wire
from core.errors import DomainError, ErrorCode, rate_limited
from messaging.delivery.rosters import Seat, may_moderate
from messaging.models import ConversationKind, Message
from messaging.records import ANSWERS
from messaging.services.batch import Batch, LogState, Pending
from messaging.store.rows import LockedConversation

_WORLD_SEAT = Seat("member", 0.0, 1)


def check_may_write(batch: Batch, log: LogState, pending: Pending) -> Seat:
    """The sender's seat. Raises CONVERSATION_NOT_FOUND, BLOCKED, MUTED or FORBIDDEN."""
    sender_id = pending.item.sender_id
    seat = check_is_member(batch, log, sender_id)
    if seat.muted_until_s > batch.at_s:
        until = to_wire(datetime.fromtimestamp(seat.muted_until_s, UTC))
        raise DomainError(ErrorCode.MUTED, details={"until": until})
    row = log.row
    if row.kind == ConversationKind.DIRECT and log.roster is not None:
        if any(blocked == sender_id for _blocker, blocked in log.roster.blocks):
            raise DomainError(ErrorCode.BLOCKED)
    elif not may_moderate(seat) and type(pending.command) not in ANSWERS:
        # An answer comes to whoever may still write there.
        _check_open_to_members(row)
    return seat


def check_is_member(batch: Batch, log: LogState, user_id: int) -> Seat:
    """The seat of a present member; in the world room everyone has one. Raises CONVERSATION_NOT_FOUND."""
    seat = batch.seat_of(log.row.id, user_id)
    if seat is None and log.row.kind == ConversationKind.WORLD:
        return _WORLD_SEAT
    if seat is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    return seat


def _check_open_to_members(row: LockedConversation) -> None:
    if row.muted_all:
        raise DomainError(ErrorCode.MUTED, _("Everyone in this group is muted."), {"muted_all": True})
    if row.announcement_only:
        raise DomainError(
            ErrorCode.FORBIDDEN, _("Only the owner and admins write in this group."), {"announcement_only": True}
        )


def check_slow_mode(batch: Batch, log: LogState, pending: Pending, seat: Seat) -> None:
    """Raises RATE_LIMITED when the sender's last message is younger than the group's slow mode (seconds)."""
    interval = log.row.slow_mode_s
    if not interval or may_moderate(seat) or type(pending.command) in ANSWERS:
        return
    if (pending.conversation_id, pending.item.sender_id) in batch.sender_moves:
        raise rate_limited(interval * 1000)
    last = (
        Message.objects.filter(conversation_id=pending.conversation_id, sender_id=pending.item.sender_id)
        .order_by("-id")
        .values_list("created_at", flat=True)
        .first()
    )
    if last is not None:
        wait = last + timedelta(seconds=interval) - batch.at
        if wait > timedelta(0):
            raise rate_limited(int(wait.total_seconds() * 1000))


def check_target(batch: Batch, log: LogState, message_id: int, seat: Seat) -> Message:
    """The message a command names: of this conversation and visible to the sender. Raises MESSAGE_NOT_FOUND."""
    message = batch.targets.get(message_id)
    if message is None or message.conversation_id != log.row.id or message.seq < seat.visible_from:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return message
