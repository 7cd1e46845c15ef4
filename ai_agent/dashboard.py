"""What the admin's first page says of AI."""

from typing import Any, Final

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ai_agent.selectors.use import use_today
from ai_agent.services.budgets import used_today
from ai_agent.services.limits import get_limits
from core.dashboard import DashboardCard, Shown


def _read() -> dict[str, Any]:
    limits, (tokens, cost) = get_limits(), use_today()
    return {
        "tokens": tokens,
        "cost": cost,
        "currency": limits.currency,
        "budget": limits.daily_tokens,
        "taken": used_today(),
        "is_on": limits.is_on,
    }


def _show(figures: dict[str, Any]) -> Shown:
    """What today has cost, how much of the budget that is, and whether AI works."""
    cost = f"{localize(round(figures['cost'], 2))} {figures['currency']}"
    tokens = {"tokens": localize(figures["tokens"]), "budget": localize(figures["budget"])}
    if not figures["is_on"]:
        return Shown(cost, _("AI is switched off."), is_late=True)
    if not figures["budget"]:
        return Shown(cost, _("%(tokens)s tokens") % tokens)
    is_short = figures["taken"] * 10 >= figures["budget"] * 9
    return Shown(cost, _("%(tokens)s of %(budget)s tokens") % tokens, is_late=is_short)


SPEND: Final = DashboardCard(
    title=gettext_lazy("AI today (UTC)"),
    icon="smart_toy",
    permission="ai_agent.view_modeluse",
    read=_read,
    show=_show,
    page="ai_agent_modeluse",
)
