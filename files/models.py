"""A file: one row from the moment its upload is announced until its last byte is deleted."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import BinaryCharField


class FileStatus(models.TextChoices):
    PENDING = "pending", _("pending")
    READY = "ready", _("ready")
    REJECTED = "rejected", _("rejected")


class Previews(models.TextChoices):
    """Whether a smaller picture is to be had: not of this kind of file, not yet, yes, or it cannot be made."""

    NONE = "none", _("none")
    WANTED = "wanted", _("wanted")
    MADE = "made", _("made")
    FAILED = "failed", _("failed")


class File(models.Model):
    """`key` names the object: where it is uploaded to while the file is pending, where it stays once it is ready.

    The client's address leads to the first alone, so that nothing it may still send there reaches what was checked.
    `drafts` are the places to which it was uploaded and to which tries to complete it have copied it: all but one are
    deleted at once, and again by the sweep at `drafts_end_at`, when the client's address has ended.
    `upload_id` and `part_bytes` are those of an upload in parts. `sent_at` is when a message first carried the file,
    `released_at` when one that did was recalled: the sweep then looks whether any still does.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="files", verbose_name=_("owner")
    )
    filename = models.CharField(_("file name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=127)
    size = models.BigIntegerField(_("size"))
    sha256 = models.CharField(max_length=64, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=FileStatus.choices, default=FileStatus.PENDING)
    reason = models.CharField(_("reason"), max_length=16, blank=True)
    key = BinaryCharField(max_length=80)
    drafts = models.JSONField(default=list, blank=True, editable=False)
    drafts_end_at = models.DateTimeField(null=True, blank=True, editable=False, db_index=True)
    upload_id = models.CharField(max_length=1024, blank=True)
    part_bytes = models.PositiveIntegerField(default=0)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    previews = models.CharField(_("previews"), max_length=6, choices=Previews.choices, default=Previews.NONE)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    sent_at = models.DateTimeField(_("first sent"), null=True, blank=True)
    released_at = models.DateTimeField(_("recalled"), null=True, blank=True)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes: ClassVar = [
            models.Index(fields=["owner", "status"], name="file_of"),
            models.Index(fields=["status", "created_at"], name="file_age"),
            models.Index(fields=["released_at"], name="file_released"),
            models.Index(fields=["previews", "ready_at"], name="file_previews"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.content_type}"

    @property
    def thumbnail_key(self) -> str:
        """Where the thumbnail is, once it is made."""
        return f"{self.key}.thumbnail"

    @property
    def preview_key(self) -> str:
        """Where the preview is, once it is made."""
        return f"{self.key}.preview"

    @property
    def keys(self) -> list[str]:
        """Every object that may be there of this file."""
        return list(dict.fromkeys([self.key, self.thumbnail_key, self.preview_key, *self.drafts]))
