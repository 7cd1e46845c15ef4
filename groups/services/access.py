"""Who may do what in a group, decided under the conversation's lock so that no demotion can slip in between."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from groups.models import Group
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.services.log import lock_conversation

OWNER_ONLY = frozenset({Role.OWNER})
MANAGERS = frozenset({Role.OWNER, Role.ADMIN})
ANYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class LockedGroup:
    """A group whose conversation this transaction has locked, and the member who acts on it."""

    conversation: Conversation
    group: Group
    actor: Member

    @property
    def actor_id(self) -> int:
        """The acting user's id."""
        return self.actor.user_id

    @property
    def actor_role(self) -> Role:
        """The acting member's role."""
        return Role(self.actor.role)


def lock_group(group_id: int, actor_id: int, *, allowed: Collection[Role] = MANAGERS) -> LockedGroup:
    """Locks a group for a change by one of its members.

    Raises CONVERSATION_NOT_FOUND unless it is a group that has not been dissolved and the actor is in it now, and
    FORBIDDEN unless the actor's role is one of `allowed`.
    """
    conversation = lock_conversation(group_id)
    actor = Member.objects.filter(conversation_id=group_id, user_id=actor_id, left_at=None).first()
    if conversation.kind != ConversationKind.GROUP or actor is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    if actor.role not in allowed:
        raise DomainError(ErrorCode.FORBIDDEN)
    return LockedGroup(conversation, Group.objects.get(pk=group_id), actor)


def check_outranks(locked: LockedGroup, target: Member) -> None:
    """Raises FORBIDDEN unless the actor may remove or silence the target: the owner anyone, an admin members alone."""
    if target.role == Role.OWNER or (locked.actor_role is not Role.OWNER and target.role != Role.MEMBER):
        raise DomainError(ErrorCode.FORBIDDEN, _("You cannot do this to someone of that role."))


def get_present_member(conversation_id: int, user_id: int) -> Member:
    """The member. Raises NOT_FOUND unless they are in the conversation now."""
    member = Member.objects.filter(conversation_id=conversation_id, user_id=user_id, left_at=None).first()
    if member is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return member
