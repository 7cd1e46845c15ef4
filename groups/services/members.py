"""Changes to who is in a group, and as what, made by those who run it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from groups.models import JoinRequest
from groups.services.access import (
    MANAGERS,
    LockedGroup,
    check_outranks,
    get_present_member,
    lock_group,
)
from groups.services.capacity import check_addable, check_admissible, check_room
from groups.services.invites import revoke_invites_of
from messaging.models import Member, Role
from messaging.services.membership import UNCHANGED, Unchanged, add_members, remove_member, update_member


@transaction.atomic
def add_to_group(group_id: int, actor_id: int, user_ids: Sequence[int]) -> int:
    """Adds people; who is in the group already stays as they are. Returns how many came in.

    The roles owner and admin may. All come in or none: NOT_FOUND and FORBIDDEN name who is in the way (see
    `check_addable`), CONFLICT says that the group is full. An open join request of someone added is thereby answered.
    """
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    present = set(
        Member.objects.filter(conversation_id=group_id, left_at=None, user_id__in=user_ids).values_list(
            "user_id", flat=True
        )
    )
    coming = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in present]
    check_addable(actor_id, coming)
    check_admissible(group_id, coming)
    check_room(locked.conversation, len(coming))
    JoinRequest.objects.filter(group_id=group_id, user_id__in=coming).delete()
    visible = locked.group.history_visible
    return add_members(locked.conversation, coming, actor_id=actor_id, history_visible=visible)


@transaction.atomic
def remove_from_group(group_id: int, actor_id: int, user_id: int) -> None:
    """Removes someone, and revokes the invites they made: the owner anyone else, an admin members.

    Raises CONVERSATION_NOT_FOUND, FORBIDDEN, NOT_FOUND (not a member now), and CONFLICT for oneself: that is leaving.
    """
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    if user_id == actor_id:
        raise DomainError(ErrorCode.CONFLICT, _("To go yourself, leave the group."))
    check_outranks(locked, get_present_member(group_id, user_id))
    revoke_invites_of(group_id, user_id)
    remove_member(locked.conversation, user_id, actor_id=actor_id, event="member-removed")


@transaction.atomic
def change_member(
    group_id: int,
    actor_id: int,
    user_id: int,
    *,
    role: Role | None = None,
    muted_until: datetime | Unchanged | None = UNCHANGED,
) -> None:
    """Gives a member another role (the owner alone, except that an admin may step down), or silences them.

    The owner may silence anyone else, an admin members; `muted_until` None lifts it. Raises CONVERSATION_NOT_FOUND,
    FORBIDDEN, NOT_FOUND, and CONFLICT for the role owner, which is only ever transferred.
    """
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    target = get_present_member(group_id, user_id)
    if role is not None:
        _check_role_change(locked, target, role)
    if muted_until is not UNCHANGED:
        check_outranks(locked, target)
    update_member(locked.conversation, user_id, actor_id=actor_id, role=role, muted_until=muted_until)


def _check_role_change(locked: LockedGroup, target: Member, role: Role) -> None:
    steps_down = target.user_id == locked.actor_id and target.role == Role.ADMIN and role is Role.MEMBER
    if locked.actor_role is not Role.OWNER and not steps_down:
        raise DomainError(ErrorCode.FORBIDDEN)
    if Role.OWNER in (role, Role(target.role)):
        raise DomainError(ErrorCode.CONFLICT, _("Ownership is transferred, not given as a role."))
