"""Which message went to which model, when, and for whom."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings

from ai_agent.models import LedgerEntry, ModelUse, TokenAccount
from core import clock
from messaging.models import Message

_SWEPT_AT_ONCE: Final = 5_000


def record_use(
    *,
    purpose: str,
    model: str,
    asker_id: int,
    conversation_id: int | None,
    agent_id: int | None,
    messages: Sequence[Message],
) -> None:
    """Writes down, before the request leaves, that these messages go to the model for this asker.

    `conversation_id` is where it was asked (None: nowhere, as for a brief). An agent's own words are left out: nobody
    wrote them. One statement a thousand messages.
    """
    at = clock.now()
    LedgerEntry.objects.bulk_create(
        (
            LedgerEntry(
                message_id=message.pk,
                conversation_id=message.conversation_id,
                seq=message.seq,
                sender_id=message.sender_id,
                model=model,
                purpose=purpose,
                agent_id=agent_id,
                asked_by_id=asker_id,
                asked_in_id=conversation_id,
                at=at,
            )
            for message in messages
            if message.sender_id != agent_id
        ),
        batch_size=1_000,
    )


def forget_user(user_id: int) -> None:
    """Erases what is kept about someone's messages and shares, when the account is erased."""
    LedgerEntry.objects.filter(sender_id=user_id).delete()
    TokenAccount.objects.filter(user_id=user_id).delete()


def forget_old() -> int:
    """Erases what has been kept for long enough, a bounded number of rows at a time; how many."""
    now = clock.now()
    before = now - timedelta(days=settings.AI_LEDGER_KEPT_DAYS)
    keys = list(LedgerEntry.objects.filter(at__lt=before).order_by("at").values_list("pk", flat=True)[:_SWEPT_AT_ONCE])
    gone, _by_model = LedgerEntry.objects.filter(pk__in=keys).delete()
    TokenAccount.objects.filter(day__lt=(now - timedelta(days=2)).date()).delete()
    ModelUse.objects.filter(day__lt=(now - timedelta(days=settings.AI_USE_KEPT_DAYS)).date()).delete()
    return gone
