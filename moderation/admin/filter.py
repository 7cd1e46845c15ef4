"""The word filter's rules, tried before they are switched on; and the numbers of the anti-spam rules."""

from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from core.admin_base import BoundedAdmin, ModelAdmin, action, display, go_to
from core.charts import bar_chart
from moderation.admin.filter_forms import FilterRuleForm, SpamLimitsForm
from moderation.admin.queue import once
from moderation.models import FilterHit, FilterRefusals, FilterRehearsal, FilterRule, SpamLimits
from moderation.services.filtering_counts import count_caught
from moderation.services.filtering_rehearsal import start_rehearsal
from moderation.services.filtering_rules import delete_rule, save_limits, save_rule, switch_rules

ACTION_LABELS = {"flag": "info", "mask": "warning", "reject": "danger"}
HITS_DAYS = 30


def _hits() -> Coalesce:
    """How many messages of the last HITS_DAYS days a rule has masked or flagged."""
    since = clock.now() - timedelta(days=HITS_DAYS)
    rows = FilterHit.objects.filter(rule_id=OuterRef("pk"), at__gte=since).order_by().values("rule_id")
    return Coalesce(Subquery(rows.annotate(hits=Count("pk")).values("hits"), output_field=IntegerField()), 0)


def _refusals() -> Coalesce:
    """How many messages and names of the last HITS_DAYS days a rule has refused."""
    since = (clock.now() - timedelta(days=HITS_DAYS)).date()
    rows = FilterRefusals.objects.filter(rule_id=OuterRef("pk"), day__gte=since).order_by().values("rule_id")
    return Coalesce(Subquery(rows.annotate(total=Sum("count")).values("total"), output_field=IntegerField()), 0)


@admin.register(FilterRule)
class FilterRuleAdmin(BoundedAdmin):
    """Rules. Changes hold everywhere within 5 s."""

    audited_by_service = True
    form = FilterRuleForm
    list_display = ("pattern", "action_label", "place", "sounds", "state", "hits", "refusals", "note", "changed_at")
    list_filter = ("action", "place", "is_on", "by_sound")
    ordering = ("-pk",)
    text_lookups: ClassVar = {"pattern__icontains": str, "note__icontains": str}
    search_help_text = _("Part of a pattern or of a note")
    fieldsets = (
        (None, {"fields": ("pattern", "action", "place", "is_on")}),
        (_("Matching"), {"fields": ("by_sound", "exceptions")}),
        (_("Change"), {"fields": ("note", "why")}),
    )
    readonly_fields = ("caught",)
    actions = ("switch_on", "switch_off")
    actions_detail = ("rehearse",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A rule that is being made has caught nothing."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else [*fieldsets, (_("In the last 30 days"), {"fields": ("caught",)})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rules: QuerySet[Any] = super().get_queryset(request).annotate(hit_count=_hits(), refusal_count=_refusals())
        return rules

    @display(description=_("what happens"), ordering="action", label=ACTION_LABELS)
    def action_label(self, rule: FilterRule) -> tuple[str, str]:
        """What happens to a text, as a coloured label."""
        return rule.action, rule.get_action_display()

    @display(description=_("matching"), label={"sound": "default"})
    def sounds(self, rule: FilterRule) -> tuple[str, Any] | None:
        """Whether it matches by sound."""
        return ("sound", _("by sound")) if rule.by_sound else None

    @display(description=_("state"), ordering="is_on", label={"on": "success", "off": "default"})
    def state(self, rule: FilterRule) -> tuple[str, Any]:
        """Whether it holds."""
        return ("on", _("on")) if rule.is_on else ("off", _("off"))

    @admin.display(description=_("hits in 30 days"))
    def hits(self, rule: FilterRule) -> int:
        """What it has masked or flagged."""
        return int(getattr(rule, "hit_count", 0))

    @admin.display(description=_("refused in 30 days"))
    def refusals(self, rule: FilterRule) -> int:
        """What it has kept from being said at all."""
        return int(getattr(rule, "refusal_count", 0))

    @admin.display(description=_("caught a day (UTC)"))
    @once
    def caught(self, rule: FilterRule) -> str:
        """One bar a day, and what became of the texts."""
        by_day = count_caught(HITS_DAYS, rule_id=rule.pk)
        labels = [date_format(day, "n/j") for day in by_day]
        chart = bar_chart(_("caught a day (UTC)"), labels, [sum(each) for each in by_day.values()])
        stored, refused = (sum(numbers) for numbers in zip(*by_day.values(), strict=True))
        figures = _("%(stored)d masked or flagged, %(refused)d refused") % {"stored": stored, "refused": refused}
        return format_html('<div class="max-w-2xl"><p class="mb-2">{}</p>{}</div>', figures, chart)

    def save_model(self, request: HttpRequest, obj: FilterRule, form: Any, change: bool) -> None:
        save_rule(obj, actor=request.user, why=form.cleaned_data["why"], request=request)  # type: ignore[arg-type] # staff

    def delete_model(self, request: HttpRequest, obj: FilterRule) -> None:
        delete_rule(obj, actor=request.user, why=request.POST.get("why", ""), request=request)  # type: ignore[arg-type] # staff

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[FilterRule]) -> None:
        for rule in queryset:
            self.delete_model(request, rule)

    @action(description=_("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[FilterRule]) -> None:
        """Has the chosen rules hold."""
        self._switch(request, queryset, on=True)

    @action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[FilterRule]) -> None:
        """Has them hold no more."""
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[FilterRule], *, on: bool) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        switched = switch_rules(ids, on=on, actor=request.user, why="", request=request)  # type: ignore[arg-type] # staff
        said = ngettext("%(count)d rule switched.", "%(count)d rules switched.", switched) % {"count": switched}
        messages.success(request, said)

    def has_rehearse_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Looking through what people wrote, if only by numbers, is a permission of its own."""
        return request.user.has_perm("moderation.rehearse_filterrule")

    @action(
        description=_("Rehearse"),
        url_path="rehearse",
        permissions=["rehearse"],
        icon="query_stats",
        dialog={
            "title": _("Rehearse this rule?"),
            "description": _("The messages of the last 30 days are looked through. Nothing happens to them."),
            "form_submit_text": _("Rehearse"),
            "form_class": None,
        },
    )
    def rehearse(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Finds out what the rule, as it is saved, would have caught."""
        rule = FilterRule.objects.get(pk=object_id)
        rehearsal = start_rehearsal(rule, actor=request.user, request=request)  # type: ignore[arg-type] # staff
        return go_to(request, FilterRehearsal, rehearsal.pk, _("The rehearsal has begun."))


@admin.register(SpamLimits)
class SpamLimitsAdmin(ModelAdmin):
    """One row of numbers."""

    audited_by_service = True
    form = SpamLimitsForm
    fieldsets = (
        (_("Everyone"), {"fields": ("repeats", "repeat_window_s", "links", "everyone_per_hour")}),
        (
            _("New accounts"),
            {"fields": ("new_account_hours", "new_account_per_minute", "new_account_links_per_hour")},
        ),
        (_("Change"), {"fields": ("why",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is no list: the one row's page, with the defaults while nobody has changed any."""
        if self.has_view_permission(request):
            SpamLimits.objects.get_or_create(pk=SpamLimits.ONLY)
            return HttpResponseRedirect(reverse("admin:moderation_spamlimits_change", args=[SpamLimits.ONLY]))
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: SpamLimits, form: Any, change: bool) -> None:
        save_limits(obj, actor=request.user, why=form.cleaned_data["why"], request=request)  # type: ignore[arg-type] # staff
