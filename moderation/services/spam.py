"""Anti-spam: repetition, links, @all, and what accounts may do on their first day. The staff sets the numbers.

Counted in the memory of the process where commands come in, like a gateway's other limits: nothing is asked of Redis or
the database for a message.
"""

import re
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode, rate_limited
from core.ratelimits import LocalTries
from messaging.commands import Command, SendMessage
from moderation.filter.folding import squeeze
from moderation.filter.live import Filtering, get_filtering

EVERYONE: Final = "all"
MIN_REPEATED: Final = 5
"""Letters that a text needs to count as repeated: "ok" and "哈哈" are said often."""
_LINK: Final = re.compile(r"(?:https?://|www\.)[^\s]", re.IGNORECASE)
_tries: Final = LocalTries()


def check_spam(sender_id: int, command: Command) -> None:
    """An intake policy. Raises CONTENT_REJECTED for what must not be sent again, RATE_LIMITED for what may, later.

    Edits count for nothing here: their links were counted when they were sent, and the window to edit is an event each.
    """
    if not settings.RATE_LIMITS or not isinstance(command, SendMessage):
        return
    filtering = get_filtering()
    if filtering is None:
        return
    text = command.content.text or ""
    links = len(_LINK.findall(text)) if "://" in text or "www." in text.lower() else 0
    _check_links(filtering, links)
    if filtering.newcomers_from is not None and sender_id >= filtering.newcomers_from:
        _check_newcomer(filtering, sender_id, links)
    _check_repetition(filtering, sender_id, text)
    if EVERYONE in command.mentions:
        _check_everyone(filtering, sender_id, command.conversation_id)


def forget_tries() -> None:
    """Starts counting anew, in this process."""
    _tries.clear()


def _check_links(filtering: Filtering, links: int) -> None:
    if links > filtering.limits.links:
        raise _refuse("links", _("This message holds too many links."))


def _check_newcomer(filtering: Filtering, sender_id: int, links: int) -> None:
    limits = filtering.limits
    wait_ms = _tries.take(f"new:{sender_id}", limits.new_account_per_minute, 60_000)
    if wait_ms:
        raise rate_limited(wait_ms)
    for _link in range(links):
        if _tries.take(f"links:{sender_id}", limits.new_account_links_per_hour, 3_600_000):
            raise _refuse("new-account-links", _("A new account can send only a few links. Try again later."))


def _check_repetition(filtering: Filtering, sender_id: int, text: str) -> None:
    letters = squeeze(text)
    if len(letters) < MIN_REPEATED:
        return
    limits = filtering.limits
    if _tries.take(f"same:{sender_id}:{hash(letters)}", limits.repeats, limits.repeat_window_s * 1000):
        raise _refuse("repetition", _("You have sent this several times already. Wait a moment."))


def _check_everyone(filtering: Filtering, sender_id: int, conversation_id: str) -> None:
    if _tries.take(f"all:{sender_id}:{conversation_id}", filtering.limits.everyone_per_hour, 3_600_000):
        raise _refuse("mentions", _("You have mentioned everyone often enough. Try again later."))


def _refuse(reason: str, message: object) -> DomainError:
    return DomainError(ErrorCode.CONTENT_REJECTED, message, {"reason": reason})  # type: ignore[arg-type] # a lazy text
