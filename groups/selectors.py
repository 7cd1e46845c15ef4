"""What readers see of groups: the group object, its invites, its join requests."""

from typing import Any

import msgspec

from accounts.avatars import avatar_url
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from core.paging import Page, PageRequest, make_page
from groups.models import Group, Invite, JoinPolicy, JoinRequest
from messaging.models import Conversation, ConversationKind, Member, Role
from messaging.selectors import members
from messaging.selectors.access import access_conversation
from messaging.selectors.conversations import list_views
from messaging.selectors.members import MAX_WITH_POSITIONS
from messaging.wire import view_user

MANAGERS = frozenset({Role.OWNER, Role.ADMIN})


def view_profile(conversation: Conversation, group: Group, owner_id: int | None) -> dict[str, Any]:
    """The fields of a group that are the same for every reader, as `group-updated` carries them."""
    return {
        "id": str(conversation.pk),
        "name": conversation.title,
        "avatar_url": avatar_url(conversation.avatar),
        "description": group.description,
        "announcement": group.announcement,
        "join_policy": group.join_policy,
        "muted_all": conversation.muted_all,
        "announcement_only": conversation.announcement_only,
        "slow_mode_s": conversation.slow_mode_s,
        "history_visible": group.history_visible,
        "owner_id": str(owner_id) if owner_id is not None else None,
    }


def find_owner_id(group_id: int) -> int | None:
    """Whose group it is."""
    owners = Member.objects.filter(conversation_id=group_id, role=Role.OWNER, left_at=None)
    return owners.values_list("user_id", flat=True).first()


def access_group(user_id: int, group_id: int) -> tuple[Group, Member]:
    """A group (with its conversation) and the reader's membership. Raises CONVERSATION_NOT_FOUND for anyone else."""
    conversation, member = access_conversation(user_id, group_id)
    if conversation.kind != ConversationKind.GROUP or member is None:
        raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
    group = Group.objects.get(pk=group_id)
    group.conversation = conversation
    return group, member


def view_group(user_id: int, group_id: int) -> dict[str, Any]:
    """The contract's group object for one reader: the conversation's fields and the profile.

    Those who run the group also get `join_request_count`. Raises CONVERSATION_NOT_FOUND.
    """
    group, member = access_group(user_id, group_id)
    [view] = list_views(user_id, [group_id])
    view |= view_profile(group.conversation, group, find_owner_id(group_id))
    if member.role in MANAGERS:
        view["join_request_count"] = group.join_requests.count()
    return view


def view_member(group_id: int, user_id: int) -> dict[str, Any]:
    """A present member as the list of members shows them. Raises NOT_FOUND."""
    rows = Member.objects.filter(conversation_id=group_id, user_id=user_id, left_at=None)
    member = rows.select_related("user", "conversation").first()
    if member is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    with_positions = member.conversation.member_count <= MAX_WITH_POSITIONS
    view: dict[str, Any] = msgspec.to_builtins(members.view_member(member, with_positions=with_positions))
    return view


def list_invites(user_id: int, group_id: int, page: PageRequest) -> Page[Invite]:
    """The live invites, newest first: all of them for those who run the group, a member's own in an open one.

    Raises CONVERSATION_NOT_FOUND, FORBIDDEN.
    """
    group, member = access_group(user_id, group_id)
    invites = Invite.objects.live().filter(group_id=group_id)
    if member.role not in MANAGERS:
        if group.join_policy != JoinPolicy.OPEN:
            raise DomainError(ErrorCode.FORBIDDEN)
        invites = invites.filter(created_by_id=user_id)
    if (after := page.after_as(int)) is not None:
        invites = invites.filter(pk__lt=after[0])
    rows = list(invites.order_by("-pk")[: page.limit + 1])
    return make_page(rows, page.limit, lambda invite: (invite.pk,))


def view_invite(invite: Invite, url: str) -> dict[str, Any]:
    """An invite as its group's managers see it; `max_uses` is null where there is no limit."""
    return {
        "invite": invite.token,
        "url": url,
        "expires_at": to_wire(invite.expires_at) if invite.expires_at else None,
        "max_uses": invite.max_uses or None,
        "uses": invite.uses,
        "created_by": str(invite.created_by_id),
        "created_at": to_wire(invite.created_at),
    }


def list_join_requests(user_id: int, group_id: int, page: PageRequest) -> Page[JoinRequest]:
    """Who asks to be let in, oldest first, for those who run the group. Raises CONVERSATION_NOT_FOUND, FORBIDDEN."""
    _, member = access_group(user_id, group_id)
    if member.role not in MANAGERS:
        raise DomainError(ErrorCode.FORBIDDEN)
    requests = JoinRequest.objects.filter(group_id=group_id).select_related("user")
    if (after := page.after_as(int)) is not None:
        requests = requests.filter(pk__gt=after[0])
    rows = list(requests.order_by("pk")[: page.limit + 1])
    return make_page(rows, page.limit, lambda request: (request.pk,))


def view_join_request(request: JoinRequest) -> dict[str, Any]:
    """A join request as those who answer it see it."""
    return {
        "id": str(request.pk),
        "user": view_user(request.user),
        "message": request.message,
        "created_at": to_wire(request.created_at),
    }
