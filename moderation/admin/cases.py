"""The queue of reports: taken, looked into, decided."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, action, display, link_to, link_to_list
from core.errors import DomainError
from core.exports import EXPORTED, csv_response
from groups.models import Group
from messaging.models import Conversation, ConversationKind, Message
from moderation.admin.dialogs import ResolveDialog, SanctionDialog, WhyDialog, carry_out, dialog, key_of, staff_of
from moderation.admin.looking import show_evidence
from moderation.admin.queue import QueueFilter, ReportInline, describe_sanction, once
from moderation.models import Case, CaseState, Outcome, Sanction
from moderation.services import cases, hiding, sanctions
from moderation.services.audit import record

STATE_LABELS = {"open": "warning", "claimed": "info", "resolved": "success"}
SUBJECT_LABELS = {"message": "default", "user": "info", "conversation": "warning"}
AFTERWARDS = ("claimed_by", "claimed_at", "resolved_by", "resolved_at", "outcome", "answer", "note")
HISTORY_SHOWN = 10
EXPORT_HEADER = ("id", "subject", "message", "conversation", "user", "reason", "reports", "state", "opened", "resolved",
                 "outcome", "note")  # fmt: skip


@admin.register(Case)
class CaseAdmin(ReadOnlyAdmin):
    """Reports. What they are about is read on a page of its own, with a reason, and each look is written down."""

    list_display = (
        "id", "subject_label", "person_link", "reason", "report_count", "state_label", "age", "claimed_by", "opened_at",
    )  # fmt: skip
    list_filter = (QueueFilter, "reason", "subject", "outcome", ("opened_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user", "claimed_by")
    ordering = ("opened_at",)
    id_lookups = ("pk", "user_id", "message_id", "conversation_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A person, by id or name, or the id of a report, message or conversation")
    fieldsets = (
        (None, {"fields": ("about", "person_link", "history", "reason", "report_count", "opened_at")}),
        (
            _("Dealing with it"),
            {
                "fields": (
                    "state_now", "claimed_by", "claimed_at", "decided", "resolved_by", "resolved_at", "outcome",
                    "answer", "note",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = (*fieldsets[0][1]["fields"], *fieldsets[1][1]["fields"])
    inlines = (ReportInline,)
    actions = ("claim_selected", "export_selected")
    actions_detail = (
        "read",
        "claim",
        "sanction",
        "resolve",
        {"title": _("More"), "items": ["release", "hide", "restore"]},
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Case]:
        return super().get_queryset(request).select_related("user", "claimed_by", "resolved_by")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without lines for what has not happened yet: the complaints come right after what has."""
        yet_to_come = {name for name in AFTERWARDS if obj is not None and not getattr(obj, name)}
        return [
            (title, {**parts, "fields": [name for name in parts["fields"] if name not in yet_to_come]})
            for title, parts in super().get_fieldsets(request, obj)
        ]

    @display(description=_("about"), ordering="subject", label=SUBJECT_LABELS)
    def subject_label(self, case: Case) -> tuple[str, str]:
        """A message, a person or a conversation."""
        return case.subject, case.get_subject_display()

    @admin.display(description=_("person"), ordering="user")
    def person_link(self, case: Case) -> Any:
        """Whom it concerns."""
        return link_to(User, case.user_id, case.user.username) if case.user else "-"

    @display(description=_("state"), ordering="state", label=STATE_LABELS)
    def state_label(self, case: Case) -> tuple[str, str]:
        """How far it is."""
        return case.state, case.get_state_display()

    @admin.display(description=_("state"))
    def state_now(self, case: Case) -> str:
        """The same in words, for the page of one."""
        return case.get_state_display()

    @admin.display(description=_("age"), ordering="opened_at")
    def age(self, case: Case) -> str:
        """How long it waits, or took."""
        return timesince(case.opened_at, case.resolved_at, depth=1)

    @admin.display(description=_("about"))
    @once
    def about(self, case: Case) -> str:
        """Links to what is reported: never its content."""
        links = []
        if case.message_id is not None:
            links.append(link_to(Message, case.message_id, _("Message %(id)d") % {"id": case.message_id}))
        if case.conversation_id is not None:
            found = Conversation.objects.filter(pk=case.conversation_id).first()
            is_group = found is not None and found.kind == ConversationKind.GROUP
            links.append(link_to(Group if is_group else Conversation, case.conversation_id, found or "-"))
        if not links and case.user is not None:
            links.append(link_to(User, case.user_id, case.user.display_name))
        return format_html_join(" · ", "{}", ((link,) for link in links))

    @admin.display(description=_("history of this person"))
    @once
    def history(self, case: Case) -> str:
        """Other reports, and what was decided before."""
        if case.user_id is None:
            return "-"
        others = Case.objects.filter(user_id=case.user_id).exclude(pk=case.pk).count()
        text = _("%(count)d other reports") % {"count": others}
        past = Sanction.objects.filter(user_id=case.user_id).order_by("-pk")[:HISTORY_SHOWN]
        rows = [(link_to(Sanction, each.pk, describe_sanction(each)),) for each in past]
        reports = link_to_list(Case, text, user_id=case.user_id)
        return format_html("<div>{}</div>{}", reports, format_html_join("", "<div>{}</div>", rows))

    @admin.display(description=_("sanctions from this report"))
    @once
    def decided(self, case: Case) -> str:
        """What it has led to so far."""
        rows = [(link_to(Sanction, each.pk, describe_sanction(each)),) for each in case.sanctions.order_by("pk")]
        return format_html_join(" · ", "{}", rows) or "-"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.evidence_view)
        return [path("<path:object_id>/evidence/", view, name="moderation_case_evidence"), *super().get_urls()]

    def evidence_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was written."""
        return show_evidence(request, object_id, self.admin_site.each_context(request))

    # --- Who may what -----------------------------------------------------------------------------------------------
    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may take, resolve and act on reports."""
        return request.user.has_perm("moderation.change_case")

    def has_open_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The same, as long as the report is not resolved."""
        waiting = Case.objects.filter(pk=key_of(object_id)).exclude(state=CaseState.RESOLVED)
        return self.has_act_permission(request) and waiting.exists()

    def has_sanction_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Where there is someone to be sanctioned."""
        is_about_someone = Case.objects.filter(pk=key_of(object_id)).exclude(user=None).exists()
        return request.user.has_perm("moderation.add_sanction") and is_about_someone

    def has_content_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Where there is a message to hide or show."""
        about_messages = Case.objects.exclude(message_id=None)
        return self.has_act_permission(request) and about_messages.filter(pk=key_of(object_id)).exists()

    def has_read_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may read what was written."""
        return request.user.has_perm("moderation.view_evidence")

    # --- What they do -----------------------------------------------------------------------------------------------
    @action(description=_("Read what it is about"), url_path="read", permissions=["read"], icon="visibility")
    def read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leads to the page that asks why."""
        return HttpResponseRedirect(reverse("admin:moderation_case_evidence", args=[object_id]))

    @action(
        description=_("Take it"),
        url_path="claim",
        permissions=["open"],
        icon="front_hand",
        dialog={"title": _("Take this report?"), "form_submit_text": _("Take it"), "form_class": None},
    )
    def claim(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Nobody else works on it then."""
        said = _("This report is yours.")
        return carry_out(request, (Case, object_id), said, cases.claim, case_id=int(object_id))

    @action(
        description=_("Put it back"),
        url_path="release",
        permissions=["open"],
        icon="undo",
        dialog={"title": _("Put it back into the queue?"), "form_submit_text": _("Put it back"), "form_class": None},
    )
    def release(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """For someone else to take."""
        said = _("The report is back in the queue.")
        return carry_out(request, (Case, object_id), said, cases.release, case_id=int(object_id))

    @action(
        description=_("Sanction"),
        url_path="sanction",
        permissions=["sanction"],
        icon="gavel",
        dialog=dialog(_("Sanction the person concerned"), SanctionDialog, _("Decide")),
    )
    def sanction(self, request: HttpRequest, form: SanctionDialog, object_id: str) -> HttpResponse:
        """Against whom the report is."""
        case = Case.objects.get(pk=key_of(object_id))
        new = form.as_sanction(case.user_id or 0, case_id=case.pk)
        return carry_out(request, (Case, object_id), _("Decided. It holds at once."), sanctions.impose, new=new)

    @action(
        description=_("Resolve"),
        url_path="resolve",
        permissions=["open"],
        icon="task_alt",
        dialog=dialog(_("Resolve this report"), ResolveDialog, _("Resolve"), _("Its reporters are told the outcome.")),
    )
    def resolve(self, request: HttpRequest, form: ResolveDialog, object_id: str) -> HttpResponse:
        """With what came of it."""
        chosen = form.cleaned_data
        return carry_out(
            request,
            (Case, object_id),
            _("The report is resolved."),
            cases.resolve,
            case_id=int(object_id),
            outcome=Outcome(chosen["outcome"]),
            answer=chosen["answer"],
            note=chosen["note"],
        )

    @action(
        description=_("Hide the message"),
        url_path="hide",
        permissions=["content"],
        icon="visibility_off",
        dialog=dialog(_("Hide the message from everyone?"), WhyDialog, _("Hide")),
    )
    def hide(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """Out of sight for everyone at once."""
        key, why = Case.objects.get(pk=key_of(object_id)).message_id, form.cleaned_data["why"]
        said = _("The message is hidden.")
        return carry_out(request, (Case, object_id), said, hiding.hide_message, message_id=key, why=why)

    @action(
        description=_("Show the message again"),
        url_path="restore",
        permissions=["content"],
        icon="visibility",
        dialog=dialog(_("Show the message again?"), WhyDialog, _("Show")),
    )
    def restore(self, request: HttpRequest, form: WhyDialog, object_id: str) -> HttpResponse:
        """For everyone who could see it before."""
        key, why = Case.objects.get(pk=key_of(object_id)).message_id, form.cleaned_data["why"]
        said = _("The message is shown again.")
        return carry_out(request, (Case, object_id), said, hiding.restore_message, message_id=key, why=why)

    @action(description=_("Take"), permissions=["act"])
    def claim_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> None:
        """Takes the chosen reports; those that someone else has are left alone."""
        taken = 0
        for key in list(queryset.values_list("pk", flat=True)):
            try:
                cases.claim(key, actor=staff_of(request), request=request)
            except DomainError:
                continue
            taken += 1
        messages.success(request, _("%(count)d reports taken.") % {"count": taken})

    @action(description=_("Export as CSV"), permissions=["act"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[Case]) -> StreamingHttpResponse:
        """The chosen reports as a table, without what anybody wrote."""
        fields = ("pk", "subject", "message_id", "conversation_id", "user_id", "reason", "report_count", "state",
                  "opened_at", "resolved_at", "outcome", "note")  # fmt: skip
        rows = list(queryset.values_list(*fields)[:EXPORTED])
        record(
            actor=staff_of(request), action="exported-reports", target=("moderation.case", "-"), why="",
            request=request, details={"count": len(rows)},
        )  # fmt: skip
        return csv_response("reports.csv", EXPORT_HEADER, rows)
