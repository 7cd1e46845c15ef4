"""A group's picture, made of an upload of whoever runs the group."""

from django.conf import settings
from django.db import transaction

from core.errors import DomainError, ErrorCode
from files.services.avatars import discard_avatars, make_avatar
from groups.selectors import access_group
from groups.services.access import MANAGERS, lock_group
from groups.services.profile import append_group_updated
from messaging.services.log import leave_in_outbox


def set_group_avatar(group_id: int, actor_id: int, file_id: int) -> None:
    """Gives the group a new picture, out of one that the actor has uploaded; appends `group-updated`.

    The roles owner and admin may. Raises CONVERSATION_NOT_FOUND, FORBIDDEN, NOT_FOUND, INVALID_REQUEST, UNAVAILABLE.
    """
    _check_manages(group_id, actor_id)  # before the work, and again under the lock
    token = make_avatar(actor_id, file_id)
    try:
        _replace(group_id, actor_id, token)
    except DomainError:
        discard_avatars([token])
        raise


def remove_group_avatar(group_id: int, actor_id: int) -> None:
    """Takes the group's picture away. Raises CONVERSATION_NOT_FOUND, FORBIDDEN."""
    _replace(group_id, actor_id, "")


def _check_manages(group_id: int, actor_id: int) -> None:
    _, member = access_group(actor_id, group_id)
    if member.role not in MANAGERS:
        raise DomainError(ErrorCode.FORBIDDEN)


@transaction.atomic
def _replace(group_id: int, actor_id: int, token: str) -> None:
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    conversation = locked.conversation
    if conversation.avatar == token:
        return
    before, conversation.avatar = conversation.avatar, token
    conversation.save(update_fields=["avatar"])
    append_group_updated(conversation, locked.group, actor_id)
    if conversation.member_count <= settings.LARGE_GROUP_THRESHOLD:
        leave_in_outbox(conversation.pk, {"updated": None})
    transaction.on_commit(lambda: discard_avatars([before]))
