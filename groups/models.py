"""What a group has beyond its conversation, whose primary key it shares: profile, invites and join requests."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import BinaryCharField
from messaging.models import Conversation

MAX_SLOW_MODE_S = 6 * 3600


class JoinPolicy(models.TextChoices):
    INVITE = "invite", _("by invitation")
    APPROVAL = "approval", _("by approval")
    OPEN = "open", _("open")


class Group(models.Model):
    """The profile of a group. Its name, mute and slow mode are the conversation's, where the write path reads them."""

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="group", verbose_name=_("conversation")
    )
    description = models.TextField(_("description"), blank=True, max_length=1000)
    announcement = models.TextField(_("announcement"), blank=True, max_length=2000)
    join_policy = models.CharField(
        _("join policy"), max_length=8, choices=JoinPolicy.choices, default=JoinPolicy.INVITE
    )
    history_visible = models.BooleanField(_("history visible to joiners"), default=True)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")

    def __str__(self) -> str:
        return f"{self.conversation.title} ({self.pk})"


class InviteQuerySet(models.QuerySet["Invite"]):
    """Invites, and which of them still let someone in."""

    def live(self) -> "InviteQuerySet":
        """Neither revoked, nor expired, nor used up."""
        unexpired = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        unused = Q(max_uses=0) | Q(uses__lt=F("max_uses"))
        return self.filter(unexpired & unused, revoked_at=None)


class Invite(models.Model):
    """A link that lets its holder join, `max_uses` times (0: no limit) until `expires_at` (None: for ever)."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="invites", verbose_name=_("group"))
    token = BinaryCharField(_("token"), max_length=48, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("created by")
    )
    max_uses = models.PositiveIntegerField(_("most uses"), default=0)
    uses = models.PositiveIntegerField(_("uses"), default=0)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    objects = InviteQuerySet.as_manager()

    class Meta:
        verbose_name = _("invite")
        verbose_name_plural = _("invites")

    def __str__(self) -> str:
        return f"{self.group_id}: {self.pk}"


class JoinRequest(models.Model):
    """Someone who holds an invite to a group that approves its members; answering it deletes it."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="join_requests", verbose_name=_("group"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    message = models.CharField(_("message"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("join request")
        verbose_name_plural = _("join requests")
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "user"], name="one_join_request")]

    def __str__(self) -> str:
        return f"{self.group_id} <- {self.user_id}"
