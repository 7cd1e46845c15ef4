"""Parts of the page of reports: which of them are shown, who complained, and how sanctions are put into a line."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.admin_base import TabularInline, link_to
from moderation.models import Case, CaseState, Report, Sanction

Row = TypeVar("Row", bound=Model)


class QueueFilter(admin.SimpleListFilter):
    """The part of the queue: without a choice, all that waits to be dealt with."""

    title = _("queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("waiting", _("waiting")),
            ("open", _("open")),
            ("claimed", _("claimed")),
            ("mine", _("mine")),
            ("resolved", _("resolved")),
            ("all", _("all")),
        ]

    def value(self) -> str:
        return super().value() or "waiting"

    def choices(self, changelist: Any) -> Any:
        """Without Django's own "all", which would be a second one."""
        return list(super().choices(changelist))[1:]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        wanted = self.value()
        if wanted == "all":
            return queryset
        if wanted == "mine":
            return queryset.filter(claimed_by_id=request.user.pk, state=CaseState.CLAIMED)
        if wanted in CaseState.values:
            return queryset.filter(state=wanted)
        return queryset.filter(state__in=[CaseState.OPEN, CaseState.CLAIMED])


class ReportInline(TabularInline):
    """Who complained, why, and in which words."""

    model = Report
    fields = ("reporter_link", "reason", "comment", "created_at")
    readonly_fields = fields
    per_page = 20
    extra = 0
    ordering = ("pk",)
    hide_title = True

    @admin.display(description=_("reporter"))
    def reporter_link(self, report: Report) -> Any:
        """Who, or the word filter."""
        return link_to(User, report.reporter_id, report.reporter.username) if report.reporter else _("word filter")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return super().get_queryset(request).select_related("reporter")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("moderation.view_report")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def once(read: Callable[[Any, Row], Any]) -> Callable[[Any, Row], Any]:
    """For a field of a detail page that asks the database: unfold's templates evaluate each several times."""

    @functools.wraps(read)
    def shown(model_admin: Any, row: Row) -> Any:
        held: dict[str, Any] = row.__dict__.setdefault("_shown_once", {})
        if read.__name__ not in held:
            held[read.__name__] = read(model_admin, row)
        return held[read.__name__]

    return shown


def describe_sanction(sanction: Sanction) -> str:
    """A sanction in a line: which, where, until when, and whether it still holds."""
    parts = [f"#{sanction.pk}", sanction.get_kind_display()]
    if sanction.conversation_id is not None:
        parts.append(gettext("in %(id)d") % {"id": sanction.conversation_id})
    if sanction.lifted_at is not None:
        parts.append(gettext("lifted"))
    elif sanction.ends_at is not None:
        parts.append(gettext("until %(time)s") % {"time": date_format(sanction.ends_at, "SHORT_DATETIME_FORMAT")})
    elif sanction.kind != "warn":
        parts.append(gettext("for good"))
    return " ".join(parts)
