"""Locking two users at once, for what must be decided between them."""

from django.db import connection

from accounts.models import User
from core.errors import DomainError, ErrorCode


def lock_pair(user_id: int, other_id: int) -> tuple[User, User]:
    """Both users' rows, locked in id order until the transaction ends. Raises NOT_FOUND unless both are active."""
    no_key = connection.features.has_select_for_no_key_update
    rows = User.objects.select_for_update(no_key=no_key).filter(pk__in=(user_id, other_id), is_active=True)
    found = {user.pk: user for user in rows.order_by("pk")}
    if user_id not in found or other_id not in found:
        raise DomainError(ErrorCode.NOT_FOUND)
    return found[user_id], found[other_id]
