"""Devices' logins: looked at and ended."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import Session, User, fold_username
from accounts.services.sessions import end_sessions
from core import clock
from core.admin_base import ReadOnlyAdmin, action, display, go_to, link_to, note


def ended_text(how_many: int) -> str:
    """How many sessions ended, in words."""
    return ngettext("%(count)d session ended.", "%(count)d sessions ended.", how_many) % {"count": how_many}


def say_ended(request: HttpRequest, how_many: int) -> None:
    """The same, on the next page."""
    messages.success(request, ended_text(how_many))


class LiveFilter(admin.SimpleListFilter):
    """Sessions that still hold, and those that do not."""

    title = _("state")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("live")), ("no", _("ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        live = {"revoked_at": None, "expires_at__gt": clock.now()}
        if self.value() == "yes":
            return queryset.filter(**live)
        return queryset.exclude(**live) if self.value() == "no" else queryset


@admin.register(Session)
class SessionAdmin(ReadOnlyAdmin):
    """Devices' logins. They can be ended, and nothing else."""

    list_display = (
        "id",
        "user_link",
        "device_name",
        "address",
        "state",
        "created_at",
        "last_seen_at",
        "revoked_reason",
    )
    list_filter = (LiveFilter, ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("user",)
    ordering = ("-pk",)
    id_lookups = ("pk", "user_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A user, by id or name, or a session's id")
    fields = (
        "user_link", "state_now", "device_name", "user_agent", "address", "created_at", "last_seen_at", "expires_at",
        "rotation", "rotated_at", "revoked_at", "revoked_reason",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("end_selected",)
    actions_detail = ("end_this",)

    @admin.display(description=_("user"), ordering="user")
    def user_link(self, session: Session) -> str:
        """Whose it is."""
        return link_to(User, session.user_id, session.user.username)

    @display(description=_("state"), label={"live": "success", "ended": "danger", "expired": "warning"})
    def state(self, session: Session) -> tuple[str, Any]:
        """Whether it still holds."""
        if session.revoked_at is not None:
            return "ended", _("ended")
        return ("expired", _("expired")) if session.expires_at <= clock.now() else ("live", _("live"))

    @admin.display(description=_("state"))
    def state_now(self, session: Session) -> Any:
        """The same in words, for the page of one."""
        return self.state(session)[1]

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """A permission of its own kind: rows are not edited, but those who may change sessions may end them."""
        return request.user.has_perm("accounts.change_session")

    @action(description=_("End session"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Ends the chosen sessions: their tokens at once, their sockets within seconds."""
        live = Session.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)), revoked_at=None)
        session_ids = list(live.values_list("pk", flat=True))
        note(request, live, "Ended.")
        end_sessions(session_ids, reason="ended-by-staff")
        say_ended(request, len(session_ids))

    @action(
        description=_("End session"),
        url_path="end",
        permissions=["end"],
        icon="logout",
        dialog={
            "title": _("End this session?"),
            "description": _("The device is signed out at once and its sockets are closed."),
            "form_submit_text": _("End session"),
            "form_class": None,
        },
    )
    def end_this(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The same for the session that is shown."""
        note(request, Session.objects.filter(pk=object_id), "Ended.")
        end_sessions([int(object_id)], reason="ended-by-staff")
        return go_to(request, Session, object_id, ended_text(1))
