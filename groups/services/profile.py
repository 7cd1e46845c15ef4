"""A group's own life: created, changed, dissolved."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from core import clock
from core.names import check_name
from groups.models import Group, Invite, JoinRequest
from groups.selectors import find_owner_id, view_profile
from groups.services.access import MANAGERS, OWNER_ONLY, lock_group
from groups.services.capacity import check_addable, check_may_own, check_room
from messaging.models import Conversation, ConversationKind, Role
from messaging.services.log import NewEvent, append_event, leave_in_outbox, lock_conversation
from messaging.services.membership import add_members, remove_everyone

CONVERSATION_FIELDS = {
    "name": "title",
    "muted_all": "muted_all",
    "announcement_only": "announcement_only",
    "slow_mode_s": "slow_mode_s",
}
TEXT_FIELDS = ("name", "description", "announcement")
GROUP_FIELDS = ("description", "announcement", "join_policy", "history_visible")


@transaction.atomic
def create_group(owner: User, *, name: str, member_ids: Sequence[int], profile: Mapping[str, Any]) -> int:
    """Makes a group with its owner (seq 1) and its first members (from seq 2), and returns its id.

    `profile` holds any of GROUP_FIELDS. Raises FORBIDDEN for a guest, and where someone's privacy settings forbid
    being added; NOT_FOUND for unknown users; CONFLICT beyond the greatest size.
    """
    check_may_own(owner)
    _check_texts({"name": name, **profile})
    others = [user_id for user_id in dict.fromkeys(member_ids) if user_id != owner.pk]
    check_addable(owner.pk, others)
    conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title=name)
    group = Group.objects.create(conversation=conversation, **profile)
    check_room(conversation, 1 + len(others))
    add_members(conversation, [owner.pk], actor_id=owner.pk, role=Role.OWNER)
    add_members(conversation, others, actor_id=owner.pk, history_visible=group.history_visible)
    return conversation.pk


@transaction.atomic
def update_group(group_id: int, actor_id: int, changes: Mapping[str, Any]) -> None:
    """Changes the fields of the profile that differ; appends one `group-updated` when any does.

    The roles owner and admin may. `changes` has names of the wire. Raises CONVERSATION_NOT_FOUND, FORBIDDEN.
    """
    locked = lock_group(group_id, actor_id, allowed=MANAGERS)
    _check_texts(changes)
    _change(locked.conversation, locked.group, actor_id, changes)


@transaction.atomic
def update_group_as_staff(group_id: int, actor_id: int, changes: Mapping[str, Any]) -> None:
    """The same by someone of the staff, who need not be in the group. Raises CONVERSATION_NOT_FOUND."""
    _change(lock_conversation(group_id), Group.objects.get(pk=group_id), actor_id, changes)


@transaction.atomic
def dissolve_group_as_staff(group_id: int) -> None:
    """Ends a group for good, as `dissolve_group` does, by someone of the staff. Raises CONVERSATION_NOT_FOUND."""
    dissolve_locked(lock_conversation(group_id))


def _change(conversation: Conversation, group: Group, actor_id: int, changes: Mapping[str, Any]) -> None:
    of_conversation = {CONVERSATION_FIELDS[name]: changes[name] for name in CONVERSATION_FIELDS if name in changes}
    of_group = {name: changes[name] for name in GROUP_FIELDS if name in changes}
    renamed, described = _assign(conversation, of_conversation), _assign(group, of_group)
    if renamed or described:
        append_group_updated(conversation, group, actor_id)
    if renamed and conversation.member_count <= settings.LARGE_GROUP_THRESHOLD:
        # Fields that everyone's conversation object shows have changed; in larger groups the event alone says so.
        leave_in_outbox(conversation.pk, {"updated": None})


def append_group_updated(conversation: Conversation, group: Group, actor_id: int) -> None:
    """Appends `group-updated` with the fields that are the same for every reader."""
    profile = view_profile(conversation, group, find_owner_id(conversation.pk))
    append_event(conversation, NewEvent(event="group-updated", actor_id=actor_id, payload={"group": profile}))


@transaction.atomic
def dissolve_group(group_id: int, actor_id: int) -> None:
    """Ends a group for good: everyone gets `conversation-removed`, its address answers 404, its invites are void.

    The owner alone may. The log stays for moderation. Raises CONVERSATION_NOT_FOUND, FORBIDDEN.
    """
    dissolve_locked(lock_group(group_id, actor_id, allowed=OWNER_ONLY).conversation)


def dissolve_locked(conversation: Conversation) -> None:
    """The same for a conversation that this transaction has locked, without asking who wants it."""
    conversation.dissolved_at = clock.now()
    Conversation.objects.filter(pk=conversation.pk).update(dissolved_at=conversation.dissolved_at)
    Invite.objects.filter(group_id=conversation.pk, revoked_at=None).update(revoked_at=conversation.dissolved_at)
    JoinRequest.objects.filter(group_id=conversation.pk).delete()
    remove_everyone(conversation)


def _check_texts(profile: Mapping[str, Any]) -> None:
    """Raises CONTENT_REJECTED, naming the field."""
    for field in TEXT_FIELDS:
        if profile.get(field):
            check_name(field, profile[field])


def _assign(row: Conversation | Group, values: Mapping[str, Any]) -> bool:
    """Sets and saves the values that differ from the row's; says whether there were any."""
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, values[name])
    if differing:
        row.save(update_fields=differing)
    return bool(differing)
