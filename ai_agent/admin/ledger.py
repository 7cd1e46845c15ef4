"""The ledger: which message went to which model. Looked at, never changed, and without any content."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from ai_agent.models import LedgerEntry
from core.admin_base import ReadOnlyAdmin, display, link_to

PURPOSE_LABELS = {"answer": "info", "summary": "success", "brief": "warning"}


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """Entries, the newest first."""

    list_display = ("at", "message_id", "conversation_id", "writer", "model", "purpose_label", "agent", "asker")
    list_filter = ("purpose", ("at", RangeDateTimeFilter))
    list_filter_submit = True
    ordering = ("-pk",)
    id_lookups = ("message_id", "sender_id")
    text_lookups: ClassVar = {}
    search_help_text = _("The id of a message or of whoever wrote it, or the whole of their name")
    fields = (
        "at",
        "message_id",
        "conversation_id",
        "seq",
        "writer",
        "model",
        "purpose",
        "agent",
        "asker",
        "asked_in_id",
    )
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        found, distinct = super().get_search_results(request, queryset, search_term)
        if term := search_term.strip():
            named = User.objects.filter(username_folded=fold_username(term)).values_list("pk", flat=True)[:1]
            found = found | queryset.filter(sender_id__in=list(named))
        return found, distinct

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            _name_people(list(shown["cl"].result_list))
        return response

    @display(description=_("purpose"), ordering="purpose", label=PURPOSE_LABELS)
    def purpose_label(self, entry: LedgerEntry) -> tuple[str, str]:
        """What it was for, as a coloured label."""
        return entry.purpose, entry.get_purpose_display()

    @admin.display(description=_("written by"))
    def writer(self, entry: LedgerEntry) -> str:
        """Whose message it is."""
        return _link(entry, entry.sender_id)

    @admin.display(description=_("asked on behalf of"))
    def asker(self, entry: LedgerEntry) -> str:
        """For whom."""
        return _link(entry, entry.asked_by_id)

    @admin.display(description=_("agent"))
    def agent(self, entry: LedgerEntry) -> str:
        """Which agent, if one was asked."""
        return _link(entry, entry.agent_id) if entry.agent_id is not None else "-"


def _link(entry: Any, user_id: int) -> str:
    if not hasattr(entry, "names"):
        _name_people([entry])
    return link_to(User, user_id, entry.names.get(user_id, user_id))


def _name_people(entries: list[Any]) -> None:
    """Looks up all names in one query."""
    ids = {key for entry in entries for key in (entry.sender_id, entry.asked_by_id, entry.agent_id)} - {None}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "username"))
    for entry in entries:
        entry.names = names
