"""The outbox, for operators; and the admin's first page."""

from django.contrib import admin
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


admin.site.index_template = "core/dashboard.html"
admin.site.index_title = _("Overview")
