"""Erasing an account: it ends at once, and after ACCOUNT_ERASURE_GRACE_S nothing of the person is left.

The row itself stays, without anything personal, since old conversations name it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string

from accounts.models import Block, FriendRequest, Friendship, Session, User
from accounts.services.names import DELETED_PREFIX
from accounts.services.second_factor import remove_second_factor
from accounts.services.sessions import end_user_sessions
from accounts.services.telling import tell_profile_changed
from core import clock
from core.logs import get_logger

DELETED_NAME = "Deleted account"
log = get_logger(__name__)


def request_erasure(user_id: int) -> datetime:
    """Close an account; the moment from which the grace counts. It is closed now (no login, every
    session ended, not found by search) and erased after the grace.

    Until then support can undo it: set the account active and clear `erasure_requested_at`.
    """
    now = clock.now()
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(is_active=False, erasure_requested_at=now)
        tell_profile_changed([user_id])
        end_user_sessions(user_id, reason="account-deleted")
    return now


def erase_pending_accounts() -> int:
    """Erase all accounts whose grace is over; how many. One that fails is logged and tried again at the next sweep."""
    due = clock.now() - timedelta(seconds=settings.ACCOUNT_ERASURE_GRACE_S)
    pending = User.objects.filter(erasure_requested_at__lte=due, erased_at=None, is_active=False)
    erased = 0
    for user_id in pending.order_by("pk").values_list("pk", flat=True):
        try:
            erase_account(user_id)
            erased += 1
        except Exception:
            log.exception("account not erased", user_id=user_id)
    return erased


def erase_account(user_id: int) -> None:
    """Run ERASURE_HOOKS (each may run again after a failure), then empty the account. Idempotent."""
    for path in settings.ERASURE_HOOKS:
        import_string(path)(user_id)
    with transaction.atomic():
        _delete_ties(user_id)
        user = User.objects.select_for_update().get(pk=user_id)
        user.set_names(f"{DELETED_PREFIX}{user.pk}", DELETED_NAME)
        user.avatar, user.email, user.settings, user.privacy = "", "", {}, {}
        user.is_active = user.is_staff = user.is_superuser = False
        user.last_login = user.last_seen_at = None
        user.set_unusable_password()
        user.erased_at = clock.now()
        user.save()
        remove_second_factor(user)
        user.groups.clear()
        user.user_permissions.clear()
        tell_profile_changed([user_id])
    log.info("account erased", user_id=user_id)


def _delete_ties(user_id: int) -> None:
    end_user_sessions(user_id, reason="account-deleted")
    Session.objects.filter(user_id=user_id).delete()
    Friendship.objects.filter(Q(user_id=user_id) | Q(friend_id=user_id)).delete()
    FriendRequest.objects.filter(Q(sender_id=user_id) | Q(recipient_id=user_id)).delete()
    Block.objects.filter(Q(blocker_id=user_id) | Q(blocked_id=user_id)).delete()
