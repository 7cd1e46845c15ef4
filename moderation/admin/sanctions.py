"""Sanctions and the appeals against them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, action, display, link_to
from core.exports import EXPORTED, csv_response
from messaging.models import Conversation
from moderation.admin.dialogs import AppealDialog, WhyDialog, carry_out, dialog, key_of, staff_of
from moderation.admin.queue import describe_sanction, once
from moderation.models import Appeal, AppealState, Case, Sanction
from moderation.services import appeals, sanctions
from moderation.services.audit import record

KIND_LABELS = {"warn": "info", "mute": "warning", "ban": "danger"}
EXPORT_HEADER = ("id", "user", "kind", "conversation", "reason", "note", "report", "decided by", "since", "until",
                 "lifted")  # fmt: skip


class StandingFilter(admin.SimpleListFilter):
    """Sanctions that hold, and those that do not any more."""

    title = _("state")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("in force")), ("no", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Sanction]) -> QuerySet[Sanction]:
        if self.value() == "yes":
            return queryset.filter(pk__in=Sanction.objects.standing().filter(closed_at=None).values("pk"))
        return queryset.exclude(closed_at=None) if self.value() == "no" else queryset


@admin.register(Sanction)
class SanctionAdmin(ReadOnlyAdmin):
    """What was decided against whom. Decisions are made at a report or at a user; here they are lifted."""

    list_display = ("id", "person_link", "kind_label", "place", "state", "starts_at", "ends_at", "decided_by")
    list_filter = ("kind", StandingFilter, ("starts_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user", "conversation", "decided_by")
    ordering = ("-pk",)
    id_lookups = ("pk", "user_id", "conversation_id", "case_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A person, by id or name, or the id of a sanction, report or conversation")
    fields = (
        "person_link", "kind", "place", "state_now", "reason", "note", "case_link", "decided_by", "starts_at",
        "ends_at", "lifted_at", "lifted_by", "appeal_link",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("export_selected",)
    actions_detail = ("lift",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        return super().get_queryset(request).select_related("user", "conversation", "decided_by", "lifted_by")

    @admin.display(description=_("person"), ordering="user")
    def person_link(self, sanction: Sanction) -> str:
        """Against whom."""
        return link_to(User, sanction.user_id, sanction.user.username)

    @display(description=_("kind"), ordering="kind", label=KIND_LABELS)
    def kind_label(self, sanction: Sanction) -> tuple[str, str]:
        """Which."""
        return sanction.kind, sanction.get_kind_display()

    @admin.display(description=_("where"))
    def place(self, sanction: Sanction) -> Any:
        """Everywhere, or the conversation."""
        if sanction.conversation_id is None:
            return _("everywhere")
        return link_to(Conversation, sanction.conversation_id, sanction.conversation)

    @display(description=_("state"), label={"stands": "danger", "lifted": "success", "over": "default"})
    def state(self, sanction: Sanction) -> tuple[str, Any]:
        """Whether it holds now."""
        if sanction.lifted_at is not None:
            return "lifted", _("lifted")
        return ("stands", _("in force")) if sanction.stands else ("over", _("over"))

    @admin.display(description=_("state"))
    def state_now(self, sanction: Sanction) -> Any:
        """The same in words, for the page of one."""
        return self.state(sanction)[1]

    @admin.display(description=_("report"))
    def case_link(self, sanction: Sanction) -> str:
        """What led to it."""
        return link_to(Case, sanction.case_id, f"#{sanction.case_id}") if sanction.case_id is not None else "-"

    @admin.display(description=_("appeal"))
    @once
    def appeal_link(self, sanction: Sanction) -> str:
        """The person's objection."""
        found = Appeal.objects.filter(sanction=sanction).first()
        return link_to(Appeal, found.pk, found.get_state_display()) if found is not None else "-"

    def has_lift_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may end a sanction that stands."""
        found = Sanction.objects.filter(pk=key_of(object_id)).first()
        return request.user.has_perm("moderation.change_sanction") and found is not None and found.stands

    @action(
        description=_("Lift"),
        url_path="lift",
        permissions=["lift"],
        icon="lock_open",
        dialog=dialog(_("Lift this sanction?"), WhyDialog, _("Lift"), _("It ends at once, and the person is told.")),
    )
    def lift(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Before its time."""
        why, said = form.cleaned_data["why"], _("The sanction is lifted.")
        return carry_out(request, (Sanction, object_id), said, sanctions.lift, sanction_id=int(object_id), why=why)

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever decides may take the list away."""
        return request.user.has_perm("moderation.change_sanction")

    @action(description=_("Export as CSV"), permissions=["export"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Sanction]) -> StreamingHttpResponse:
        """The chosen sanctions as a table."""
        fields = ("pk", "user_id", "kind", "conversation_id", "reason", "note", "case_id", "decided_by_id", "starts_at",
                  "ends_at", "lifted_at")  # fmt: skip
        rows = list(queryset.values_list(*fields)[:EXPORTED])
        record(
            actor=staff_of(request), action="exported-sanctions", target=("moderation.sanction", "-"), why="",
            request=request, details={"count": len(rows)},
        )  # fmt: skip
        return csv_response("sanctions.csv", EXPORT_HEADER, rows)


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    """Objections: reviewed by someone else than who decided."""

    list_display = ("id", "person_link", "sanction_link", "state_label", "created_at", "reviewer", "decided_at")
    list_filter = ("state", "sanction__kind", ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("sanction__user", "reviewer")
    ordering = ("-pk",)
    id_lookups = ("pk", "sanction_id", "sanction__user_id")
    text_lookups: ClassVar = {"sanction__user__username_folded__has_prefix": fold_username}
    search_help_text = _("A person, by id or name, or the id of an appeal or sanction")
    fields = (
        "person_link", "sanction_link", "reason", "decider", "text", "created_at", "state", "reviewer", "answer",
        "decided_at",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("grant", "uphold")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        return super().get_queryset(request).select_related("sanction__user", "sanction__decided_by", "reviewer")

    @admin.display(description=_("person"))
    def person_link(self, appeal: Appeal) -> str:
        """Who objects."""
        return link_to(User, appeal.sanction.user_id, appeal.sanction.user.username)

    @admin.display(description=_("sanction"))
    def sanction_link(self, appeal: Appeal) -> str:
        """To what."""
        return link_to(Sanction, appeal.sanction_id, describe_sanction(appeal.sanction))

    @admin.display(description=_("reason that the person sees"))
    def reason(self, appeal: Appeal) -> str:
        """What the person was told."""
        return appeal.sanction.reason

    @admin.display(description=_("decided by"))
    def decider(self, appeal: Appeal) -> Any:
        """Who may not review it."""
        return format_html("{}", appeal.sanction.decided_by or "-")

    @display(
        description=_("state"),
        ordering="state",
        label={"open": "warning", "upheld": "danger", "granted": "success"},
    )
    def state_label(self, appeal: Appeal) -> tuple[str, str]:
        """How far it is."""
        return appeal.state, appeal.get_state_display()

    def has_review_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may decide an open appeal: not who decided the sanction."""
        found = Appeal.objects.filter(pk=key_of(object_id), state=AppealState.OPEN).select_related("sanction").first()
        if found is None or not request.user.has_perm("moderation.change_appeal"):
            return False
        return request.user.pk not in {found.sanction.decided_by_id, found.sanction.user_id}

    @action(
        description=_("Grant"),
        url_path="grant",
        permissions=["review"],
        icon="thumb_up",
        dialog=dialog(_("Grant the appeal?"), AppealDialog, _("Grant"), _("The sanction is lifted at once.")),
    )
    def grant(self, request: HttpRequest, form: AppealDialog, object_id: str) -> HttpResponse:
        """Lifts the sanction."""
        return self._decide(request, form, object_id, is_granted=True)

    @action(
        description=_("Uphold the sanction"),
        url_path="uphold",
        permissions=["review"],
        icon="gavel",
        dialog=dialog(_("Uphold the sanction?"), AppealDialog, _("Uphold"), _("The person reads the answer.")),
    )
    def uphold(self, request: HttpRequest, form: AppealDialog, object_id: str) -> HttpResponse:
        """Leaves the sanction as it is."""
        return self._decide(request, form, object_id, is_granted=False)

    def _decide(self, request: HttpRequest, form: AppealDialog, key: str, *, is_granted: bool) -> HttpResponse:
        return carry_out(
            request,
            (Appeal, key),
            _("The appeal is decided."),
            appeals.decide_appeal,
            appeal_id=int(key),
            is_granted=is_granted,
            answer=form.cleaned_data["answer"],
        )
