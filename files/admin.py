"""Files in the admin: what there is and what became of it. Names and content are their owners' business."""

from typing import ClassVar

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.models import User, fold_username
from core.admin_base import ReadOnlyAdmin, display, link_to
from files.models import File, FileStatus


@admin.register(File)
class FileAdmin(ReadOnlyAdmin):
    """Files by id or by their owner."""

    list_display = ("id", "owner_link", "content_type", "size", "state", "created_at")
    list_filter = ("status", "previews")
    list_select_related = ("owner",)
    ordering = ("-pk",)
    id_lookups = ("pk", "owner_id")
    text_lookups: ClassVar = {"owner__username_folded__has_prefix": fold_username}
    search_help_text = _("A file, by id, or its owner, by id or name")
    fields = (
        "owner_link", "content_type", "size", "state", "reason", "previews", "width", "height",
        "duration_ms", "created_at", "ready_at", "sent_at", "released_at",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("status"), label={"ready": "success", "pending": "info", "rejected": "danger"})
    def state(self, file: File) -> tuple[str, str]:
        """The status as a coloured label."""
        return file.status, str(FileStatus(file.status).label)

    @display(description=_("owner"))
    def owner_link(self, file: File) -> str:
        """A link to the owner."""
        return link_to(User, file.owner_id, file.owner)
