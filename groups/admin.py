"""Groups, invites and join requests, for moderators. Changes go through the groups' services, like anyone's."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter

from accounts.models import User, fold_username
from core import clock
from core.admin_base import BoundedAdmin, ReadOnlyAdmin, action, display, go_to, link_to, link_to_list, note, staff_id
from groups.forms import AdminGroupForm
from groups.models import Group, Invite, JoinRequest
from groups.services.profile import dissolve_group_as_staff, update_group_as_staff
from messaging.models import Conversation, LogEvent, Member, Message, Role

TEAM_SHOWN = 20
POLICY_LABELS = {"invite": "default", "approval": "info", "open": "warning"}
TOKEN_SHOWN = 6


@admin.register(Group)
class GroupAdmin(BoundedAdmin):
    """Groups. The profile may be changed and a group dissolved; members are looked at, never loaded all at once."""

    form = AdminGroupForm
    list_display = ("number", "name", "member_count", "policy", "muted_all", "created", "dissolved")
    list_filter = (
        "join_policy",
        "conversation__muted_all",
        ("conversation__dissolved_at", admin.EmptyFieldListFilter),
        ("conversation__created_at", RangeDateTimeFilter),
    )
    list_filter_submit = True
    list_select_related = ("conversation",)
    date_hierarchy = "conversation__created_at"
    ordering = ("-pk",)
    text_lookups: ClassVar = {"conversation__title__startswith": str}
    search_help_text = _("A group's id, or the start of its name")
    fieldsets = (
        (None, {"fields": ("name", "description", "announcement", "related")}),
        (
            _("Rules"),
            {"fields": ("join_policy", "history_visible", "muted_all", "announcement_only", "slow_mode_s")},
        ),
        (_("Team"), {"fields": ("member_count", "team")}),
        (_("Dates"), {"fields": ("created", "dissolved")}),
    )
    readonly_fields = ("related", "member_count", "team", "created", "dissolved")
    actions_detail = ("dissolve",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).select_related("conversation")

    @admin.display(description=_("ID"), ordering="pk")
    def number(self, group: Group) -> int:
        """The group's id, which is its conversation's."""
        return int(group.pk)

    @admin.display(description=_("name"))
    def name(self, group: Group) -> str:
        """The conversation's title."""
        return group.conversation.title

    @admin.display(description=_("members"))
    def member_count(self, group: Group) -> str:
        """How many are in it, linked to their list."""
        return link_to_list(Member, group.conversation.member_count, conversation_id=group.pk)

    @display(
        description=_("join policy"),
        ordering="join_policy",
        label=POLICY_LABELS,
    )
    def policy(self, group: Group) -> tuple[str, str]:
        """How one comes in."""
        return group.join_policy, group.get_join_policy_display()

    @display(description=_("muted for all"), label={"muted": "warning"})
    def muted_all(self, group: Group) -> tuple[str, Any] | None:
        """Whether only the owner and admins may write."""
        return ("muted", _("muted")) if group.conversation.muted_all else None

    @admin.display(description=_("created"))
    def created(self, group: Group) -> Any:
        """When it was made."""
        return group.conversation.created_at

    @admin.display(description=_("dissolved"))
    def dissolved(self, group: Group) -> Any:
        """When it ended."""
        return group.conversation.dissolved_at

    @admin.display(description=_("owner and admins"))
    def team(self, group: Group) -> str:
        """Those who run it, the first TEAM_SHOWN."""
        members = Member.objects.filter(conversation_id=group.pk, left_at=None, role__in=[Role.OWNER, Role.ADMIN])
        shown = members.select_related("user").order_by("-role", "joined_at")[:TEAM_SHOWN]
        rows = [(link_to(User, member.user_id, member.user.username), member.get_role_display()) for member in shown]
        return format_html_join(", ", "{} ({})", rows) or "-"

    @admin.display(description=_("Belonging to this group"))
    def related(self, group: Group) -> str:
        """Links to what hangs on it."""
        live, waiting = group.invites.live().count(), group.join_requests.count()
        links = [
            link_to(Conversation, group.pk, _("Conversation")),
            link_to_list(Member, _("Members"), conversation_id=group.pk),
            link_to_list(Invite, _("Invites (%(count)d live)") % {"count": live}, group_id=group.pk),
            link_to_list(JoinRequest, _("Join requests (%(count)d)") % {"count": waiting}, group_id=group.pk),
            link_to_list(Message, _("Messages"), conversation_id=group.pk),
            link_to_list(LogEvent, _("Events"), conversation_id=group.pk),
        ]
        return format_html_join(" · ", "{}", ((link,) for link in links))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if isinstance(obj, Group) and obj.conversation.dissolved_at is not None:
            return False
        return super().has_change_permission(request, obj)

    def has_dissolve_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whoever may change the group, as long as there is one."""
        group = self.get_queryset(request).filter(pk=int(object_id)).first() if object_id is not None else None
        return self.has_change_permission(request, group)

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        update_group_as_staff(int(obj.pk), staff_id(request), changes)

    @action(
        description=_("Dissolve"),
        url_path="dissolve",
        permissions=["dissolve"],
        dangerous=True,
        icon="group_off",
        dialog={
            "title": _("Dissolve this group?"),
            "description": _("It ends for all its members and cannot be brought back. Its log is kept."),
            "form_submit_text": _("Dissolve"),
            "form_class": None,
        },
    )
    def dissolve(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Ends the group that is shown."""
        dissolve_group_as_staff(int(object_id))
        note(request, Group.objects.filter(pk=int(object_id)), "Dissolved.")
        return go_to(request, Group, object_id, _("The group is dissolved."))


