"""Where sanctions bite: in the write path, at sign-in, at the door of a group.

The write path asks with every command, so what is in force is held in memory (`core.watched`): a sanction reaches every
worker within two seconds, and within half a minute where Redis is away. Ends need nobody: each entry has its own.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core import clock
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from core.watched import Watched
from messaging.commands import Command, EditMessage, React, SendMessage
from moderation.models import Freeze, Sanction, SanctionKind

APPEAL_SALT: Final = "moderation.appeal"
SPEAKER: Final = "gochat"
"""The username of the site's own account: nobody can register it."""
_WRITES: Final = (SendMessage, EditMessage, React)


@dataclass(frozen=True, slots=True)
class Standing:
    """A mute or ban as the write path knows it; `conversation_id` None: everywhere, `until` None: for good."""

    sanction_id: int
    kind: str
    conversation_id: int | None
    until: datetime | None
    reason: str

    def holds(self, conversation_id: str, now: datetime) -> bool:
        """Whether it keeps the person from writing there now."""
        is_here = self.conversation_id is None or str(self.conversation_id) == conversation_id
        return is_here and (self.until is None or self.until > now)


@dataclass(frozen=True, slots=True)
class InForce:
    """What stands against whom, and the conversations in which nobody may write, with the reason; nobody but the site's
    own account (`speaker_id`, None before there is one)."""

    people: Mapping[int, Sequence[Standing]]
    frozen: Mapping[str, str]
    speaker_id: int | None = None


def load_in_force() -> InForce:
    """All mutes and bans that stand, all frozen conversations. Three queries."""
    people: dict[int, list[Standing]] = defaultdict(list)
    rows = Sanction.objects.standing().filter(closed_at=None, kind__in=[SanctionKind.MUTE, SanctionKind.BAN])
    fields = ("user_id", "pk", "kind", "conversation_id", "ends_at", "reason")
    for user_id, *standing in rows.order_by("pk").values_list(*fields).iterator():
        people[user_id].append(Standing(*standing))
    frozen = {str(pk): reason for pk, reason in Freeze.objects.values_list("conversation_id", "reason")}
    speaker_id = User.objects.filter(username_folded=SPEAKER).values_list("pk", flat=True).first()
    return InForce(dict(people), frozen, speaker_id)


IN_FORCE: Final = Watched("sanctions", load_in_force)


def check_standing(sender_id: int, command: Command) -> None:
    """A message policy. Raises MUTED or BANNED with `details` reason, until and sanction_id; MUTED with `frozen` where
    nobody may write. Recalling one's own words is never forbidden.

    The event loop of a gateway does not ask: the worker does, which knows whether a command is only a repetition.
    """
    if not isinstance(command, _WRITES):
        return
    in_force = IN_FORCE.peek()
    if in_force is not None and not (sender_id in in_force.people or command.conversation_id in in_force.frozen):
        return
    if _is_on_event_loop():
        return
    in_force = in_force or IN_FORCE.get()
    _check_none_holds(in_force.people.get(sender_id, ()), command.conversation_id)
    reason = in_force.frozen.get(command.conversation_id)
    if reason is not None and sender_id != in_force.speaker_id:
        details = {"reason": reason, "until": None, "frozen": True}
        message = format_lazy(_("This conversation is frozen: {reason}"), reason=reason)
        raise DomainError(ErrorCode.MUTED, message, details)


def _is_on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _check_none_holds(standing: Sequence[Standing], conversation_id: str) -> None:
    now = clock.now()
    for each in standing:
        if each.holds(conversation_id, now):
            raise _refusal(each)


def _refusal(standing: Standing) -> DomainError:
    """BANNED for a ban everywhere, MUTED for the rest; the message says why, since clients show it as it is."""
    if standing.kind == SanctionKind.BAN and standing.conversation_id is None:
        message = format_lazy(_("This account is banned: {reason}"), reason=standing.reason)
        return DomainError(ErrorCode.BANNED, message, _details(standing))
    message = format_lazy(_("You cannot write here at the moment: {reason}"), reason=standing.reason)
    return DomainError(ErrorCode.MUTED, message, _details(standing))


def _details(standing: Standing) -> dict[str, Any]:
    return {
        "reason": standing.reason,
        "until": to_wire(standing.until) if standing.until else None,
        "sanction_id": str(standing.sanction_id),
    }


def check_may_sign_in(user_id: int) -> None:
    """Raises BANNED with `details` reason, until, sanction_id and the appeal_token that lets the person object without
    a session. One query."""
    bans = Sanction.objects.standing().filter(user_id=user_id, kind=SanctionKind.BAN, conversation=None)
    ban = bans.order_by("pk").first()
    if ban is not None:
        standing = Standing(ban.pk, ban.kind, None, ban.ends_at, ban.reason)
        refusal = _refusal(standing)
        refusal.details["appeal_token"] = make_appeal_token(ban.pk)
        raise refusal


def find_kept_out(conversation_id: int, user_ids: Collection[int]) -> set[int]:
    """Those of the users who are banned from this conversation. One query."""
    bans = Sanction.objects.standing().filter(conversation_id=conversation_id, kind=SanctionKind.BAN)
    return set(bans.filter(user_id__in=user_ids).values_list("user_id", flat=True))


def make_appeal_token(sanction_id: int) -> str:
    """Lets its holder appeal against this sanction, for APPEAL_WINDOW_DAYS."""
    return signing.dumps(sanction_id, salt=APPEAL_SALT)


def read_appeal_token(token: str) -> int:
    """The sanction that an appeal token is about. Raises AUTH_FAILED for one that is forged or too old."""
    try:
        return int(signing.loads(token, salt=APPEAL_SALT, max_age=settings.APPEAL_WINDOW_DAYS * 24 * 3600))
    except (signing.BadSignature, ValueError, TypeError) as exc:
        raise DomainError(ErrorCode.AUTH_FAILED) from exc
