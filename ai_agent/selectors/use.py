"""What AI has used, for charts and the first page of the admin: cheap to add up, from a row a day and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from django.db.models import Sum

from accounts.models import User
from ai_agent.models import ModelUse
from core import clock

DAYS: Final = 30
MOST: Final = 10
MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class DailyUse:
    """Figures of the last DAYS days (UTC), oldest first; cost in units of the currency."""

    days: Sequence[date]
    requests: Sequence[int]
    tokens: Sequence[int]
    cost: Sequence[float]


@dataclass(frozen=True, slots=True)
class UseOf:
    """What one model, or one agent, was used for in that time."""

    name: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float


def daily_use() -> DailyUse:
    """One query."""
    today = clock.now().date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    found = {row["day"]: row for row in _recent().values("day").annotate(**_sums())}
    rows = [found.get(day, {}) for day in days]
    return DailyUse(
        days,
        [row.get("n", 0) for row in rows],
        [row.get("read", 0) + row.get("written", 0) for row in rows],
        [row.get("cost", 0) / MICROS for row in rows],
    )


def use_by_model() -> list[UseOf]:
    """The MOST used models, the dearest first. One query."""
    rows = _recent().values("model").annotate(**_sums()).order_by("-cost", "-read")[:MOST]
    return [_use(row["model"], row) for row in rows]


def use_by_agent() -> list[UseOf]:
    """The MOST used agents; under an empty name what no agent was asked for (summaries, briefs). Two queries."""
    rows = list(_recent().values("agent_id").annotate(**_sums()).order_by("-cost", "-read")[:MOST])
    names = dict(User.objects.filter(pk__in=[row["agent_id"] for row in rows]).values_list("pk", "display_name"))
    return [_use(names.get(row["agent_id"], ""), row) for row in rows]


def use_today() -> tuple[int, float]:
    """Tokens, and what they cost, since 00:00 UTC. One query."""
    row = ModelUse.objects.filter(day=clock.now().date()).aggregate(**_sums())
    return (row["read"] or 0) + (row["written"] or 0), (row["cost"] or 0) / MICROS


def _recent() -> Any:
    return ModelUse.objects.filter(day__gt=clock.now().date() - timedelta(days=DAYS))


def _sums() -> dict[str, Sum]:
    return {
        "n": Sum("requests"),
        "read": Sum("prompt_tokens"),
        "written": Sum("completion_tokens"),
        "cost": Sum("cost_micros"),
    }


def _use(name: str, row: Any) -> UseOf:
    return UseOf(name, row["n"], row["read"], row["written"], row["cost"] / MICROS)
