"""Opening conversations, and what a person sets in their own view of one."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import Block, User
from accounts.selectors import list_refusing
from core.errors import DomainError, ErrorCode
from core.moments import push_to_users
from messaging import frames
from messaging.agents import is_agent
from messaging.models import Conversation, ConversationKind, Member, direct_key
from messaging.selectors.access import Place
from messaging.selectors.conversations import list_views
from messaging.selectors.world import WORLD_KEY
from messaging.services.erasure import erase_user_messages as erase_user_messages
from messaging.services.log import leave_in_outbox

WORLD_SLOW_MODE_S = 3


def open_direct(user_id: int, other_id: int) -> tuple[int, bool]:
    """The direct conversation of two people, and whether it is new: the same two always get the same one. With an agent
    it is the agent's conversation.

    Whoever was quicker, on whichever gateway: the unique key decides. Both people are told of a new one. Raises
    INVALID_REQUEST for oneself, NOT_FOUND for who is not there, and, for a new conversation only, BLOCKED or FORBIDDEN
    where the other does not accept it.
    """
    if user_id == other_id:
        raise DomainError(ErrorCode.INVALID_REQUEST, details={"fields": {"user_id": [_("This is you.")]}})
    key = direct_key(user_id, other_id)
    found = _find_by_key(key)
    if found is not None:
        return found, False
    if is_agent(other_id):
        return _create_once(key, ConversationKind.AGENT, (user_id, other_id))
    _check_accepts(user_id, other_id)
    return _create_once(key, ConversationKind.DIRECT, (user_id, other_id))


def open_agent_conversation(user_id: int, agent_id: int) -> tuple[Conversation, bool]:
    """A person's conversation with an agent, of kind `agent`, and whether it is new: there is one of the two.

    Raises NOT_FOUND for what is no agent.
    """
    if user_id == agent_id or not is_agent(agent_id):
        raise DomainError(ErrorCode.NOT_FOUND)
    conversation_id, created = open_direct(user_id, agent_id)
    return Conversation.objects.get(pk=conversation_id), created


def update_own_settings(place: Place, changes: dict[str, Any]) -> None:
    """Sets `muted`, `pinned`, `archived`, `draft` or `ai` for one person, and tells their own sockets when that changed
    anything. In the world room this makes their row."""
    member = place.member if place.is_stored else join_world(place.conversation, place.member.user_id)
    changed = {name: value for name, value in changes.items() if getattr(member, name) != value}
    if not changed:
        return
    Member.objects.filter(pk=member.pk).update(**changed, changed_at=Now())
    transaction.on_commit(lambda: _tell_own_sockets(member.user_id, member.conversation_id))


def join_world(world: Conversation, user_id: int) -> Member:
    """A row in the world room for someone who needs one: all of the log is visible, and counts as read so far."""
    place = {
        "read_seq": world.last_seq,
        "read_ordinal": world.last_ordinal,
        "received_seq": world.last_seq,
    }
    member, _created = Member.objects.get_or_create(conversation=world, user_id=user_id, defaults=place)
    return member


def ensure_world() -> Conversation:
    """The world room, made when there is none yet. Its unique key lets there be only one."""
    world, _created = Conversation.objects.get_or_create(
        direct_key=WORLD_KEY, defaults={"kind": ConversationKind.WORLD, "slow_mode_s": WORLD_SLOW_MODE_S}
    )
    return world


def note_block_change(blocker_id: int, blocked_id: int) -> None:
    """Ends the validity of cached rosters of the two people's conversation, which hold who blocks whom.

    Called in the transaction that writes or deletes the block (`settings.BLOCK_HOOKS`).
    """
    key = direct_key(blocker_id, blocked_id)
    Conversation.objects.filter(direct_key=key).update(members_version=F("members_version") + 1)


def _find_by_key(key: str) -> int | None:
    return Conversation.objects.filter(direct_key=key, dissolved_at=None).values_list("pk", flat=True).first()


def _check_accepts(user_id: int, other_id: int) -> None:
    if not User.objects.filter(pk=other_id, is_active=True).exists():
        raise DomainError(ErrorCode.NOT_FOUND)
    if Block.objects.filter(blocker_id=other_id, blocked_id=user_id).exists():
        raise DomainError(ErrorCode.BLOCKED)
    if list_refusing(user_id, [other_id], setting="direct"):
        raise DomainError(ErrorCode.FORBIDDEN)


def _create_once(key: str, kind: ConversationKind, user_ids: tuple[int, int]) -> tuple[int, bool]:
    try:
        return _create(key, kind, user_ids), True
    except IntegrityError:
        # The other process has committed, or its insert would still be holding ours back.
        existing = _find_by_key(key)
        if existing is None:
            raise
        return existing, False


@transaction.atomic
def _create(key: str, kind: ConversationKind, user_ids: tuple[int, int]) -> int:
    conversation = Conversation.objects.create(kind=kind, direct_key=key, member_count=len(user_ids))
    Member.objects.bulk_create(Member(conversation=conversation, user_id=user_id) for user_id in user_ids)
    leave_in_outbox(conversation.pk, {"added": list(user_ids)})
    return conversation.pk


def _tell_own_sockets(user_id: int, conversation_id: int) -> None:
    for view in list_views(user_id, [conversation_id]):
        push_to_users([user_id], frames.encode(frames.ConversationUpdated(conversation=view)))
