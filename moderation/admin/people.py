"""The user's page as moderators need it: devices, sanctions, reports by and against, groups; sanctioning, erasing."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from accounts.admin.users import UserAdmin
from accounts.models import Session, User
from core import clock
from core.admin_base import action, link_to, link_to_list
from files.selectors import used_bytes
from messaging.models import Conversation, ConversationKind, Member
from moderation.admin.dialogs import SanctionDialog, carry_out, dialog, key_of
from moderation.admin.erasing import show_erasure
from moderation.admin.queue import describe_sanction, once
from moderation.models import Case, Report, Sanction
from moderation.services import sanctions

SHOWN = 10
MODERATION_FIELDS = ("devices", "sanctions_against", "reports_against", "reports_by", "groups_of", "storage")

admin.site.unregister(User)


@admin.register(User)
class ModeratedUserAdmin(UserAdmin):
    """Accounts, with all that moderation knows of them."""

    fieldsets: ClassVar[Any] = (
        *UserAdmin.fieldsets[:1],
        (_("Moderation"), {"fields": MODERATION_FIELDS, "classes": ["tab"]}),
        *UserAdmin.fieldsets[1:],
    )
    readonly_fields: ClassVar[Any] = (*UserAdmin.readonly_fields, *MODERATION_FIELDS)
    actions_detail: ClassVar[Any] = ("sanction", "erase", *UserAdmin.actions_detail)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who may not change an account has no business with its password, not even with its hash."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(title, {**parts, "fields": _without_password(parts["fields"])}) for title, parts in fieldsets]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.erase_view)
        return [
            path("<path:object_id>/erase-messages/", view, name="accounts_user_erase_messages"),
            *super().get_urls(),
        ]

    def erase_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A preview first, then the erasure."""
        return show_erasure(request, object_id, self.admin_site)

    # --- What is known ----------------------------------------------------------------------------------------------
    @admin.display(description=_("devices"))
    @once
    def devices(self, user: User) -> str:
        """The live sessions, the one that was used last first."""
        live = Session.objects.filter(user=user, revoked_at=None, expires_at__gt=clock.now())
        rows = [
            (
                link_to(Session, each.pk, each.device_name or f"#{each.pk}"),
                each.address or "-",
                timesince(each.last_seen_at),
            )
            for each in live.order_by("-last_seen_at")[:SHOWN]
        ]
        return format_html_join("", "<div>{} · {} · {}</div>", rows) or "-"

    @admin.display(description=_("sanctions"))
    @once
    def sanctions_against(self, user: User) -> str:
        """The newest, and a link to all."""
        newest = Sanction.objects.filter(user=user).order_by("-pk")[:SHOWN]
        rows = [link_to(Sanction, each.pk, describe_sanction(each)) for each in newest]
        return _lines([*rows, link_to_list(Sanction, _("all"), user_id=user.pk)] if rows else [])

    @admin.display(description=_("reports against"))
    @once
    def reports_against(self, user: User) -> str:
        """The newest, and a link to all."""
        rows = [_case_line(case) for case in Case.objects.filter(user=user).order_by("-pk")[:SHOWN]]
        everything = reverse("admin:moderation_case_changelist") + f"?queue=all&user_id__exact={user.pk}"
        link = format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', everything, _("all"))
        return _lines([*rows, link] if rows else [])

    @admin.display(description=_("reports by"))
    @once
    def reports_by(self, user: User) -> str:
        """What this person complained about last."""
        newest = Report.objects.filter(reporter=user).select_related("case").order_by("-pk")[:SHOWN]
        return _lines(_case_line(report.case) for report in newest)

    @admin.display(description=_("groups"))
    @once
    def groups_of(self, user: User) -> str:
        """The groups that this person is in now, the newest first."""
        present = Member.objects.filter(user=user, left_at=None, conversation__kind=ConversationKind.GROUP)
        newest = present.select_related("conversation").order_by("-pk")[:SHOWN]
        rows = [
            format_html(
                "{} ({})", link_to(Conversation, seat.conversation_id, seat.conversation.title), seat.get_role_display()
            )
            for seat in newest
        ]
        return _lines([*rows, link_to_list(Member, _("all"), user_id=user.pk)] if rows else [])

    @admin.display(description=_("storage"))
    @once
    def storage(self, user: User) -> str:
        """What this person's files take."""
        return filesizeformat(used_bytes(user.pk))

    # --- What is done -----------------------------------------------------------------------------------------------
    def has_end_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Moderators may sign people out as well, though not change their accounts; nobody but a superuser staff."""
        if super().has_end_permission(request, object_id):
            return True
        is_staff = User.objects.filter(pk=key_of(object_id), is_staff=True).exists()
        return request.user.has_perm("accounts.change_session") and not is_staff

    def has_sanction_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may decide sanctions."""
        return request.user.has_perm("moderation.add_sanction")

    def has_erase_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may empty what someone wrote."""
        return request.user.has_perm("moderation.add_bulkerasure")

    @action(
        description=_("Sanction"),
        url_path="sanction",
        permissions=["sanction"],
        icon="gavel",
        dialog=dialog(_("Sanction this person"), SanctionDialog, _("Decide")),
    )
    def sanction(self, request: HttpRequest, form: SanctionDialog, object_id: str) -> HttpResponse:
        """Without a report."""
        new = form.as_sanction(int(object_id))
        return carry_out(request, (User, object_id), _("Decided. It holds at once."), sanctions.impose, new=new)

    @action(description=_("Erase messages"), url_path="erase", permissions=["erase"], icon="delete_sweep")
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leads to the page that shows first what would go."""
        return HttpResponseRedirect(reverse("admin:accounts_user_erase_messages", args=[object_id]))


def _without_password(fields: Any) -> tuple[Any, ...]:
    return tuple(field for field in fields if field != "password")


def _case_line(case: Case) -> str:
    return link_to(Case, case.pk, f"#{case.pk} {case.get_reason_display()} · {case.get_state_display()}")


def _lines(rows: Iterable[Any]) -> str:
    return format_html_join("", "<div>{}</div>", ((row,) for row in rows)) or "-"
