"""The audit: searched, filtered by what and when, exported; never changed."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import NoReverseMatch
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, action, display, link_to
from core.audit import record_act
from core.exports import csv_response
from moderation.models import AuditEntry

MAX_EXPORTED = 100_000
NAMES_SEARCHED = 50
LOOKED = "looked-at-"
_PAGE = 1_000


class KindFilter(admin.SimpleListFilter):
    """Looks at what people wrote, or acts."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("look", _("looks")), ("act", _("acts"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        if self.value() == "look":
            return queryset.filter(action__startswith=LOOKED)
        return queryset.exclude(action__startswith=LOOKED) if self.value() == "act" else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Who did what to whom, when, why and from where."""

    list_display = ("at", "actor", "what", "target", "why", "address")
    list_filter = (KindFilter, ("at", RangeDateTimeFilter))
    list_filter_submit = True
    ordering = ("-pk",)
    id_lookups = ("pk", "actor_id")
    text_lookups: ClassVar = {"action__startswith": str.lower}
    search_help_text = _("Who (id or name), whom (id), the start of an act, or app.kind/id")
    fields = ("at", "actor", "action", "target", "why", "details", "address")
    readonly_fields = fields
    actions_list = ("export",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        kind, slash, key = term.partition("/")
        if slash:
            return queryset.filter(target_kind=kind.lower(), target_id=key), False
        found, _distinct = super().get_search_results(request, queryset, term)
        if not term:
            return found, False
        named = User.objects.filter(username_folded__has_prefix=fold_username(term)).values_list("pk", flat=True)
        ids = list(named[:NAMES_SEARCHED])
        people = [str(key) for key in ids] + ([term] if term.isdecimal() else [])
        by_name = queryset.filter(actor_id__in=ids)
        of_them = queryset.filter(target_kind=User._meta.label_lower, target_id__in=people)
        return found | by_name | of_them, False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        entries: QuerySet[AuditEntry] = super().get_queryset(request)
        return entries

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        if "cl" in shown:
            _name_actors(shown["cl"].result_list)
        return response

    @admin.display(description=_("who"))
    def actor(self, entry: AuditEntry) -> Any:
        """The member of the staff, or the program."""
        if entry.actor_id is None:
            return _("the program")
        name = getattr(entry, "actor_name", None)
        if name is None:
            _name_actors([entry])
            name = getattr(entry, "actor_name", None)
        return link_to(User, entry.actor_id, name or entry.actor_id)

    @display(description=_("what"), ordering="action", label={"look": "warning", "act": "info"})
    def what(self, entry: AuditEntry) -> tuple[str, str]:
        """The act as a label; looks at what people wrote in another colour."""
        return ("look" if entry.action.startswith(LOOKED) else "act"), entry.action

    @admin.display(description=_("target"))
    def target(self, entry: AuditEntry) -> Any:
        """What it was done to, linked where it still has a page."""
        try:
            model = apps.get_model(entry.target_kind)
            return link_to(model, entry.target_id, f"{model._meta.verbose_name} {entry.target_id}")
        except (LookupError, ValueError, NoReverseMatch):
            return f"{entry.target_kind} {entry.target_id}"

    def has_export_permission(self, request: HttpRequest) -> bool:
        """A permission of its own: a file leaves the house."""
        return request.user.has_perm("moderation.export_auditentry")

    @action(description=_("Export as CSV"), url_path="export", permissions=["export"], icon="download")
    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """All that the list's search and filters show, newest first, at most MAX_EXPORTED lines."""
        if not self.has_export_permission(request):
            raise PermissionDenied
        entries = self.get_changelist_instance(request).get_queryset(request).order_by("-pk")
        record_act(request, "audit-exported", (AuditEntry._meta.label_lower, ""), details=dict(request.GET.items()))
        header = ("time", "who", "who_id", "what", "target_kind", "target_id", "why", "details", "address")
        return csv_response("audit.csv", header, _rows(entries))


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    last: int | None = None
    for _page in range(MAX_EXPORTED // _PAGE):
        page = list((entries if last is None else entries.filter(pk__lt=last))[:_PAGE])
        _name_actors(page)
        for entry in page:
            yield (
                entry.at.isoformat(),
                getattr(entry, "actor_name", ""),
                entry.actor_id,
                entry.action,
                entry.target_kind,
                entry.target_id,
                entry.why,
                entry.details,
                entry.address,
            )
        if len(page) < _PAGE:
            return
        last = page[-1].pk


def _name_actors(entries: Any) -> None:
    """Looks up all names in one query."""
    entries = list(entries)
    ids = {entry.actor_id for entry in entries} - {None}
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "username"))
    for entry in entries:
        entry.actor_name = names.get(entry.actor_id, "")
