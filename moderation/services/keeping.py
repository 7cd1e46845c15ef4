"""What is kept for reports alone, and forgotten in time: originals of messages, and the evidence of old reports."""

from datetime import timedelta
from typing import Final

from django.conf import settings

from core import clock
from messaging.models import Message
from messaging.services.originals import Ended
from moderation.models import Appeal, Evidence, KeptOriginal, Report

_BATCH: Final = 1000


def keep_original(message: Message, ended: Ended) -> None:
    """Keeps what a message says now, before it is edited or emptied (`settings.ORIGINAL_HOOKS`). Emptied ones have
    nothing to keep."""
    if message.recalled_at is None and (message.text or message.file_id is not None):
        KeptOriginal.objects.create(
            message_id=message.pk,
            sender_id=message.sender_id,
            text=message.text,
            file_id=message.file_id,
            ended=ended,
            kept_at=clock.now(),
        )


def forget_originals() -> int:
    """Erases the originals that are older than ORIGINALS_KEPT_DAYS; how many."""
    due = KeptOriginal.objects.filter(kept_at__lt=clock.now() - timedelta(days=settings.ORIGINALS_KEPT_DAYS))
    total = 0
    while keys := list(due.values_list("pk", flat=True)[:_BATCH]):
        total += KeptOriginal.objects.filter(pk__in=keys).delete()[0]
    return total


def forget_evidence() -> int:
    """Empties the evidence of reports that were resolved more than EVIDENCE_KEPT_DAYS ago; how many."""
    now = clock.now()
    old = now - timedelta(days=settings.EVIDENCE_KEPT_DAYS)
    due = Evidence.objects.filter(erased_at=None, case__resolved_at__lt=old)
    total = 0
    while keys := list(due.values_list("pk", flat=True)[:_BATCH]):
        rows = Evidence.objects.filter(pk__in=keys)
        total += rows.update(entries=[], versions=[], profile={}, erased_at=now)
    return total


def erase_own_words(user_id: int) -> None:
    """Empties what an erased account wrote to the moderators (`settings.ERASURE_HOOKS`).

    What others reported of it stays, as originals and evidence do, until its time is over.
    """
    Report.objects.filter(reporter_id=user_id).update(comment="")
    Appeal.objects.filter(sanction__user_id=user_id).update(text="")
