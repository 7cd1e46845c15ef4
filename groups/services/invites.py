"""Invite links: made by those who run a group (in an open group by every member), used to join, revoked."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import new_token
from groups.models import Group, Invite, JoinPolicy, JoinRequest
from groups.services.access import ANYONE, MANAGERS, LockedGroup, lock_group
from groups.services.capacity import check_admissible, check_room
from messaging.models import Conversation, Member, Role
from messaging.services.log import leave_in_outbox, lock_conversation
from messaging.services.membership import add_members

MAX_LIVE_INVITES = 100


@dataclass(frozen=True, slots=True)
class Joining:
    """What came of using an invite: a member of the group, or (`pending`) one who waits for approval."""

    group_id: int
    pending: bool = False


@transaction.atomic
def create_invite(group_id: int, actor_id: int, *, max_uses: int = 0, lifetime: timedelta | None = None) -> Invite:
    """Makes an invite that holds for `max_uses` joins (0: any number) and for `lifetime` (None: until revoked).

    The roles owner and admin may, in an open group every member. Raises CONVERSATION_NOT_FOUND, FORBIDDEN, and
    CONFLICT where MAX_LIVE_INVITES are live.
    """
    locked = _lock_for_invites(group_id, actor_id)
    if Invite.objects.live().filter(group_id=group_id).count() >= MAX_LIVE_INVITES:
        raise DomainError(ErrorCode.CONFLICT, _("The group has too many invites. Revoke some first."))
    now = clock.now()
    return Invite.objects.create(
        group=locked.group,
        token=new_token(),
        created_by_id=actor_id,
        max_uses=max_uses,
        expires_at=now + lifetime if lifetime is not None else None,
        created_at=now,
    )


@transaction.atomic
def revoke_invite(group_id: int, actor_id: int, token: str) -> None:
    """Ends an invite: the roles owner and admin any, a member of an open group their own.

    Raises CONVERSATION_NOT_FOUND, FORBIDDEN, and NOT_FOUND for an invite that is not this group's or not live.
    """
    locked = _lock_for_invites(group_id, actor_id)
    invites = Invite.objects.live().filter(group_id=group_id, token=token)
    if locked.actor_role not in MANAGERS:
        invites = invites.filter(created_by_id=actor_id)
    if not invites.update(revoked_at=clock.now()):
        raise DomainError(ErrorCode.NOT_FOUND)


def revoke_invites_of(group_id: int, user_id: int) -> None:
    """Ends the invites that someone made, so that who was removed cannot come back by their own link."""
    Invite.objects.filter(group_id=group_id, created_by_id=user_id, revoked_at=None).update(revoked_at=clock.now())


@transaction.atomic
def join_group(user_id: int, token: str) -> Joining:
    """Uses an invite. Repeating it after success, by whoever is in the group already, counts no further use.

    Where members are approved, a join request is left (one per person) and the owner and admins are told. Uses are
    counted under the group's lock, so that the last one is given once. Raises NOT_FOUND alike for an invite that was
    never made, is used up, expired or revoked, FORBIDDEN for who is kept out, and CONFLICT when the group is full.
    """
    group_id = Invite.objects.filter(token=token).values_list("group_id", flat=True).first()
    if group_id is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    conversation = _lock_or_hide(group_id)
    if Member.objects.filter(conversation_id=group_id, user_id=user_id, left_at=None).exists():
        return Joining(group_id)
    check_admissible(group_id, [user_id])
    group = Group.objects.get(pk=group_id)
    if group.join_policy == JoinPolicy.APPROVAL:
        _request(conversation, user_id, token)
        return Joining(group_id, pending=True)
    _count_use(group_id, token)
    check_room(conversation, 1)
    JoinRequest.objects.filter(group_id=group_id, user_id=user_id).delete()
    add_members(conversation, [user_id], actor_id=user_id, history_visible=group.history_visible)
    return Joining(group_id)


def _request(conversation: Conversation, user_id: int, token: str) -> None:
    """Leaves a join request, unless there is one, and has the clients of those who answer it look again."""
    if JoinRequest.objects.filter(group_id=conversation.pk, user_id=user_id).exists():
        return
    _count_use(conversation.pk, token)
    check_room(conversation, 1)
    JoinRequest.objects.create(group_id=conversation.pk, user_id=user_id, created_at=clock.now())
    managers = Member.objects.filter(conversation_id=conversation.pk, left_at=None, role__in=[Role.OWNER, Role.ADMIN])
    leave_in_outbox(conversation.pk, {"updated": list(managers.values_list("user_id", flat=True))})


def _count_use(group_id: int, token: str) -> None:
    if not Invite.objects.live().filter(group_id=group_id, token=token).update(uses=F("uses") + 1):
        raise DomainError(ErrorCode.NOT_FOUND)


def _lock_for_invites(group_id: int, actor_id: int) -> LockedGroup:
    locked = lock_group(group_id, actor_id, allowed=ANYONE)
    if locked.actor_role not in MANAGERS and locked.group.join_policy != JoinPolicy.OPEN:
        raise DomainError(ErrorCode.FORBIDDEN)
    return locked


def _lock_or_hide(group_id: int) -> Conversation:
    """The group's conversation, locked; NOT_FOUND where it has been dissolved, as for an invite that never was."""
    try:
        return lock_conversation(group_id)
    except DomainError:
        raise DomainError(ErrorCode.NOT_FOUND) from None
