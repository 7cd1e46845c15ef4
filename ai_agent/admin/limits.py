"""The switch for all of AI, its budgets, and what models cost."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from ai_agent.admin.forms import AiLimitsForm, ModelPriceForm, WhyDialog, changes_of
from ai_agent.models import AiLimits, ModelPrice
from ai_agent.services.budgets import used_today
from ai_agent.services.limits import delete_price, get_limits, save_limits, save_price, switch
from core.admin_base import BoundedAdmin, ModelAdmin, action, go_to


def _dialog(title: Any, description: Any, submit: Any) -> dict[str, Any]:
    return {"title": title, "description": description, "form_submit_text": submit, "form_class": WhyDialog}


@admin.register(AiLimits)
class AiLimitsAdmin(ModelAdmin):
    """One row: whether AI works at all, and what it may use in a day."""

    audited_by_service = True
    form = AiLimitsForm
    readonly_fields = ("state", "today")
    fieldsets = (
        (None, {"fields": ("state", "today")}),
        (_("Budgets"), {"fields": ("daily_tokens", "daily_tokens_per_user", "currency")}),
        (_("Change"), {"fields": ("why",)}),
    )
    actions_detail = ("switch_off", "switch_on")

    @admin.display(description=_("AI"))
    def state(self, limits: AiLimits) -> str:
        """Whether it works, for eyes that look for it."""
        colour = "text-green-700 dark:text-green-400" if limits.is_on else "text-red-700 dark:text-red-400"
        said = _("AI is switched on.") if limits.is_on else _("AI is switched off.")
        return format_html('<strong class="font-semibold {}">{}</strong>', colour, said)

    @admin.display(description=_("tokens today"))
    def today(self, _limits: AiLimits) -> str:
        """Used and set aside since 00:00 UTC, by everyone."""
        return str(localize(used_today()))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is no list: the one row's page, with the defaults while nobody has changed any."""
        if self.has_view_permission(request):
            AiLimits.objects.get_or_create(pk=AiLimits.ONLY)
            return HttpResponseRedirect(reverse("admin:ai_agent_ailimits_change", args=[AiLimits.ONLY]))
        return super().changelist_view(request, extra_context)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is not asked why."""
        shown = super().get_fieldsets(request, obj)
        return shown if self.has_change_permission(request, obj) else shown[:-1]

    def save_model(self, request: HttpRequest, obj: AiLimits, form: Any, change: bool) -> None:
        save_limits(obj, changed=changes_of(form), request=request, why=form.cleaned_data["why"])

    def has_stop_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """A permission of its own: whoever is on duty may pull the plug, and not much else."""
        return get_limits().is_on and request.user.has_perm("ai_agent.switch_ailimits")

    def has_start_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The same, while it is off."""
        return not get_limits().is_on and request.user.has_perm("ai_agent.switch_ailimits")

    @action(
        description=_("Switch AI off"),
        url_path="switch-off",
        permissions=["stop"],
        icon="power_settings_new",
        dialog=_dialog(
            _("Switch all of AI off?"),
            _("At once: agents, summaries and briefs refuse, and answers that are being written end."),
            _("Switch off"),
        ),
    )
    def switch_off(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """The kill switch."""
        switch(False, request=request, why=form.cleaned_data["why"])
        return go_to(request, AiLimits, AiLimits.ONLY, _("AI is switched off."))

    @action(
        description=_("Switch AI on"),
        url_path="switch-on",
        permissions=["start"],
        icon="power",
        dangerous=True,
        dialog=_dialog(_("Switch AI on again?"), _("Agents, summaries and briefs work again."), _("Switch on")),
    )
    def switch_on(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """The end of it."""
        switch(True, request=request, why=form.cleaned_data["why"])
        return go_to(request, AiLimits, AiLimits.ONLY, _("AI is switched on."))


@admin.register(ModelPrice)
class ModelPriceAdmin(BoundedAdmin):
    """What models cost. A change counts from now on."""

    audited_by_service = True
    form = ModelPriceForm
    list_display = ("model", "prompt_per_million", "completion_per_million")
    ordering = ("model",)
    text_lookups: ClassVar = {"model__startswith": str}
    search_help_text = _("The start of a model's name")
    fieldsets = (
        (None, {"fields": ("model", "prompt_per_million", "completion_per_million")}),
        (_("Change"), {"fields": ("why",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look is not asked why."""
        shown = super().get_fieldsets(request, obj)
        return shown if obj is None or self.has_change_permission(request, obj) else shown[:-1]

    def save_model(self, request: HttpRequest, obj: ModelPrice, form: Any, change: bool) -> None:
        save_price(obj, request=request, why=form.cleaned_data["why"])

    def delete_model(self, request: HttpRequest, obj: ModelPrice) -> None:
        delete_price(obj, request=request, why=request.POST.get("why", ""))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelPrice]) -> None:
        for price in queryset:
            self.delete_model(request, price)
        messages.success(request, _("The prices are deleted."))
