"""Reads of users, sessions, friends and blocks that span tables or apply privacy."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Block, FriendRequest, Friendship, Session, User, fold_name
from accounts.privacy import EVERYONE, FRIENDS, read_privacy
from core import clock
from core.errors import DomainError, ErrorCode
from core.paging import Page, PageRequest, make_page


def get_user(user_id: int) -> User:
    """Any user, the erased too (as they are shown in old conversations). Raises NOT_FOUND."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return user


def get_active_user(user_id: int) -> User:
    """A user who can still be dealt with. Raises NOT_FOUND."""
    user = get_user(user_id)
    if not user.is_active:
        raise DomainError(ErrorCode.NOT_FOUND)
    return user


def list_users(user_ids: Collection[int]) -> list[User]:
    """Those of these users who exist, the erased too, by id: the names beside messages that a page shows. One query."""
    return list(User.objects.filter(pk__in=user_ids).order_by("pk"))


def get_profile(viewer_id: int, user_id: int) -> dict[str, Any]:
    """A user and what they are to the viewer, as ProfileSerializer reads it. Raises NOT_FOUND."""
    user = get_user(user_id)
    friendship = Friendship.objects.filter(user_id=viewer_id, friend_id=user_id).first()
    return {
        "pk": user.pk,
        "username": user.username,
        "display_name": user.display_name,
        "avatar": user.avatar,
        "kind": user.kind,
        "is_friend": friendship is not None,
        "is_blocked": Block.objects.filter(blocker_id=viewer_id, blocked_id=user_id).exists(),
        "remark": friendship.remark if friendship else "",
        "last_seen_at": list_visible_last_seen(viewer_id, [user]).get(user.pk),
    }


def find_ended_sessions(session_ids: Collection[int]) -> set[int]:
    """Which of these sessions are no longer good: ended, over, unknown, or their user inactive. One query."""
    live = Session.objects.filter(
        pk__in=session_ids, revoked_at=None, expires_at__gt=clock.now(), user__is_active=True
    ).values_list("pk", flat=True)
    return set(session_ids) - set(live)


def list_sessions(user_id: int, page: PageRequest) -> Page[Session]:
    """The user's live sessions, newest first."""
    rows = Session.objects.filter(user_id=user_id, revoked_at=None, expires_at__gt=clock.now()).order_by("-pk")
    return _page_by_id(rows, page, descending=True)


def search_users(query: str, page: PageRequest) -> Page[User]:
    """Users whose username or display name starts with `query`, or whose id it is; the exact hits come first.

    Case, width and compatibility forms do not matter. Without the erased, the inactive, and those whose privacy hides
    them from search. Both prefixes are answered from an index on every database.
    """
    folded = fold_name(query.strip())
    found = User.objects.filter(is_active=True).exclude(privacy__contains={"searchable": False})
    exact = list(found.filter(_exactly(query.strip(), folded)).order_by("pk")[:2])[: page.limit]
    prefix = Q(username_folded__has_prefix=folded) | Q(display_name_folded__has_prefix=folded[:191])
    rest = found.filter(prefix).exclude(pk__in=[user.pk for user in exact])
    if page.after is not None:
        return _page_by_id(rest, page)
    room = page.limit - len(exact)
    following = list(rest.order_by("pk")[: room + 1])
    if len(following) <= room:
        return Page([*exact, *following], None)
    shown = following[:room]
    return Page([*exact, *shown], (shown[-1].pk if shown else 0,))


def _exactly(text: str, folded: str) -> Q:
    exact = Q(username_folded=folded)
    if text.isascii() and text.isdecimal() and len(text) <= 18:
        exact |= Q(pk=int(text))
    return exact


def list_friends(user_id: int, page: PageRequest) -> Page[Friendship]:
    """The user's friends with their remarks, oldest friendship first."""
    return _page_by_id(Friendship.objects.filter(user_id=user_id).select_related("friend"), page)


def get_friendship(user_id: int, friend_id: int) -> Friendship:
    """The user's side of a friendship, with the friend. Raises NOT_FOUND."""
    friendship = Friendship.objects.filter(user_id=user_id, friend_id=friend_id).select_related("friend").first()
    if friendship is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return friendship


def list_friend_requests(user_id: int, page: PageRequest) -> Page[FriendRequest]:
    """The open requests that the user sent or received, newest first."""
    rows = FriendRequest.objects.filter(Q(sender_id=user_id) | Q(recipient_id=user_id))
    return _page_by_id(rows.select_related("sender", "recipient"), page, descending=True)


def list_blocks(user_id: int, page: PageRequest) -> Page[Block]:
    """Whom the user blocks, oldest block first."""
    return _page_by_id(Block.objects.filter(blocker_id=user_id).select_related("blocked"), page)


def list_friend_ids(user_id: int, among: Collection[int] | None = None) -> set[int]:
    """The ids of the user's friends, or of those of `among` who are."""
    rows = Friendship.objects.filter(user_id=user_id)
    if among is not None:
        rows = rows.filter(friend_id__in=among)
    return set(rows.values_list("friend_id", flat=True))


def is_blocked_between(user_id: int, other_id: int) -> bool:
    """Whether either of the two blocks the other."""
    return Block.objects.filter(
        Q(blocker_id=user_id, blocked_id=other_id) | Q(blocker_id=other_id, blocked_id=user_id)
    ).exists()


def list_refusing(actor_id: int, user_ids: Collection[int], *, setting: str) -> set[int]:
    """Those of `user_ids` whose privacy `setting` ("direct": open a direct conversation with them, "groups": add them
    to a group) keeps the actor out, or who block the actor. The actor never refuses itself. Two queries."""
    others = set(user_ids) - {actor_id}
    rows = User.objects.filter(pk__in=others).annotate(
        blocks_actor=Exists(Block.objects.filter(blocker_id=OuterRef("pk"), blocked_id=actor_id))
    )
    friends = list_friend_ids(actor_id, among=others)
    return {
        user.pk
        for user in rows.only("privacy")
        if user.blocks_actor or (read_privacy(user.privacy)[setting] == FRIENDS and user.pk not in friends)
    }


def list_visible_last_seen(viewer_id: int, users: Sequence[User]) -> dict[int, Any]:
    """`{user_id: last_seen_at}` of those of `users` whose privacy shows the viewer when they were last online."""
    friends = list_friend_ids(viewer_id, among=[user.pk for user in users])
    shown: dict[int, Any] = {}
    for user in users:
        audience = read_privacy(user.privacy)["last_seen"]
        if user.pk == viewer_id or audience == EVERYONE or (audience == FRIENDS and user.pk in friends):
            shown[user.pk] = user.last_seen_at
    return shown


def _page_by_id(rows: QuerySet[Any], page: PageRequest, *, descending: bool = False) -> Page[Any]:
    if (after := page.after_as(int)) is not None:
        rows = rows.filter(pk__lt=after[0]) if descending else rows.filter(pk__gt=after[0])
    rows = rows.order_by("-pk" if descending else "pk")[: page.limit + 1]
    return make_page(list(rows), page.limit, lambda row: (row.pk,))
