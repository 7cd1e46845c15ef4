"""Load-test data in bulk: users, sessions with day-long tokens, a group, direct conversations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Session, User
from accounts.services.sessions import Device, build_session
from accounts.services.tokens import issue_access
from core import clock
from groups.models import Group
from messaging.models import Conversation, ConversationKind, Member, Role, direct_key
from messaging.services.membership import add_members

DAY_S = 24 * 3600
MAX_LISTED_MEMBERS = 1_000
_CHUNK = 2_000
_DEVICE = Device(name="load test")


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """Users `load-1` ... `load-N`, directs between 2k-1 and 2k for k = 1 ... P, a group of the first M users."""

    users: int
    directs: int
    group_name: str
    group_size: int


def seed_load(plan: LoadPlan) -> Iterator[dict[str, Any]]:
    """Makes what is missing and yields a line per user (with a fresh token), then one per conversation."""
    users = _ensure_users(plan.users)
    yield from _log_in(users)
    yield from _ensure_directs(users, plan.directs)
    if plan.group_name:
        yield _make_group(users[: plan.group_size], plan.group_name)


def _ensure_users(count: int) -> list[User]:
    names = [f"load-{number}" for number in range(1, count + 1)]
    known = {user.username: user for chunk in _chunks(names) for user in User.objects.filter(username__in=chunk)}
    missing = [name for name in names if name not in known]
    password = make_password(None)  # the same for all: nobody logs in with it
    for chunk in _chunks(missing):
        User.objects.bulk_create(_build_user(name, password) for name in chunk)
        known.update({user.username: user for user in User.objects.filter(username__in=chunk)})
    return [known[name] for name in names]


def _build_user(name: str, password: str) -> User:
    user = User(password=password)
    user.set_names(name, name.replace("load-", "Load "))
    return user


def _log_in(users: Sequence[User]) -> Iterator[dict[str, Any]]:
    now = clock.now()
    for chunk in _chunks(users):
        live = Session.objects.filter(
            user_id__in=[user.pk for user in chunk], device_name=_DEVICE.name, revoked_at=None, expires_at__gt=now
        )
        known = set(live.values_list("user_id", flat=True))
        Session.objects.bulk_create(build_session(user, _DEVICE, now=now) for user in chunk if user.pk not in known)
        by_user = {session.user_id: session for session in live.select_related("user")}
        for user in chunk:
            token = issue_access(by_user[user.pk], lifetime_s=DAY_S)
            yield {"user_id": str(user.pk), "username": user.username, "access": token}


def _ensure_directs(users: Sequence[User], count: int) -> Iterator[dict[str, Any]]:
    pairs = [(users[2 * k].pk, users[2 * k + 1].pk) for k in range(count)]
    for chunk in _chunks(pairs):
        keys = [direct_key(*pair) for pair in chunk]
        with transaction.atomic():
            known = set(Conversation.objects.filter(direct_key__in=keys).values_list("direct_key", flat=True))
            Conversation.objects.bulk_create(
                Conversation(kind=ConversationKind.DIRECT, direct_key=key, member_count=2)
                for key in keys
                if key not in known
            )
            found = dict(Conversation.objects.filter(direct_key__in=keys).values_list("direct_key", "pk"))
            Member.objects.bulk_create(
                Member(conversation_id=found[key], user_id=user_id)
                for key, pair in zip(keys, chunk, strict=True)
                if key not in known
                for user_id in pair
            )
        for key, pair in zip(keys, chunk, strict=True):
            yield {
                "conversation_id": str(found[key]),
                "kind": "direct",
                "member_ids": [str(user_id) for user_id in pair],
            }


def _make_group(members: Sequence[User], name: str) -> dict[str, Any]:
    """A group of these users, the first of them its owner: the one of this name and size, or a new one."""
    found = Conversation.objects.filter(
        kind=ConversationKind.GROUP, title=name, member_count=len(members), dissolved_at=None
    ).first()
    conversation = found or _create_group(members, name)
    line: dict[str, Any] = {"conversation_id": str(conversation.pk), "kind": "group"}
    if len(members) <= MAX_LISTED_MEMBERS:
        line["member_ids"] = [str(user.pk) for user in members]
    return line


@transaction.atomic
def _create_group(members: Sequence[User], name: str) -> Conversation:
    owner = members[0]
    conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title=name)
    Group.objects.create(conversation=conversation)
    add_members(conversation, [owner.pk], actor_id=owner.pk, role=Role.OWNER)
    add_members(conversation, [user.pk for user in members[1:]], actor_id=owner.pk)
    return conversation


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
