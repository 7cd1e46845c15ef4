"""What a message said before it is edited or emptied, handed to whoever settings name (moderation keeps it).

Called in the transaction that changes the message: an original is kept exactly when the change is.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django.utils.module_loading import import_string

from messaging.models import Message

Ended = Literal["edited", "recalled"]
Hook = Callable[[Message, Ended], None]


@lru_cache(maxsize=1)
def _hooks() -> tuple[Hook, ...]:
    return tuple(import_string(path) for path in settings.ORIGINAL_HOOKS)


def hand_over_original(message: Message, ended: Ended) -> None:
    """Call it while the message still has its content. ORIGINAL_HOOKS get the message, and how its content ends."""
    for hook in _hooks():
        hook(message, ended)
