"""Locking users' rows, for what must be decided about them. NO KEY locks where the database has them: other rows that
name the user can still be written meanwhile."""

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from core.errors import DomainError, ErrorCode


def lock_user(user_id: int) -> User:
    """The user's row, locked until the transaction ends. Raises NOT_FOUND unless the account is active."""
    user = _locked().filter(pk=user_id, is_active=True).first()
    if user is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    return user


def lock_pair(user_id: int, other_id: int) -> tuple[User, User]:
    """Both users' rows, locked in id order until the transaction ends. Raises NOT_FOUND unless both are active."""
    found = {user.pk: user for user in _locked().filter(pk__in=(user_id, other_id), is_active=True).order_by("pk")}
    if user_id not in found or other_id not in found:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found[user_id], found[other_id]


def _locked() -> QuerySet[User]:
    return User.objects.select_for_update(no_key=connection.features.has_select_for_no_key_update)
