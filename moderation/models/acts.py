"""What moderators do to content and groups, where it has a life of its own: bulk erasures, freezes, announcements."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from messaging.models import Conversation


class JobState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")


class BulkErasure(models.Model):
    """Emptying all that a person has written (`since` None: ever), in one conversation or (None) everywhere.

    `erased` of about `total` messages are done; the task goes on from there after any interruption.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("only in")
    )
    since = models.DateTimeField(_("written since"), null=True, blank=True)
    why = models.TextField(_("why"), max_length=500)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked"), default=clock.now)
    state = models.CharField(_("state"), max_length=8, choices=JobState.choices, default=JobState.WAITING)
    total = models.PositiveBigIntegerField(_("messages"), default=0)
    erased = models.PositiveBigIntegerField(_("erased"), default=0)
    moved_at = models.DateTimeField(default=clock.now, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("bulk erasure")
        verbose_name_plural = _("bulk erasures")
        indexes: ClassVar = [models.Index(fields=["state", "moved_at"], name="bulk_erasures_open")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Freeze(models.Model):
    """A conversation in which nobody may write, its owner and admins included. `was_muted` is put back afterwards."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="freeze", verbose_name=_("conversation")
    )
    reason = models.TextField(_("reason that the members see"), max_length=500)
    was_muted = models.BooleanField(default=False)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("frozen by")
    )
    frozen_at = models.DateTimeField(_("frozen"), default=clock.now)

    class Meta:
        verbose_name = _("frozen group")
        verbose_name_plural = _("frozen groups")

    def __str__(self) -> str:
        return str(self.conversation_id)


class Announcement(models.Model):
    """A message of the site's own account to the world room, pinned there if so wished."""

    text = models.TextField(_("text"), max_length=4000)
    is_pinned = models.BooleanField(_("pin it"), default=True)
    message_id = models.BigIntegerField(_("message"), null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")

    def __str__(self) -> str:
        return f"#{self.pk}"
