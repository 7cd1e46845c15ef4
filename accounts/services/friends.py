"""Friendship: asked for, accepted by the other (asking each other counts as accepting), ended by either."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Block, FriendRequest, Friendship, UserKind
from accounts.refusals import invalid_field
from accounts.selectors import get_friendship
from accounts.services.locks import lock_pair
from accounts.services.throttles import check_limit
from core.errors import DomainError, ErrorCode
from core.names import check_name


@dataclass(frozen=True, slots=True)
class AskResult:
    """A request that now waits (`created` unless it already did), or the friendship that it made at once."""

    request: FriendRequest | None
    friendship: Friendship | None
    created: bool


def ask(user_id: int, other_id: int, message: str) -> AskResult:
    """Ask someone to be a friend. Asking again replaces the message; when the other has asked, both are friends now.

    Raises INVALID_REQUEST (oneself), NOT_FOUND, CONFLICT (friends already, or the caller blocks the other), BLOCKED,
    FORBIDDEN (an AI agent), RATE_LIMITED.
    """
    if user_id == other_id:
        raise invalid_field("user_id", _("This is you."))
    check_limit("friend-request.user", user_id)
    check_name("message", message)
    with transaction.atomic():
        _asker, other = lock_pair(user_id, other_id)
        if other.kind == UserKind.AGENT:
            raise DomainError(ErrorCode.FORBIDDEN, _("An AI agent needs no friendship: write to it."))
        _check_may_ask(user_id, other_id)
        if FriendRequest.objects.filter(sender_id=other_id, recipient_id=user_id).exists():
            return AskResult(None, _befriend(user_id, other_id), created=True)
        request, created = FriendRequest.objects.select_related("sender", "recipient").get_or_create(
            sender_id=user_id, recipient_id=other_id, defaults={"message": message}
        )
        if not created and request.message != message:
            request.message = message
            request.save(update_fields=["message"])
    return AskResult(request, None, created=created)


def accept(user_id: int, request_id: int) -> Friendship:
    """Accept a request that the user has received. Raises NOT_FOUND."""
    with transaction.atomic():
        sender_id = _get_request(request_id, recipient_id=user_id).sender_id
        lock_pair(user_id, sender_id)
        _get_request(request_id, recipient_id=user_id)  # it may have been answered before the lock was held
        return _befriend(user_id, sender_id)


def decline(user_id: int, request_id: int) -> None:
    """Refuse a request that the user has received; its sender is not told. Raises NOT_FOUND."""
    _get_request(request_id, recipient_id=user_id).delete()


def withdraw(user_id: int, request_id: int) -> None:
    """Take back a request that the user has sent. Raises NOT_FOUND."""
    _get_request(request_id, sender_id=user_id).delete()


def set_remark(user_id: int, friend_id: int, remark: str) -> Friendship:
    """Note something about a friend that only the user sees. Raises NOT_FOUND."""
    friendship = get_friendship(user_id, friend_id)
    friendship.remark = remark
    friendship.save(update_fields=["remark"])
    return friendship


def unfriend(user_id: int, friend_id: int) -> None:
    """End a friendship on both sides. Raises NOT_FOUND."""
    with transaction.atomic():
        if not end_friendship(user_id, friend_id):
            raise DomainError(ErrorCode.NOT_FOUND)


def end_friendship(user_id: int, friend_id: int) -> bool:
    """Delete both sides of a friendship; whether there was one."""
    own, _counts = Friendship.objects.filter(user_id=user_id, friend_id=friend_id).delete()
    other, _counts = Friendship.objects.filter(user_id=friend_id, friend_id=user_id).delete()
    return own + other > 0


def _check_may_ask(user_id: int, other_id: int) -> None:
    if Block.objects.filter(blocker_id=other_id, blocked_id=user_id).exists():
        raise DomainError(ErrorCode.BLOCKED)
    if Block.objects.filter(blocker_id=user_id, blocked_id=other_id).exists():
        raise DomainError(ErrorCode.CONFLICT, _("You block this person. Unblock them first."))
    if Friendship.objects.filter(user_id=user_id, friend_id=other_id).exists():
        raise DomainError(ErrorCode.CONFLICT, _("You are friends already."))


def _befriend(user_id: int, other_id: int) -> Friendship:
    FriendRequest.objects.filter(sender_id=other_id, recipient_id=user_id).delete()
    FriendRequest.objects.filter(sender_id=user_id, recipient_id=other_id).delete()
    Friendship.objects.get_or_create(user_id=other_id, friend_id=user_id)
    return Friendship.objects.select_related("friend").get_or_create(user_id=user_id, friend_id=other_id)[0]


def _get_request(request_id: int, **side: int) -> FriendRequest:
    request = FriendRequest.objects.filter(pk=request_id, **side).first()
    if request is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return request
