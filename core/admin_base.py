"""What every admin page shares: bounded lists, searches that use an index, links, and unfold's decorators with types.

Unfold carries no types: to the type checker its classes are those of Django that they extend.
"""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import slugify
from unfold import decorators

from core.audit import record_act
from core.ids import MAX_BIGINT
from core.reauthentication import require_password

if TYPE_CHECKING:
    from django.contrib import admin

    class UnfoldAdmin(admin.ModelAdmin[Any]):
        """unfold.admin.ModelAdmin"""

    class TabularInline(admin.TabularInline[Any, Any]):
        """unfold.admin.TabularInline"""
else:
    from unfold.admin import ModelAdmin as UnfoldAdmin
    from unfold.admin import TabularInline as TabularInline

MAX_COUNTED = 10_000
Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def display(**options: Any) -> Callable[[Decorated], Decorated]:
    """`unfold.decorators.display`: a column, with `label` as a coloured label (`{value: colour}`)."""
    decorate: Callable[[Decorated], Decorated] = decorators.display(**options)
    return decorate


def action(*, dangerous: bool = False, **options: Any) -> Callable[[Decorated], Decorated]:
    """`unfold.decorators.action`: for chosen rows, or with `dialog` for one object once that is confirmed.

    A `dangerous` one wants to know first that it is still the same person at the keyboard (core.reauthentication).
    """
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = decorators.action(**options)

    def decorated(act: Decorated) -> Decorated:
        return cast(Decorated, decorate(_guarded(act) if dangerous else act))

    return decorated


def _guarded(act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    def guarded(model_admin: "ModelAdmin", request: HttpRequest, *args: Any, **options: Any) -> Any:
        return require_password(request, model_admin.admin_site) or act(model_admin, request, *args, **options)

    return guarded


class ModelAdmin(UnfoldAdmin):
    """Whatever is changed here is written down in the audit as well as in Django's own history.

    `audited_by_service`: the services behind this page do so themselves, and say more.
    """

    audited_by_service: ClassVar[bool] = False

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        if not self.audited_by_service:
            record_act(request, "added", obj)
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        if message and not self.audited_by_service:
            record_act(request, "changed", obj, details={"fields": changed_fields(message)})
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for row in () if self.audited_by_service else queryset:
            record_act(request, "deleted", row)
        return super().log_deletions(request, queryset)


def changed_fields(message: Any) -> list[str]:
    """The fields that a change message of Django's admin names."""
    if not isinstance(message, list):
        return [str(message)]
    changes = [part.get("changed", {}) for part in message]
    return [field for change in changes for field in change.get("fields", [])]


class BoundedPaginator(Paginator[Any]):
    """Counts at most MAX_COUNTED rows, so that a list of a hundred million costs what one of ten thousand does.

    What lies beyond is reached by searching and filtering, not by paging.
    """

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list  # a queryset, in the admin
        return int(rows.order_by()[:MAX_COUNTED].count())


class BoundedAdmin(ModelAdmin):
    """A list that never counts or scans a whole table, searched by exact ids and by prefixes alone.

    `id_lookups` are compared with a search term that is a number; `text_lookups` name further lookups, each with what
    is to be done to the term first.
    """

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_fullwidth = True
    search_fields: ClassVar = ("pk",)
    id_lookups: ClassVar[tuple[str, ...]] = ("pk",)
    text_lookups: ClassVar[dict[str, Callable[[str], str]]] = {}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        wanted = Q(pk__in=[])
        for lookup, prepare in self.text_lookups.items():
            wanted |= Q((lookup, prepare(term)))
        number = as_number(term)
        if number is not None:
            for lookup in self.id_lookups:
                wanted |= Q((lookup, number))
        return queryset.filter(wanted), False


class ReadOnlyAdmin(BoundedAdmin):
    """Rows that hang together with others: changed by the program's services, looked at here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def as_number(term: str) -> int | None:
    """The database id that a search term is, None where it is none."""
    if term.isascii() and term.isdecimal() and len(term) <= 19 and (number := int(term)) <= MAX_BIGINT:
        return number
    return None


def link_to(model: type[Model], key: Any, text: Any) -> str:
    """A link to one object's page."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, text)


def link_to_list(model: type[Model], text: Any, **filters: Any) -> str:
    """A link to a list, narrowed by exact values."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    query = urlencode({f"{name}__exact": value for name, value in filters.items()})
    return format_html('<a class="text-primary-600 dark:text-primary-500" href="{}?{}">{}</a>', address, query, text)


def go_to(request: HttpRequest, model: type[Model], key: Any, said: Any) -> HttpResponse:
    """Ends a confirmed dialog: says what was done, and shows the object as it is now."""
    messages.success(request, said)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])
    return HttpResponse(headers={"HX-Redirect": address})


def staff_id(request: HttpRequest) -> int:
    """Who is at work."""
    return int(request.user.pk or 0)


def note(request: HttpRequest, rows: QuerySet[Any], said: str) -> None:
    """Writes one line of the audit, and of the object's history, for each of the rows. Call it before what takes rows
    out of the query."""
    for row in rows:
        record_act(request, slugify(said), row)
    LogEntry.objects.log_actions(staff_id(request), rows, CHANGE, said)
