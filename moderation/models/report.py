"""Reports: what people complain about, the case that gathers the complaints, and the evidence that it keeps."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import BinaryCharField


class Subject(models.TextChoices):
    MESSAGE = "message", _("message")
    USER = "user", _("person")
    CONVERSATION = "conversation", _("conversation")


class Reason(models.TextChoices):
    SPAM = "spam", _("spam")
    HARASSMENT = "harassment", _("harassment")
    HATE = "hate", _("hate")
    SEXUAL = "sexual", _("sexual content")
    VIOLENCE = "violence", _("violence or threats")
    SELF_HARM = "self_harm", _("self-harm")
    FRAUD = "fraud", _("fraud")
    IMPERSONATION = "impersonation", _("impersonation")
    CHILD_SAFETY = "child_safety", _("child safety")
    ILLEGAL = "illegal", _("illegal goods or acts")
    OTHER = "other", _("something else")
    FILTER = "filter", _("word filter")


class CaseState(models.TextChoices):
    OPEN = "open", _("open")
    CLAIMED = "claimed", _("claimed")
    RESOLVED = "resolved", _("resolved")


class Outcome(models.TextChoices):
    NO_VIOLATION = "no_violation", _("no violation found")
    CONTENT_REMOVED = "content_removed", _("content removed")
    WARNED = "warned", _("person warned")
    MUTED = "muted", _("person muted")
    BANNED = "banned", _("person banned")
    GROUP_ACTION = "group_action", _("group restricted or dissolved")
    DUPLICATE = "duplicate", _("dealt with elsewhere")


class OriginalEnd(models.TextChoices):
    EDITED = "edited", _("edited")
    RECALLED = "recalled", _("recalled")


class Case(models.Model):
    """What one or more reports are about, on its way through the queue.

    `open_key` names the subject while the case is not resolved and is NULL afterwards, so that a subject has at most
    one case that is open, on every database. `user` is the person concerned: the sender of a message, the person
    reported, the owner of a group.
    """

    subject = models.CharField(_("about"), max_length=12, choices=Subject.choices)
    open_key = BinaryCharField(max_length=64, unique=True, null=True, editable=False)
    message_id = models.BigIntegerField(_("message"), null=True, blank=True, db_index=True)
    conversation_id = models.BigIntegerField(_("conversation"), null=True, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="cases", verbose_name=_("person")
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    report_count = models.PositiveIntegerField(_("reports"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    opened_at = models.DateTimeField(_("opened"), default=clock.now)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("claimed by"),
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    answer = models.TextField(_("answer to the reporters"), blank=True, max_length=1000)
    note = models.TextField(_("note for colleagues"), blank=True, max_length=2000)

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes: ClassVar = [
            models.Index(fields=["state", "opened_at"], name="case_queue"),
            models.Index(fields=["resolved_at"], name="case_resolved"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class Report(models.Model):
    """One person's complaint (None: the word filter's). The same person reports a case once."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports", verbose_name=_("case"))
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("reporter"),
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices)
    comment = models.TextField(_("comment"), blank=True, max_length=1000)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("complaint")
        verbose_name_plural = _("complaints")
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "reporter"], name="one_report")]

    def __str__(self) -> str:
        return f"{self.case_id} <- {self.reporter_id}"


class Evidence(models.Model):
    """What a case keeps of what was written, as it was when the report came. Its `view` permission lets staff read it.

    `entries` are the surroundings by rising seq: `{seq, message_id, sender_id, sender, kind, text, file_id, created_at,
    edited_at, state}` with `state` "", "recalled" or "hidden" and, for an original that is still kept, its text;
    `versions` are the earlier texts of the message reported: `[{text, ended, at}]`.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="evidence")
    entries = models.JSONField(default=list)
    versions = models.JSONField(default=list)
    profile = models.JSONField(default=dict)
    taken_at = models.DateTimeField(default=clock.now)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return f"#{self.case_id}"


class KeptOriginal(models.Model):
    """What a message said before it was edited or recalled, for reports alone; erased after ORIGINALS_KEPT_DAYS."""

    message_id = models.BigIntegerField(db_index=True)
    sender_id = models.BigIntegerField()
    text = models.TextField(blank=True)
    file_id = models.BigIntegerField(null=True)
    ended = models.CharField(max_length=8, choices=OriginalEnd.choices)
    kept_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        verbose_name = _("kept original")
        verbose_name_plural = _("kept originals")

    def __str__(self) -> str:
        return f"{self.message_id} {self.ended}"
