"""Agents: made, changed, switched off and on; never deleted, since what they have said stays."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import BigIntegerField, F, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.avatars import avatar_url
from accounts.models import User, fold_name, fold_username
from ai_agent.admin.forms import AgentForm
from ai_agent.models import Agent, ModelUse, TokenAccount
from ai_agent.services.agent_changes import add_agent, change_agent, switch_agents
from core import clock
from core.admin_base import BoundedAdmin, action, display, link_to, link_to_list
from core.errors import DomainError
from core.reauthentication import require_password

OF_THOSE_THAT_ARE = frozenset({"no_picture", "related"})


@admin.register(Agent)
class AgentAdmin(BoundedAdmin):
    """Agents. What is changed holds for the next answer; one that is switched off says so to who asks it."""

    audited_by_service = True
    form = AgentForm
    list_display = ("name", "picture_shown", "model_name", "retrieval", "state", "today", "budget")
    list_filter = ("enabled", "uses_retrieval")
    list_select_related = ("user",)
    ordering = ("-pk",)
    text_lookups: ClassVar = {
        "user__username_folded__has_prefix": fold_username,
        "user__display_name_folded__has_prefix": lambda term: fold_name(term)[:191],
        "model__startswith": str,
    }
    search_help_text = _("An id, or the start of a name or of a model")
    readonly_fields = ("related",)
    fieldsets = (
        (None, {"fields": ("username", "display_name", "description", "picture", "no_picture", "enabled", "related")}),
        (_("What it says"), {"fields": ("model", "system_prompt", "greeting", "uses_retrieval", "max_answer_tokens")}),
        (_("Budgets"), {"fields": ("daily_tokens_per_user", "daily_tokens")}),
        (_("Change"), {"fields": ("why",)}),
    )
    actions = ("switch_on", "switch_off")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        spent = TokenAccount.objects.filter(day=clock.now().date(), user_id=0, agent_id=OuterRef("pk"))
        used = Subquery(spent.values(sum=F("used") + F("reserved"))[:1], output_field=BigIntegerField())
        rows: QuerySet[Any] = super().get_queryset(request).annotate(used_today=Coalesce(used, 0))
        return rows

    @admin.display(description=_("name"), ordering="user__display_name_folded")
    def name(self, agent: Agent) -> str:
        """As people see it."""
        return f"{agent.user.display_name} (@{agent.user.username})"

    @admin.display(description=_("picture"))
    def picture_shown(self, agent: Agent) -> str:
        """Its picture, or the letter that stands for it."""
        address = avatar_url(agent.user.avatar)
        if address is None:
            letter = agent.user.display_name[:1].upper()
            return format_html('<span class="font-semibold text-primary-600 dark:text-primary-400">{}</span>', letter)
        return format_html('<img src="{}" alt="" width="32" height="32" class="rounded-full">', address)

    @admin.display(description=_("model"), ordering="model")
    def model_name(self, agent: Agent) -> Any:
        """Its own, or the default."""
        return agent.model or _("the default")

    @admin.display(description=_("looks things up"), boolean=True, ordering="uses_retrieval")
    def retrieval(self, agent: Agent) -> bool:
        """Whether it searches before it answers."""
        return agent.uses_retrieval

    @display(description=_("state"), ordering="enabled", label={"on": "success", "off": "danger"})
    def state(self, agent: Agent) -> tuple[str, Any]:
        """Whether it answers."""
        return ("on", _("on")) if agent.enabled else ("off", _("off"))

    @admin.display(description=_("tokens today"))
    def today(self, agent: Any) -> str:
        """Used and set aside since 00:00 UTC."""
        return str(localize(agent.used_today))

    @admin.display(description=_("budget a day"), ordering="daily_tokens")
    def budget(self, agent: Agent) -> Any:
        """For everyone together."""
        return localize(agent.daily_tokens) if agent.daily_tokens else _("no limit")

    @admin.display(description=_("Belonging to this agent"))
    def related(self, agent: Agent) -> str:
        """Links to what hangs on it."""
        if agent.pk is None:
            return "-"
        links = link_to(User, agent.pk, _("Account")), link_to_list(ModelUse, _("Use"), agent_id=agent.pk)
        return format_html("{} · {}", *links)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may only look sees no form, and so no fields of it."""
        if obj is None:
            [(_title, first), *others] = super().get_fieldsets(request, obj)
            new = tuple(name for name in first["fields"] if name not in OF_THOSE_THAT_ARE)
            return ((None, {"fields": new}), *others)
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        fields = ("name", "description", "enabled", "model", "system_prompt", "greeting", "uses_retrieval")
        budgets = ("max_answer_tokens", "daily_tokens_per_user", "daily_tokens")
        return ((None, {"fields": (*fields, *budgets, "related")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("related", "name") if obj is not None else ("related",)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """What an agent is told decides what people are told: so it is asked who is at the keyboard."""
        asked = require_password(request, self.admin_site) if request.method == "POST" else None
        if asked is not None:
            return asked
        try:
            return super().changeform_view(request, *args, **options)
        except DomainError as error:
            messages.error(request, str(error.message))
            return HttpResponseRedirect(request.get_full_path())

    def save_model(self, request: HttpRequest, obj: Agent, form: Any, change: bool) -> None:
        why = form.cleaned_data["why"]
        if change:
            change_agent(obj.pk, form.as_change(), request=request, why=why)
        else:
            made = add_agent(form.cleaned_data["username"], form.as_change(), request=request, why=why)
            obj.pk, obj.user = made.pk, made.user

    @action(description=_("Switch on"), permissions=["change"], dangerous=True)
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        """Lets the chosen agents answer."""
        self._switch(request, queryset, on=True)

    @action(description=_("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Agent]) -> None:
        """Stops the chosen agents."""
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Agent], *, on: bool) -> None:
        keys = list(queryset.values_list("pk", flat=True))
        count = switch_agents(keys, on=on, request=request, why=str(_("in the list")))
        said = ngettext("%(count)d agent is switched.", "%(count)d agents are switched.", count) % {"count": count}
        messages.success(request, said)
