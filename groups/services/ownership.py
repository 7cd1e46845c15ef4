"""Who owns a group: handed over by the owner, or inherited when the owner's account ends."""

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from groups.models import Group
from groups.services.access import OWNER_ONLY, get_present_member, lock_group
from groups.services.capacity import MAY_OWN, check_may_own
from groups.services.profile import append_group_updated
from messaging.models import Conversation, Member, Role
from messaging.services.membership import update_member


@transaction.atomic
def transfer_group(group_id: int, actor_id: int, user_id: int) -> None:
    """Makes a member the owner and the old owner an admin. The owner alone may.

    Raises CONVERSATION_NOT_FOUND, FORBIDDEN (also where a guest or agent is to own), NOT_FOUND (not a member now) and
    CONFLICT for oneself.
    """
    locked = lock_group(group_id, actor_id, allowed=OWNER_ONLY)
    if user_id == actor_id:
        raise DomainError(ErrorCode.CONFLICT, _("You own this group already."))
    check_may_own(get_present_member(group_id, user_id).user)
    hand_over(locked.conversation, locked.group, owner_id=actor_id, heir_id=user_id)


def hand_over(conversation: Conversation, group: Group, *, owner_id: int, heir_id: int) -> None:
    """Swaps the roles in a locked group: a `member-updated` for each, then `group-updated` with the new owner_id."""
    update_member(conversation, owner_id, actor_id=owner_id, role=Role.ADMIN)
    update_member(conversation, heir_id, actor_id=owner_id, role=Role.OWNER, muted_until=None)
    append_group_updated(conversation, group, owner_id)


def find_heir(conversation_id: int, owner_id: int) -> Member | None:
    """Who inherits: the admin who has been in longest, else the member who has; None where nobody may own it."""
    seniority = Case(When(role=Role.ADMIN, then=Value(0)), default=Value(1))
    others = Member.objects.filter(conversation_id=conversation_id, left_at=None, user__kind__in=MAY_OWN)
    living = others.filter(user__is_active=True).exclude(user_id=owner_id)
    return living.order_by(seniority, "joined_at", "user_id").first()
