"""The outbox and the audit, for operators; and the admin's first page."""

from typing import ClassVar

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.utils.translation import gettext_lazy as _

from core import clock
from core.admin_base import ReadOnlyAdmin
from core.models import OutboxEntry


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ReadOnlyAdmin):
    """What has been written and not yet pushed. Rows that grow old mean that no worker drains the outbox."""

    list_display = ("id", "conversation_id", "created_at", "age")
    ordering = ("id",)
    date_hierarchy = "created_at"
    id_lookups = ("pk", "conversation_id")
    search_help_text = _("An entry's id, or a conversation's")

    @admin.display(description=_("age"))
    def age(self, entry: OutboxEntry) -> str:
        """How long it has waited."""
        return _("%(seconds)d s") % {"seconds": (clock.now() - entry.created_at).total_seconds()}


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who did what in this admin. Nobody changes or deletes a line of it here."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "change")
    list_filter = ("action_flag", "content_type")
    list_select_related = ("user", "content_type")
    date_hierarchy = "action_time"
    id_lookups = ("user_id", "object_id")
    text_lookups: ClassVar = {"user__username": str}
    search_help_text = _("A staff member's name or id, or an object's id")

    @admin.display(description=_("change"))
    def change(self, entry: LogEntry) -> str:
        """The change in words."""
        return entry.get_change_message()


admin.site.index_template = "core/dashboard.html"
admin.site.index_title = _("Overview")
