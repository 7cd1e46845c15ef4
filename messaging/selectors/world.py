"""The world room: the one conversation that everyone is in without a row."""

from django.core.cache import cache
from django.utils.translation import gettext as _

from accounts.models import User
from core.redis import RedisError
from messaging.models import Conversation

WORLD_KEY = "world"
"""Its `direct_key`: the unique key that lets there be only one."""

_COUNT_KEY = "world-member-count"
_COUNT_FOR_S = 60


def find_world() -> Conversation | None:
    """The world room, None where it has not been set up. One query."""
    return Conversation.objects.filter(direct_key=WORLD_KEY, dissolved_at=None).first()


def world_title() -> str:
    """Its name in the reader's language, unless an operator has given it one."""
    return _("World room")


def count_world_members() -> int:
    """How many active accounts there are, at most a minute old."""
    try:
        return int(cache.get_or_set(_COUNT_KEY, _count_active, _COUNT_FOR_S) or 0)
    except RedisError:
        return _count_active()


def _count_active() -> int:
    return User.objects.filter(is_active=True).count()
