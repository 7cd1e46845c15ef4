"""Pinning messages for everyone in a conversation."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Block
from core import clock
from core.errors import DomainError, ErrorCode
from messaging.models import Conversation, ConversationKind, Member, Message, Pin, Role
from messaging.services.log import NewEvent, append_event, lock_conversation

MAX_PINS = 200


def pin_message(user_id: int, message: Message) -> None:
    """Pins a message that the user may see; pinning it again changes nothing.

    Raises CONVERSATION_NOT_FOUND when the user has left meanwhile, MESSAGE_NOT_FOUND for a recalled or hidden message,
    FORBIDDEN or BLOCKED without the right to, CONFLICT when MAX_PINS are pinned.
    """
    with transaction.atomic():
        conversation = _lock_for_pinning(user_id, message.conversation_id)
        # Once more under the lock: a recall may have come between.
        present = Message.objects.filter(pk=message.pk, recalled_at=None, hidden_at=None)
        if not present.exists():
            raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
        if Pin.objects.filter(message_id=message.pk).exists():
            return
        if Pin.objects.filter(conversation_id=conversation.pk).count() >= MAX_PINS:
            raise DomainError(ErrorCode.CONFLICT, _("Too many messages are pinned here."), {"max_pins": MAX_PINS})
        Pin.objects.create(
            conversation_id=conversation.pk, message_id=message.pk, pinned_by_id=user_id, pinned_at=clock.now()
        )
        append_event(conversation, NewEvent(event="message-pinned", actor_id=user_id, message_id=message.pk))


def unpin_message(user_id: int, message: Message) -> None:
    """Takes a pin away; where there is none, nothing changes. Raises as `pin_message` does for who may not."""
    with transaction.atomic():
        conversation = _lock_for_pinning(user_id, message.conversation_id)
        deleted, _per_model = Pin.objects.filter(message_id=message.pk).delete()
        if deleted:
            append_event(conversation, NewEvent(event="message-unpinned", actor_id=user_id, message_id=message.pk))


def _lock_for_pinning(user_id: int, conversation_id: int) -> Conversation:
    """The conversation, locked, when the user may pin in it: both people of a conversation of two who are not blocked,
    elsewhere the owner and admins."""
    conversation = lock_conversation(conversation_id)
    member = Member.objects.filter(conversation_id=conversation_id, user_id=user_id, left_at=None).first()
    if member is None:
        is_world = conversation.kind == ConversationKind.WORLD
        raise DomainError(ErrorCode.FORBIDDEN if is_world else ErrorCode.CONVERSATION_NOT_FOUND)
    if conversation.kind in {ConversationKind.DIRECT, ConversationKind.AGENT}:
        others = Member.objects.filter(conversation_id=conversation_id).exclude(user_id=user_id).values("user_id")
        if Block.objects.filter(blocker_id__in=others, blocked_id=user_id).exists():
            raise DomainError(ErrorCode.BLOCKED)
    elif member.role not in {Role.OWNER, Role.ADMIN}:
        raise DomainError(ErrorCode.FORBIDDEN)
    return conversation
