"""Bulk erasures with their progress, frozen groups, and announcements to the world room."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, action, display, link_to
from groups.models import Group
from messaging.models import Conversation, ConversationKind, Message
from moderation.admin.dialogs import AnnouncementDialog, carry_out, dialog, key_of
from moderation.models import Announcement, BulkErasure, Freeze
from moderation.services import announcing

JOB_LABELS = {"waiting": "warning", "running": "info", "done": "success"}


@admin.register(BulkErasure)
class BulkErasureAdmin(ReadOnlyAdmin):
    """Erasures of all that someone wrote: asked for at the user's page, followed here."""

    list_display = ("id", "person_link", "place", "state_label", "progress", "asked_by", "asked_at", "finished_at")
    list_filter = ("state",)
    list_select_related = ("user", "conversation", "asked_by")
    ordering = ("-pk",)
    id_lookups = ("pk", "user_id", "conversation_id")
    text_lookups: ClassVar = {"user__username_folded__has_prefix": fold_username}
    search_help_text = _("A person, by id or name, or the id of an erasure or conversation")
    fields = ("person_link", "place", "since", "why", "asked_by", "asked_at", "state", "progress", "finished_at")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkErasure]:
        return super().get_queryset(request).select_related("user", "conversation", "asked_by")

    @admin.display(description=_("person"), ordering="user")
    def person_link(self, job: BulkErasure) -> str:
        """Whose messages."""
        return link_to(User, job.user_id, job.user.username)

    @admin.display(description=_("where"))
    def place(self, job: BulkErasure) -> Any:
        """Everywhere, or the conversation."""
        if job.conversation_id is None:
            return _("everywhere")
        return link_to(Conversation, job.conversation_id, job.conversation)

    @display(description=_("state"), ordering="state", label=JOB_LABELS)
    def state_label(self, job: BulkErasure) -> tuple[str, str]:
        """How far it is."""
        return job.state, job.get_state_display()

    @admin.display(description=_("progress"))
    def progress(self, job: BulkErasure) -> str:
        """How many messages of how many; a bar that needs no script."""
        total = max(job.total, job.erased)
        return format_html(
            '<progress max="{}" value="{}"></progress> {} / {}', total or 1, job.erased, job.erased, total
        )


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    """Groups (or the world room) in which nobody may write. They are frozen, and thawed, at their own pages."""

    list_display = ("group_link", "reason", "frozen_by", "frozen_at")
    list_display_links = None
    list_select_related = ("conversation", "frozen_by")
    ordering = ("-frozen_at",)
    search_help_text = _("A group's id")
    fields = ("group_link", "reason", "frozen_by", "frozen_at")
    readonly_fields = fields

    @admin.display(description=_("group"))
    def group_link(self, freeze: Freeze) -> str:
        """Which; the world room's page is its conversation's."""
        is_world = freeze.conversation.kind == ConversationKind.WORLD
        return link_to(Conversation if is_world else Group, freeze.conversation_id, freeze.conversation)


@admin.register(Announcement)
class AnnouncementAdmin(ReadOnlyAdmin):
    """Messages of the site to the world room: written once, then a message like any other."""

    list_display = ("id", "start", "is_pinned", "created_by", "created_at", "message_link")
    list_select_related = ("created_by",)
    ordering = ("-pk",)
    search_help_text = _("An id")
    fields = ("text", "is_pinned", "created_by", "created_at", "message_link")
    readonly_fields = fields
    actions_list = ("write",)
    actions_detail = ("send_again",)

    @admin.display(description=_("text"))
    def start(self, announcement: Announcement) -> str:
        """Its first words."""
        return announcement.text[:80]

    @admin.display(description=_("message"))
    def message_link(self, announcement: Announcement) -> Any:
        """Where it went."""
        key = announcement.message_id
        return link_to(Message, key, key) if key is not None else _("not sent")

    def has_write_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who speaks for the site."""
        return request.user.has_perm("moderation.add_announcement")

    def has_send_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """The same, where it has not been sent."""
        unsent = Announcement.objects.filter(pk=key_of(object_id), message_id=None)
        return self.has_write_permission(request) and unsent.exists()

    @action(
        description=_("Write to the world room"),
        url_path="write",
        permissions=["write"],
        icon="campaign",
        dialog=dialog(_("Write to everyone in the world room"), AnnouncementDialog, _("Send")),
    )
    def write(self, request: HttpRequest, form: AnnouncementDialog) -> HttpResponse:
        """As the site's own account."""
        return carry_out(request, (Announcement, None), _("Sent."), announcing.announce, **form.decided)

    @action(
        description=_("Send it"),
        url_path="send",
        permissions=["send"],
        icon="send",
        dialog={"title": _("Send it now?"), "form_submit_text": _("Send"), "form_class": None},
    )
    def send_again(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        """Where it could not be sent when it was written."""
        shown = (Announcement, object_id)
        return carry_out(request, shown, _("Sent."), announcing.send, announcement_id=int(object_id))
