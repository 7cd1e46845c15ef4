"""What the staff does to a whole group: freeze it, mute it, give it another owner, dissolve it. Members see each.

The world room is frozen and muted like a group; it has no owner, and is never dissolved.
"""

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from groups.models import Group
from groups.selectors import find_owner_id
from groups.services.capacity import check_may_own
from groups.services.ownership import hand_over
from groups.services.profile import append_group_updated, dissolve_group_as_staff, update_group_as_staff
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.services.log import NewEvent, append_event, lock_conversation
from messaging.services.membership import update_member
from moderation.models import Freeze
from moderation.services.audit import record
from moderation.services.enforcing import IN_FORCE
from moderation.services.sanctions import SITE


@transaction.atomic
def freeze_group(group_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Nobody writes in it any more, its owner and admins neither; they are told `why`.

    Members see it as muted for all at once; the owner and admins are refused within two seconds. Raises
    CONVERSATION_NOT_FOUND unless it is the world room or a group that has not been dissolved, CONFLICT where it is
    frozen.
    """
    conversation, group = _lock_place(group_id)
    if Freeze.objects.filter(pk=group_id).exists():
        raise DomainError(ErrorCode.CONFLICT, _("This group is frozen already."))
    Freeze.objects.create(
        conversation=conversation,
        reason=why,
        was_muted=conversation.muted_all,
        frozen_by=actor,
        frozen_at=clock.now(),
    )
    _set_muted(conversation, group, is_muted=True)
    record(actor=actor, action="froze-group", target=group or conversation, why=why, request=request)
    IN_FORCE.note_change()


@transaction.atomic
def unfreeze_group(group_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Lets the group write again, muted as it was before. Raises CONVERSATION_NOT_FOUND, CONFLICT where it is not
    frozen."""
    conversation, group = _lock_place(group_id)
    freeze = Freeze.objects.filter(pk=group_id).first()
    if freeze is None:
        raise DomainError(ErrorCode.CONFLICT, _("This group is not frozen."))
    _set_muted(conversation, group, is_muted=freeze.was_muted)
    freeze.delete()
    record(actor=actor, action="unfroze-group", target=group or conversation, why=why, request=request)
    IN_FORCE.note_change()


@transaction.atomic
def mute_group(group_id: int, *, actor: User, is_muted: bool, why: str, request: HttpRequest | None = None) -> None:
    """Mutes the whole of a group but its owner and admins, or lets it speak. Raises CONVERSATION_NOT_FOUND, and
    CONFLICT where it is frozen."""
    conversation, group = _lock_place(group_id)
    if Freeze.objects.filter(pk=group_id).exists():
        raise DomainError(ErrorCode.CONFLICT, _("This group is frozen already."))
    _set_muted(conversation, group, is_muted=is_muted)
    action = "muted-group" if is_muted else "unmuted-group"
    record(actor=actor, action=action, target=group or conversation, why=why, request=request)


@transaction.atomic
def change_owner(group_id: int, heir_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Makes a present member the owner and the old one, if there is one, an admin.

    Raises CONVERSATION_NOT_FOUND, NOT_FOUND for who is not in it, FORBIDDEN for who may not own a group, CONFLICT for
    the present owner.
    """
    conversation, group = _lock_group(group_id)
    heir = (
        Member.objects.filter(conversation=conversation, user_id=heir_id, left_at=None).select_related("user").first()
    )
    if heir is None:
        raise DomainError(ErrorCode.NOT_FOUND, _("They are not in this group."))
    check_may_own(heir.user)
    owner_id = find_owner_id(group_id)
    if owner_id == heir_id:
        raise DomainError(ErrorCode.CONFLICT, _("They own this group already."))
    if owner_id is None:
        update_member(conversation, heir_id, actor_id=SITE, role=Role.OWNER, muted_until=None)
        append_group_updated(conversation, group, SITE)
    else:
        hand_over(conversation, group, owner_id=owner_id, heir_id=heir_id)
    details = {"from": owner_id, "to": heir_id}
    record(actor=actor, action="changed-owner", target=group, why=why, request=request, details=details)


@transaction.atomic
def dissolve_group(group_id: int, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Ends a group for good; its log is kept. Raises CONVERSATION_NOT_FOUND."""
    _conversation, group = _lock_group(group_id)
    Freeze.objects.filter(pk=group_id).delete()
    dissolve_group_as_staff(group_id)
    record(actor=actor, action="dissolved-group", target=group, why=why, request=request)
    IN_FORCE.note_change()


def _lock_group(group_id: int) -> tuple[Conversation, Group]:
    conversation, group = _lock_place(group_id)
    if group is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    return conversation, group


def _lock_place(conversation_id: int) -> tuple[Conversation, Group | None]:
    """A group's conversation and the group, or the world room and None."""
    conversation = lock_conversation(conversation_id)
    group = Group.objects.filter(pk=conversation_id).first()
    if group is None and conversation.kind != ConversationKind.WORLD:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    return conversation, group


def _set_muted(conversation: Conversation, group: Group | None, *, is_muted: bool) -> None:
    """Through the log: a `group-updated`, with those fields of it that the world room has."""
    if group is not None:
        update_group_as_staff(group.pk, SITE, {"muted_all": is_muted})
        return
    if conversation.muted_all == is_muted:
        return
    conversation.muted_all = is_muted
    conversation.save(update_fields=["muted_all"])
    shown = {
        "id": str(conversation.pk),
        "muted_all": is_muted,
        "announcement_only": conversation.announcement_only,
        "slow_mode_s": conversation.slow_mode_s,
    }
    append_event(conversation, NewEvent(event="group-updated", actor_id=SITE, payload={"group": shown}))