@admin.register(Invite)
class InviteAdmin(ReadOnlyAdmin):
    """Invite links. A whole token lets its holder in, so only its start is shown."""

    list_display = ("id", "group_link", "token_start", "creator_link", "usage", "expires_at", "state", "created_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), ("expires_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("group__conversation", "created_by")
    ordering = ("-pk",)
    id_lookups = ("pk", "group_id", "created_by_id")
    text_lookups: ClassVar = {"token": str, "created_by__username_folded__has_prefix": fold_username}
    search_help_text = _("A whole token, an id, or a username")
    fields = (
        "group_link",
        "token_start",
        "creator_link",
        "usage",
        "expires_at",
        "state_now",
        "created_at",
        "revoked_at",
    )
    readonly_fields = fields
    actions = ("revoke_selected",)

    @admin.display(description=_("group"), ordering="group")
    def group_link(self, invite: Invite) -> str:
        """To which group."""
        return link_to(Group, invite.group_id, invite.group.conversation.title)

    @admin.display(description=_("token"))
    def token_start(self, invite: Invite) -> str:
        """Enough of the token to tell it from another."""
        return f"{invite.token[:TOKEN_SHOWN]}…"

    @admin.display(description=_("created by"), ordering="created_by")
    def creator_link(self, invite: Invite) -> str:
        """Whose it is."""
        return link_to(User, invite.created_by_id, invite.created_by.username)

    @admin.display(description=_("uses"))
    def usage(self, invite: Invite) -> str:
        """How often it was used, of how many times."""
        return f"{invite.uses} / {invite.max_uses or '∞'}"

    @display(description=_("state"), label={"live": "success", "revoked": "danger", "over": "warning"})
    def state(self, invite: Invite) -> tuple[str, Any]:
        """Whether it still lets someone in."""
        if invite.revoked_at is not None:
            return "revoked", _("revoked")
        expired = invite.expires_at is not None and invite.expires_at <= clock.now()
        if expired or (invite.max_uses and invite.uses >= invite.max_uses):
            return "over", _("used up or expired")
        return "live", _("live")

    @admin.display(description=_("state"))
    def state_now(self, invite: Invite) -> Any:
        """The same in words, for the page of one."""
        return self.state(invite)[1]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Rows are not edited, but those who may change invites may revoke them."""
        return request.user.has_perm("groups.change_invite")

    @action(description=_("Revoke"), permissions=["revoke"])
    def revoke_selected(self, request: HttpRequest, queryset: QuerySet[Invite]) -> None:
        """Ends the chosen invites."""
        live = Invite.objects.filter(pk__in=list(queryset.values_list("pk", flat=True)), revoked_at=None)
        note(request, live, "Revoked.")
        revoked = live.update(revoked_at=clock.now())
        self.message_user(request, _("%(count)d invites revoked.") % {"count": revoked})


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnlyAdmin):
    """Who waits to be let in. The group's own people answer; what was written to them is not shown."""

    list_display = ("id", "group_link", "user_link", "created_at")
    list_select_related = ("group__conversation", "user")
    ordering = ("-pk",)
    id_lookups = ("pk", "group_id", "user_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("An id, or a username")
    fields = ("group_link", "user_link", "created_at")
    readonly_fields = fields

    @admin.display(description=_("group"), ordering="group")
    def group_link(self, request: JoinRequest) -> str:
        """To which group."""
        return link_to(Group, request.group_id, request.group.conversation.title)

    @admin.display(description=_("user"), ordering="user")
    def user_link(self, request: JoinRequest) -> str:
        """Who."""
        return link_to(User, request.user_id, request.user.username)
