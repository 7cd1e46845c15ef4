"""Sanctions: warn, mute, ban, everywhere or in one conversation; and the appeals against them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from messaging.models import Conversation
from moderation.models.report import Case


class SanctionKind(models.TextChoices):
    WARN = "warn", _("warning")
    MUTE = "mute", _("mute")
    BAN = "ban", _("ban")


class AppealState(models.TextChoices):
    OPEN = "open", _("open")
    UPHELD = "upheld", _("sanction upheld")
    GRANTED = "granted", _("sanction lifted")


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Sanctions, and which of them stand."""

    def standing(self) -> "SanctionQuerySet":
        """Neither lifted nor over. A warning stands until it is lifted."""
        return self.filter(Q(ends_at=None) | Q(ends_at__gt=clock.now()), lifted_at=None)


class Sanction(models.Model):
    """What was decided against a person, in a conversation or (None) everywhere, until `ends_at` (None: for good).

    `reason` is what the person reads; `note` is for colleagues. `closed_at` is set once it no longer stands, however
    it ended, so that those in force are found by an index.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sanctions", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=4, choices=SanctionKind.choices)
    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sanctions",
        verbose_name=_("only in"),
    )
    reason = models.TextField(_("reason that the person sees"), max_length=500)
    note = models.TextField(_("note for colleagues"), blank=True, max_length=2000)
    case = models.ForeignKey(
        Case, on_delete=models.SET_NULL, null=True, blank=True, related_name="sanctions", verbose_name=_("report")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    starts_at = models.DateTimeField(_("since"), default=clock.now)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        indexes: ClassVar = [
            models.Index(fields=["closed_at", "ends_at"], name="sanctions_in_force"),
            models.Index(fields=["user", "closed_at"], name="sanctions_of"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def stands(self) -> bool:
        """Whether it holds now."""
        return self.lifted_at is None and (self.ends_at is None or self.ends_at > clock.now())


class Appeal(models.Model):
    """The person's objection to a sanction: one each, decided by someone else than who decided the sanction."""

    sanction = models.OneToOneField(
        Sanction, on_delete=models.CASCADE, related_name="appeal", verbose_name=_("sanction")
    )
    text = models.TextField(_("text"), max_length=2000)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    state = models.CharField(_("state"), max_length=8, choices=AppealState.choices, default=AppealState.OPEN)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewer"),
    )
    answer = models.TextField(_("answer"), blank=True, max_length=1000)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        indexes: ClassVar = [models.Index(fields=["state", "created_at"], name="appeal_queue")]

    def __str__(self) -> str:
        return f"#{self.pk}"
