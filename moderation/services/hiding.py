"""Hiding a message from everyone, and showing it again: the text stays in its row, events and history show none."""

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import split_log_id
from messaging.models import Conversation, Message
from messaging.services.citing import withdraw_citations
from messaging.services.log import NewEvent, append_event, lock_conversation
from moderation.services.audit import record
from moderation.services.sanctions import SITE


@transaction.atomic
def hide_message(message_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Takes a message out of sight: a `message-hidden` event. Hiding it again changes nothing.

    Raises MESSAGE_NOT_FOUND, and CONFLICT for a recalled one, which has nothing left to hide.
    """
    conversation, message = _lock(message_id)
    if message.recalled_at is not None:
        raise DomainError(ErrorCode.CONFLICT, _("This message has been recalled."))
    if message.hidden_at is None:
        Message.objects.filter(pk=message_id).update(hidden_at=clock.now())
        withdraw_citations([message_id])
        _append(conversation, message, "message-hidden")
        record(actor=actor, action="hid-message", target=message, why=why, request=request)


@transaction.atomic
def restore_message(message_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Shows a hidden message again: a `message-restored` event, which carries it. Where it is shown, nothing changes.

    Raises MESSAGE_NOT_FOUND.
    """
    conversation, message = _lock(message_id)
    if message.hidden_at is not None:
        Message.objects.filter(pk=message_id).update(hidden_at=None)
        _append(conversation, message, "message-restored")
        record(actor=actor, action="restored-message", target=message, why=why, request=request)


def _lock(message_id: int) -> tuple[Conversation | None, Message]:
    """The message under its conversation's lock; None for a dissolved conversation, whose log nobody reads."""
    try:
        conversation = lock_conversation(split_log_id(message_id)[0])
    except DomainError:
        conversation = None
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    return conversation, message


def _append(conversation: Conversation | None, message: Message, event: str) -> None:
    if conversation is not None:
        append_event(conversation, NewEvent(event=event, actor_id=SITE, message_id=message.pk))
