"""The switch for all of AI, the budgets that hold for everyone, and prices: read anew wherever they decide.

`is_on` is for what is already under way (an answer that is being written), and costs nothing; whoever begins something
asks `ai_agent.services.budgets.check`, which reads the database.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest

from ai_agent.models import AiLimits, ModelPrice
from core.audit import record_act
from core.watched import Watched

MAX_AGE_S: Final = 5.0


def get_limits() -> AiLimits:
    """The budgets that the staff has set, or the defaults. One query."""
    return AiLimits.objects.filter(pk=AiLimits.ONLY).first() or AiLimits()


def _load() -> bool:
    return get_limits().is_on


SWITCH: Final = Watched("ai-switch", _load, max_age_s=MAX_AGE_S)


def is_on() -> bool:
    """Whether AI may go on, as this process knows it: at most about a second old. No query, but the first time."""
    return SWITCH.get()


@transaction.atomic
def switch(on: bool, *, request: HttpRequest, why: str) -> None:
    """Lets AI work, or stops all of it: no request begins any more, and answers under way end within about a second."""
    AiLimits.objects.get_or_create(pk=AiLimits.ONLY)
    AiLimits.objects.filter(pk=AiLimits.ONLY).update(is_on=on)
    record_act(request, "ai-switched-on" if on else "ai-switched-off", _target(), why=why)
    SWITCH.note_change()


@transaction.atomic
def save_limits(limits: AiLimits, *, changed: Mapping[str, Any], request: HttpRequest, why: str) -> None:
    """Sets the budgets; they hold for the next request. The switch is left as it is."""
    names = ("daily_tokens", "daily_tokens_per_user", "currency")
    AiLimits.objects.update_or_create(pk=AiLimits.ONLY, defaults={name: getattr(limits, name) for name in names})
    record_act(request, "ai-budgets-set", _target(), why=why, details={"to": dict(changed)})


@transaction.atomic
def save_price(price: ModelPrice, *, request: HttpRequest, why: str) -> None:
    """Sets what a model costs from now on: what was used before keeps its price."""
    price.save()
    to = {"prompt": str(price.prompt_per_million), "completion": str(price.completion_per_million)}
    record_act(request, "ai-price-set", price, why=why, details={"model": price.model, "to": to})


@transaction.atomic
def delete_price(price: ModelPrice, *, request: HttpRequest, why: str) -> None:
    """Forgets a price."""
    record_act(request, "ai-price-deleted", price, why=why, details={"model": price.model})
    price.delete()


def _target() -> tuple[str, int]:
    return AiLimits._meta.label_lower, AiLimits.ONLY
