"""Accounts, and what staff may do."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group as PermissionGroup
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.forms import AdminPasswordChangeForm

from accounts.admin.sessions import ended_text, say_ended
from accounts.forms import AdminUserCreationForm, AdminUserForm
from accounts.models import Block, Friendship, Session, User, fold_name, fold_username
from accounts.services.second_factor import remove_second_factor
from accounts.services.sessions import end_user_sessions
from accounts.services.telling import tell_profile_changed
from core import clock
from core.admin_base import BoundedAdmin, ModelAdmin, action, display, go_to, link_to_list, note
from core.audit import record_act
from core.exports import EXPORTED, csv_response
from core.reauthentication import require_password

admin.site.unregister(PermissionGroup)
KIND_LABELS = {"person": "default", "guest": "warning", "bot": "info", "agent": "success"}
ACCESS_FIELDS = ("is_staff", "is_superuser", "groups", "user_permissions")


@admin.register(PermissionGroup)
class PermissionGroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """What staff may do: moderators, support, operators. Superusers alone change it."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    has_add_permission = has_delete_permission = has_change_permission

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        asked = require_password(request, self.admin_site) if request.method == "POST" else None
        return asked or super().changeform_view(request, *args, **options)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, BoundedAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Accounts. Deactivating one ends its sessions; staff are changed by superusers alone; nobody is deleted here."""

    form = AdminUserForm
    add_form = AdminUserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "display_name", "kind_label", "state", "staff", "created_at", "last_seen_at")
    list_filter = ("kind", "is_active", "is_staff", ("created_at", RangeDateTimeFilter))
    list_filter_submit = True
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    search_fields = ("username",)
    text_lookups: ClassVar = {
        "username_folded__has_prefix": fold_username,
        "display_name_folded__has_prefix": lambda term: fold_name(term)[:191],
        "email": str.lower,
    }
    search_help_text = _("An id, the start of a name, an e-mail")
    readonly_fields = (
        "kind", "created_at", "last_seen_at", "last_login", "erasure_requested_at", "erased_at", "related",
    )  # fmt: skip
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (None, {"fields": ("username", "display_name", "email", "password", "kind", "is_active", "related")}),
        (_("Permissions"), {"fields": ACCESS_FIELDS, "classes": ["tab"]}),
        (
            _("Dates"),
            {
                "fields": ("created_at", "last_seen_at", "last_login", "erasure_requested_at", "erased_at"),
                "classes": ["tab"],
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("username", "display_name", "usable_password", "password1", "password2")}),)
    actions = ("end_selected_sessions", "deactivate_selected", "reactivate_selected", "export_selected")
    actions_detail: ClassVar[Any] = ("end_all_sessions", "remove_second_factor")

    @display(description=_("kind"), ordering="kind", label=KIND_LABELS)
    def kind_label(self, user: User) -> tuple[str, str]:
        """The kind as a coloured label."""
        return user.kind, user.get_kind_display()

    @display(description=_("staff"), ordering="is_staff", label={"superuser": "danger", "staff": "info"})
    def staff(self, user: User) -> tuple[str, Any] | None:
        """What the account may do in the admin, if anything."""
        if user.is_superuser:
            return "superuser", _("superuser")
        return ("staff", _("staff")) if user.is_staff else None

    @display(description=_("state"), label={"active": "success", "inactive": "danger", "erased": "warning"})
    def state(self, user: User) -> tuple[str, Any]:
        """Whether the account can be used."""
        if user.erased_at is not None:
            return "erased", _("erased")
        return ("active", _("active")) if user.is_active else ("inactive", _("inactive"))

    @admin.display(description=_("Belonging to this account"))
    def related(self, user: User) -> str:
        """Links to what hangs on the account, with the numbers that are cheap to know."""
        live = Session.objects.filter(user=user, revoked_at=None, expires_at__gt=clock.now()).count()
        present = user.memberships.filter(left_at=None).count()
        links = [
            link_to_list(Session, _("Sessions (%(count)d live)") % {"count": live}, user_id=user.pk),
            link_to_list(user.memberships.model, _("Conversations (%(count)d)") % {"count": present}, user_id=user.pk),
            link_to_list(Friendship, _("Friends"), user_id=user.pk),
            link_to_list(Block, _("Blocks"), blocker_id=user.pk),
            link_to_list(Block, _("Blocked by"), blocked_id=user.pk),
        ]
        return format_html_join(" · ", "{}", ((link,) for link in links))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if isinstance(obj, User) and obj.is_staff and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may end sessions: whoever may change the account (the detail page gives its id)."""
        user = User.objects.filter(pk=object_id).first() if object_id is not None else None
        return self.has_change_permission(request, user)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[Any, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if request.user.is_superuser else (*fields, *ACCESS_FIELDS)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """A superuser's form decides who is staff and may do what."""
        is_dangerous = request.method == "POST" and bool(request.user.is_superuser)
        asked = require_password(request, self.admin_site) if is_dangerous else None
        return asked or super().changeform_view(request, *args, **options)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tell_profile_changed([obj.pk])
        if change and not obj.is_active:
            end_user_sessions(obj.pk, reason="deactivated")

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        asked = require_password(request, self.admin_site) if request.method == "POST" else None
        if asked is not None:
            return asked
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and response.status_code == 302:
            end_user_sessions(int(id), reason="password-changed")
        return response

    def _changeable(self, request: HttpRequest, chosen: QuerySet[User]) -> QuerySet[User]:
        """Those of the chosen that the caller may change."""
        chosen = User.objects.filter(pk__in=list(chosen.values_list("pk", flat=True)), erased_at=None)
        return chosen if request.user.is_superuser else chosen.filter(is_staff=False)

    @action(description=_("End all sessions"), permissions=["change"])
    def end_selected_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Signs the chosen accounts out everywhere."""
        users = self._changeable(request, queryset)
        note(request, users, "Ended all sessions.")
        ended = [key for user in users for key in end_user_sessions(user.pk, reason="ended-by-staff")]
        say_ended(request, len(ended))

    @action(description=_("Deactivate"), permissions=["change"], dangerous=True)
    def deactivate_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Closes the chosen accounts; their sessions end."""
        users = self._changeable(request, queryset)
        note(request, users, "Deactivated.")
        users.update(is_active=False)
        tell_profile_changed(user.pk for user in users)
        for user in users:
            end_user_sessions(user.pk, reason="deactivated")
        messages.success(request, _("The accounts are deactivated."))

    @action(description=_("Reactivate"), permissions=["change"])
    def reactivate_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Opens the chosen accounts again, and takes back a request to erase them that has not been carried out."""
        users = self._changeable(request, queryset)
        note(request, users, "Reactivated.")
        users.update(is_active=True, erasure_requested_at=None)
        tell_profile_changed(user.pk for user in users)
        messages.success(request, _("The accounts are active again."))

    @action(description=_("Export as CSV"), permissions=["change"])
    def export_selected(self, request: HttpRequest, queryset: QuerySet[User]) -> StreamingHttpResponse:
        """The chosen accounts as a table, without their e-mail addresses: what is downloaded is out of sight."""
        fields = ("pk", "username", "display_name", "kind", "is_active", "is_staff", "created_at", "last_seen_at",
                  "erasure_requested_at", "erased_at")  # fmt: skip
        rows = list(queryset.values_list(*fields)[:EXPORTED])
        record_act(request, "exported-users", ("accounts.user", "-"), details={"count": len(rows)})
        return csv_response("users.csv", fields, rows)

    @action(
        description=_("End all sessions"),
        url_path="end-sessions",
        permissions=["end"],
        icon="logout",
        dialog={
            "title": _("End all sessions of this account?"),
            "description": _("Every device is signed out at once and its sockets are closed."),
            "form_submit_text": _("End all sessions"),
            "form_class": None,
        },
    )
    def end_all_sessions(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """The same for the account that is shown."""
        ended = end_user_sessions(int(object_id), reason="ended-by-staff")
        note(request, User.objects.filter(pk=object_id), "Ended all sessions.")
        return go_to(request, User, object_id, ended_text(len(ended)))

    def has_superuser_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """For what takes a lock off an account."""
        return bool(request.user.is_superuser)

    @action(
        description=_("Remove second factor"),
        url_path="remove-second-factor",
        permissions=["superuser"],
        icon="lock_reset",
        dangerous=True,
        dialog={
            "title": _("Remove the second factor of this account?"),
            "description": _("Its authenticator and recovery codes are forgotten; the person sets up new ones."),
            "form_submit_text": _("Remove second factor"),
            "form_class": None,
        },
    )
    def remove_second_factor(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """For whoever has lost both the app and the recovery codes."""
        user = User.objects.get(pk=object_id)
        had_one = remove_second_factor(user)
        note(request, User.objects.filter(pk=object_id), "Removed second factor.")
        return go_to(request, User, object_id, _("It is removed.") if had_one else _("There was none."))
