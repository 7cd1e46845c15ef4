"""Blocking someone.

A block ends the friendship and open requests between the two, as Discord and Facebook do: who blocks wants no tie left,
and a later unblocking does not silently bring back what "friends" may do.
"""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import Block, FriendRequest
from accounts.refusals import invalid_field
from accounts.services.friends import end_friendship
from accounts.services.locks import lock_pair


def block(blocker_id: int, blocked_id: int) -> None:
    """Block someone; does nothing when it is so already.

    BLOCK_HOOKS run in the same transaction. Raises INVALID_REQUEST (oneself), NOT_FOUND.
    """
    if blocker_id == blocked_id:
        raise invalid_field("user_id", _("This is you."))
    with transaction.atomic():
        lock_pair(blocker_id, blocked_id)
        _block, created = Block.objects.get_or_create(blocker_id=blocker_id, blocked_id=blocked_id)
        if not created:
            return
        end_friendship(blocker_id, blocked_id)
        FriendRequest.objects.filter(sender_id=blocker_id, recipient_id=blocked_id).delete()
        FriendRequest.objects.filter(sender_id=blocked_id, recipient_id=blocker_id).delete()
        _run_hooks(blocker_id, blocked_id)


def unblock(blocker_id: int, blocked_id: int) -> None:
    """Take a block back; does nothing when there is none. BLOCK_HOOKS run in the same transaction."""
    with transaction.atomic():
        deleted, _counts = Block.objects.filter(blocker_id=blocker_id, blocked_id=blocked_id).delete()
        if deleted:
            _run_hooks(blocker_id, blocked_id)


def _run_hooks(blocker_id: int, blocked_id: int) -> None:
    for path in settings.BLOCK_HOOKS:
        import_string(path)(blocker_id, blocked_id)
