"""The word filter where texts come in: messages, edits, names and titles."""

from collections.abc import Mapping
from typing import Final

import msgspec
from celery import current_app
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from messaging.commands import Command, EditMessage, SendMessage
from messaging.policies import Ruling
from moderation.filter.live import get_filtering
from moderation.filter.rules import Found, mask
from moderation.models import FilterAction, FilterHit, FilterPlace
from moderation.services.filtering_counts import note_refusals

REASON: Final = {"reason": "word-filter"}
log = get_logger(__name__)
_STORED: Final = frozenset({FilterAction.FLAG, FilterAction.MASK})


def filter_command(_sender_id: int, command: Command) -> Ruling | None:
    """A message policy. Masks words in what is stored, marks what a rule flags, raises CONTENT_REJECTED for the rest.

    Costs a few microseconds and no query, whatever the number of rules.
    """
    if not isinstance(command, SendMessage | EditMessage) or not command.content.text:
        return None
    filtering = get_filtering()
    found = filtering.rules.find(command.content.text) if filtering is not None else None
    return _decide(command, command.content.text, found) if found else None


def _decide(command: SendMessage | EditMessage, text: str, found: list[Found]) -> Ruling:
    refusing = {one.rule.id for one in found if one.rule.action == FilterAction.REJECT}
    if refusing:
        note_refusals(refusing)
        raise DomainError(
            ErrorCode.CONTENT_REJECTED, _("This message holds something that is not allowed here."), dict(REASON)
        )
    marks = tuple(dict.fromkeys(f"{one.rule.action}:{one.rule.id}" for one in found))
    masked = mask(text, (one for one in found if one.rule.action == FilterAction.MASK))
    if masked == text:
        return Ruling(command, marks)
    content = msgspec.structs.replace(command.content, text=masked)
    return Ruling(msgspec.structs.replace(command, content=content), marks)


def note_hits(marked: Mapping[int, tuple[str, ...]]) -> None:
    """Keeps which rules masked or flagged which messages (message id -> marks), in the transaction that stored them.

    Flagged ones become reports soon afterwards, in a task.
    """
    hits = []
    for message_id, marks in marked.items():
        for mark in marks:
            action, _colon, rule_id = mark.partition(":")
            if action in _STORED:
                hits.append(FilterHit(message_id=message_id, rule_id=int(rule_id), action=action))
    FilterHit.objects.bulk_create(hits, ignore_conflicts=True)
    if any(hit.action == FilterAction.FLAG for hit in hits):
        transaction.on_commit(_report_soon)


def _report_soon() -> None:
    """Should nobody be there to hear this, the sweep makes the reports within a minute."""
    try:
        current_app.send_task("moderation.tasks.report_flagged", retry=False)
    except OperationalError as exc:
        log.warning("nobody could be asked to report flagged messages", error=str(exc))


def check_name(text: str) -> None:
    """A name policy: a display name, title or note that a rule masks or rejects is refused with CONTENT_REJECTED."""
    filtering = get_filtering()
    found = filtering.rules.find(text, FilterPlace.NAMES) if filtering is not None else []
    refusing = {one.rule.id for one in found if one.rule.action != FilterAction.FLAG}
    if refusing:
        note_refusals(refusing)
        raise DomainError(ErrorCode.CONTENT_REJECTED, _("This name holds something that is not allowed."), dict(REASON))
