"""What AI was used for and what it cost: charts over a month, and the figures they are made of."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateFilter

from accounts.models import User
from ai_agent.models import ModelUse
from ai_agent.selectors.use import MICROS, daily_use, use_by_agent, use_by_model
from ai_agent.services.limits import get_limits
from core.admin_base import ReadOnlyAdmin
from core.charts import bar_chart


@admin.register(ModelUse)
class ModelUseAdmin(ReadOnlyAdmin):
    """A row a day (UTC), model, purpose and agent."""

    list_display = ("day", "model", "purpose", "agent", "requests", "prompt_tokens", "completion_tokens", "cost")
    list_filter = ("purpose", ("day", RangeDateFilter))
    list_filter_submit = True
    list_before_template = "ai_agent/use.html"
    ordering = ("-day", "-cost_micros")
    id_lookups = ("agent_id",)
    text_lookups = {"model__startswith": str}
    search_help_text = gettext_lazy("An agent's id, or the start of a model's name")
    fields = ("day", "model", "purpose", "agent", "requests", "prompt_tokens", "completion_tokens", "cost")
    readonly_fields = fields

    @admin.display(description=gettext_lazy("agent"), ordering="agent_id")
    def agent(self, use: Any) -> str:
        """Its name, once it has been looked up for the whole list."""
        if not use.agent_id:
            return "-"
        if not hasattr(use, "agent_name"):
            _name_agents([use])
        return use.agent_name or str(use.agent_id)

    @admin.display(description=gettext_lazy("cost"), ordering="cost_micros")
    def cost(self, use: ModelUse) -> str:
        """In the currency of the prices, at the prices of that day."""
        return _money(use.cost_micros / MICROS)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, (extra_context or {}) | _figures())
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            _name_agents(list(shown["cl"].result_list))
        return response


def _figures() -> dict[str, Any]:
    use, currency = daily_use(), get_limits().currency
    labels = [date_format(day, "n/j") for day in use.days]
    charts = [
        _chart(_("Requests in 30 days (UTC)"), labels, use.requests, localize(sum(use.requests))),
        _chart(_("Tokens in 30 days (UTC)"), labels, use.tokens, localize(sum(use.tokens))),
        _chart(
            _("Cost in 30 days (UTC), in %(currency)s") % {"currency": currency},
            labels,
            [round(cost, 4) for cost in use.cost],
            _money(sum(use.cost)),
        ),
    ]
    tables = [
        {"title": _("By model, 30 days"), "rows": [_row(one) for one in use_by_model()]},
        {"title": _("By agent, 30 days"), "rows": [_row(one) for one in use_by_agent()]},
    ]
    return {"use_charts": charts, "use_tables": tables, "currency": currency}


def _name_agents(rows: list[Any]) -> None:
    """Looks up all names in one query."""
    names = dict(User.objects.filter(pk__in={row.agent_id for row in rows}).values_list("pk", "display_name"))
    for row in rows:
        row.agent_name = names.get(row.agent_id, "")


def _chart(title: str, labels: list[str], values: Any, total: str) -> dict[str, Any]:
    return {"title": title, "total": total, "svg": bar_chart(title, labels, values)}


def _row(use: Any) -> dict[str, str]:
    return {
        "name": use.name or _("summaries and briefs"),
        "requests": str(localize(use.requests)),
        "tokens": str(localize(use.prompt_tokens + use.completion_tokens)),
        "cost": _money(use.cost),
    }


def _money(amount: float) -> str:
    return str(localize(round(amount, 2 if amount >= 1 else 4)))
