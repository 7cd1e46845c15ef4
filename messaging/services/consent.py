"""What AI may read of one's own messages in a conversation, and the most that a group allows for all (flow 6)."""

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from messaging.models import Conversation, ConversationKind, Role
from messaging.selectors.access import Place
from messaging.services.conversations import update_own_settings
from messaging.services.log import leave_in_outbox, lock_conversation


def set_consent(place: Place, *, setting: str | None = None, most: str | None = None) -> None:
    """Sets the caller's own consent for what they write here, and the cap for everybody in the group; either may be
    left as it is (None).

    The caller's own sockets get `conversation-updated`, for a new cap everybody's do. Raises FORBIDDEN where somebody
    else than a group's owner sets the cap; then nothing is changed.
    """
    if most is not None:
        _check_owner(place)
    with transaction.atomic():
        if most is not None:
            _set_cap(place.conversation.pk, most)
        if setting is not None:
            update_own_settings(place, {"ai": setting})


def _check_owner(place: Place) -> None:
    if place.conversation.kind != ConversationKind.GROUP or place.member.role != Role.OWNER:
        raise DomainError(ErrorCode.FORBIDDEN, _("Only a group's owner sets what AI may read of it."))


def _set_cap(conversation_id: int, most: str) -> None:
    conversation = lock_conversation(conversation_id)
    if conversation.ai_max != most:
        Conversation.objects.filter(pk=conversation_id).update(ai_max=most, changed_at=Now())
        leave_in_outbox(conversation_id, {"updated": None})
