"""Leaving groups: by one's own wish, or because the account ends."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from groups.models import Invite, JoinRequest
from groups.services.access import ANYONE, LockedGroup, lock_group
from groups.services.invites import revoke_invites_of
from groups.services.ownership import find_heir, hand_over
from groups.services.profile import dissolve_locked
from messaging.models import ConversationKind, Member, Role
from messaging.services.membership import remove_member


@transaction.atomic
def leave_group(group_id: int, user_id: int) -> None:
    """Takes the caller out of a group: nothing that comes after reaches them.

    An owner hands the group over first, or is refused with CONFLICT; an owner who is alone dissolves it by leaving.
    Raises CONVERSATION_NOT_FOUND.
    """
    locked = lock_group(group_id, user_id, allowed=ANYONE)
    if locked.actor_role is Role.OWNER:
        if locked.conversation.member_count > 1:
            raise DomainError(ErrorCode.CONFLICT, _("Transfer the group to someone else before you leave it."))
        dissolve_locked(locked.conversation)
        return
    remove_member(locked.conversation, user_id, actor_id=user_id, event="member-left")


def leave_all(user_id: int) -> None:
    """Takes an ending account out of every group, one transaction each; safe to repeat after a failure.

    Its groups pass to `find_heir`, or are dissolved where nobody may own them. Its invites and join requests go too.
    """
    memberships = Member.objects.filter(user_id=user_id, left_at=None, conversation__kind=ConversationKind.GROUP)
    groups = memberships.filter(conversation__dissolved_at=None).order_by("conversation_id")
    for group_id in list(groups.values_list("conversation_id", flat=True)):
        _leave_for_good(group_id, user_id)
    Invite.objects.filter(created_by_id=user_id).delete()
    JoinRequest.objects.filter(user_id=user_id).delete()


@transaction.atomic
def _leave_for_good(group_id: int, user_id: int) -> None:
    try:
        locked = lock_group(group_id, user_id, allowed=ANYONE)
    except DomainError:
        return  # removed, or the group dissolved, since the list was read
    if locked.actor_role is Role.OWNER and not _pass_on(locked):
        dissolve_locked(locked.conversation)
        return
    revoke_invites_of(group_id, user_id)
    remove_member(locked.conversation, user_id, actor_id=user_id, event="member-left")


def _pass_on(locked: LockedGroup) -> bool:
    """Gives the group to an heir; False where there is none."""
    heir = find_heir(locked.conversation.pk, locked.actor_id)
    if heir is None:
        return False
    hand_over(locked.conversation, locked.group, owner_id=locked.actor_id, heir_id=heir.user_id)
    return True
