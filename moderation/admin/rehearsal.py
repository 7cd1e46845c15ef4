"""What a rule would have caught: progress, hits by day, and excerpts for whoever asks to see them."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from core.admin_base import ReadOnlyAdmin, display, link_to
from core.charts import bar_chart
from moderation.models import FilterRehearsal, FilterRule, RehearsalState
from moderation.services.filtering_rehearsal import access_samples

STATE_LABELS = {"waiting": "default", "running": "info", "done": "success", "cancelled": "warning"}
REFRESH_S = 2
_BAR = mark_safe("height:8px;border-radius:4px;")
_TRACK = mark_safe("width:16rem;background:color-mix(in srgb,currentColor 15%,transparent)")
_OPEN = (RehearsalState.WAITING, RehearsalState.RUNNING)


@admin.register(FilterRehearsal)
class FilterRehearsalAdmin(ReadOnlyAdmin):
    """Rehearsals. Figures for everyone who may see rules; excerpts, each look written down, for those who rehearse."""

    list_display = ("pattern", "state_label", "progress_text", "scanned", "hits", "asked_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    ordering = ("-pk",)
    id_lookups = ("pk", "rule_id")
    fields = ("rule_link", "state_text", "progress", "figures", "chart", "samples_shown")
    readonly_fields = fields

    @display(description=_("state"), ordering="state", label=STATE_LABELS)
    def state_label(self, rehearsal: FilterRehearsal) -> tuple[str, str]:
        """Where it stands, as a coloured label."""
        return rehearsal.state, rehearsal.get_state_display()

    @admin.display(description=_("rule"))
    def rule_link(self, rehearsal: FilterRehearsal) -> str:
        """What was rehearsed, as it was then."""
        how = f" ({_('by sound')})" if rehearsal.by_sound else ""
        return format_html("{}{}", link_to(FilterRule, rehearsal.rule_id, rehearsal.pattern), how)

    @admin.display(description=_("state"))
    def state_text(self, rehearsal: FilterRehearsal) -> Any:
        """The same in words."""
        if rehearsal.is_partial:
            return _("%(state)s; stopped at its bound, the newest messages were looked at") % {
                "state": rehearsal.get_state_display()
            }
        return rehearsal.get_state_display()

    @admin.display(description=_("progress"))
    def progress_text(self, rehearsal: FilterRehearsal) -> str:
        """In percent."""
        return f"{_percent(rehearsal)} %"

    @admin.display(description=_("progress"))
    def progress(self, rehearsal: FilterRehearsal) -> str:
        """A bar."""
        percent = _percent(rehearsal)
        return format_html(
            '<div class="flex items-center gap-3"><div style="{}{}" role="progressbar" aria-valuemin="0" '
            'aria-valuemax="100" aria-valuenow="{}" aria-label="{}"><div style="{}width:{}%;'
            'background:var(--color-primary-600)"></div></div><span class="tabular-nums">{} %</span></div>',
            _BAR,
            _TRACK,
            percent,
            _("progress"),
            _BAR,
            percent,
            percent,
        )

    @admin.display(description=_("figures"))
    def figures(self, rehearsal: FilterRehearsal) -> Any:
        """How much was looked at, and what was found."""
        return _("%(hits)d hits in %(scanned)d messages of %(done)d conversations") % {
            "hits": rehearsal.hits,
            "scanned": rehearsal.scanned,
            "done": rehearsal.conversations_done,
        }

    @admin.display(description=_("hits a day (UTC)"))
    def chart(self, rehearsal: FilterRehearsal) -> str:
        """One bar a day of the rehearsal."""
        first = rehearsal.since.date()
        days = [first + timedelta(days=offset) for offset in range((rehearsal.created_at.date() - first).days + 1)]
        labels = [date_format(day, "n/j") for day in days]
        values = [rehearsal.by_day.get(day.isoformat(), 0) for day in days]
        return format_html('<div class="max-w-2xl">{}</div>', bar_chart(_("hits a day (UTC)"), labels, values))

    @admin.display(description=_("samples"))
    def samples_shown(self, rehearsal: FilterRehearsal) -> Any:
        """Excerpts of some hits, once someone has asked for them."""
        shown = getattr(rehearsal, "shown", None)
        if shown is None:
            if not rehearsal.samples:
                return "-"
            link = '<a class="text-primary-600 dark:text-primary-500" href="?samples=1">{}</a>'
            return format_html(link, _("Show excerpts of %(count)d hits (this is written down)") % {
                "count": len(rehearsal.samples)
            })  # fmt: skip
        return _excerpts(shown) if shown else _("None of them is there any more.")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        rehearsal = super().get_object(request, object_id, from_field)
        if rehearsal is not None and request.GET.get("samples") and request.method == "GET":
            if not request.user.has_perm("moderation.rehearse_filterrule"):
                raise PermissionDenied
            staff: Any = request.user
            rehearsal.shown = access_samples(rehearsal, actor=staff, request=request)
        return rehearsal

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **options: Any) -> HttpResponse:
        """Loads itself again while the rehearsal goes on, without a script."""
        response = super().change_view(request, object_id, *args, **options)
        shown = (getattr(response, "context_data", None) or {}).get("original")
        if isinstance(shown, FilterRehearsal) and shown.state in _OPEN and not request.GET.get("samples"):
            response.headers["Refresh"] = str(REFRESH_S)
        return response


def _percent(rehearsal: FilterRehearsal) -> int:
    if rehearsal.state == RehearsalState.DONE:
        return 100
    return min(99, 100 * rehearsal.conversations_done // max(rehearsal.conversations, 1))


def _excerpts(shown: list[dict[str, Any]]) -> str:
    line = (
        '<li class="py-1"><span class="tabular-nums text-base-500 mr-3">{}</span>{}'
        '<mark class="bg-primary-100 text-primary-900 dark:bg-primary-900 dark:text-primary-100 px-1 rounded">'
        "{}</mark>{}</li>"
    )
    lines = [
        format_html(line, date_format(one["at"], "Y-m-d H:i"), one["before"], one["hit"], one["after"]) for one in shown
    ]
    return format_html("<ul>{}</ul>", format_html("{}" * len(lines), *lines))
