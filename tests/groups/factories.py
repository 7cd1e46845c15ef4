"""People and groups for tests, made by the program's own services."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from accounts.models import User, UserKind
from groups.services.profile import create_group
from messaging.models import Conversation, LogEvent, Member, Role

_numbers = count(1)


def make_user(**fields: Any) -> User:
    """A person without a usable password."""
    number = next(_numbers)
    username = fields.pop("username", f"someone-{number}")
    return User.objects.create_user(username, **fields)


def make_users(how_many: int) -> list[User]:
    """Many people in one insert."""
    numbers = [next(_numbers) for _ in range(how_many)]
    return User.objects.bulk_create(
        User(username=f"someone-{n}", username_folded=f"someone-{n}", display_name=f"Someone {n}") for n in numbers
    )


def make_group(owner: User, *members: User, admins: Sequence[User] = (), name: str = "Group", **profile: Any) -> int:
    """The id of a group with these people in it."""
    member_ids = [user.pk for user in (*members, *admins)]
    group_id = create_group(owner, name=name, member_ids=member_ids, profile=profile)
    Member.objects.filter(conversation_id=group_id, user__in=admins).update(role=Role.ADMIN)
    return group_id


def make_guest(**fields: Any) -> User:
    """A guest."""
    return make_user(kind=UserKind.GUEST, **fields)


def read_log(conversation_id: int) -> list[LogEvent]:
    """The events of a conversation in seq order."""
    return list(LogEvent.objects.filter(conversation_id=conversation_id).order_by("seq"))


def get_member(conversation_id: int, user: User) -> Member:
    """The row, present or past."""
    return Member.objects.get(conversation_id=conversation_id, user=user)


def get_conversation(conversation_id: int) -> Conversation:
    """The row as it is now."""
    return Conversation.objects.get(pk=conversation_id)
