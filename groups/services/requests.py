"""Join requests, answered by those who run the group; answering one deletes it."""

from django.db import transaction

from core.errors import DomainError, ErrorCode
from groups.models import JoinRequest
from groups.services.access import MANAGERS, lock_group
from groups.services.capacity import check_admissible, check_room
from messaging.services.membership import add_members


@transaction.atomic
def approve_request(group_id: int, actor_id: int, request_id: int) -> None:
    """Lets the person in. The roles owner and admin may.

    Raises CONVERSATION_NOT_FOUND, FORBIDDEN (also for who is kept out), NOT_FOUND (answered already), CONFLICT (the
    group is full).
    """
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    user_id = _take_request(group_id, request_id)
    check_admissible(group_id, [user_id])
    check_room(locked.conversation, 1)
    add_members(locked.conversation, [user_id], actor_id=actor_id, history_visible=locked.group.history_visible)


@transaction.atomic
def reject_request(group_id: int, actor_id: int, request_id: int) -> None:
    """Declines; the person is not told, and may ask again. Raises as `approve_request` does."""
    lock_group(group_id, actor_id, allowed=MANAGERS)
    _take_request(group_id, request_id)


def _take_request(group_id: int, request_id: int) -> int:
    """Deletes an open request of this group and returns whose it was. Raises NOT_FOUND."""
    request = JoinRequest.objects.filter(group_id=group_id, pk=request_id).first()
    if request is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    request.delete()
    return request.user_id
