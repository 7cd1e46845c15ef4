"""Who may own a group, who may be added to one by someone else, and how many fit."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UserKind
from accounts.selectors import list_refusing
from core.errors import DomainError, ErrorCode
from messaging.models import Conversation
from messaging.wire import as_ids

MAY_OWN = (UserKind.PERSON, UserKind.BOT)


def check_may_own(user: User) -> None:
    """Raises FORBIDDEN for guests, who may vanish, and for agents, who cannot run a group."""
    if user.kind not in MAY_OWN:
        raise DomainError(ErrorCode.FORBIDDEN, _("A guest or agent cannot own a group."))


def check_addable(actor_id: int, user_ids: Sequence[int]) -> None:
    """Checks that the actor may bring these users into a group, in three queries however many they are.

    Raises NOT_FOUND naming users who do not exist (or no longer), and FORBIDDEN naming those whose privacy settings,
    or whose block of the actor, forbid it: the two look alike, so that a block is not given away.
    """
    living = set(User.objects.filter(pk__in=user_ids, is_active=True).values_list("pk", flat=True))
    _refuse(ErrorCode.NOT_FOUND, [user_id for user_id in user_ids if user_id not in living])
    refusing = list_refusing(actor_id, user_ids, setting="groups")
    _refuse(ErrorCode.FORBIDDEN, [user_id for user_id in user_ids if user_id in refusing])


def _refuse(code: ErrorCode, user_ids: Sequence[int]) -> None:
    if user_ids:
        raise DomainError(code, details={"user_ids": as_ids(user_ids)})


def check_admissible(group_id: int, user_ids: Sequence[int]) -> None:
    """Raises FORBIDDEN naming those whom JOIN_HOOKS keep out of the group (who is banned from it, say)."""
    kept_out = {user_id for path in settings.JOIN_HOOKS for user_id in import_string(path)(group_id, user_ids)}
    _refuse(ErrorCode.FORBIDDEN, [user_id for user_id in user_ids if user_id in kept_out])


def check_room(conversation: Conversation, coming: int) -> None:
    """Raises CONFLICT when `coming` more members would exceed MAX_GROUP_MEMBERS."""
    if conversation.member_count + coming > settings.MAX_GROUP_MEMBERS:
        details = {"max_members": settings.MAX_GROUP_MEMBERS}
        raise DomainError(ErrorCode.CONFLICT, _("The group has no room for so many members."), details)
