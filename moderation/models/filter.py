"""The word filter's rules, what they caught, their rehearsals, and the numbers of the anti-spam rules."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MAX_PATTERN = 100


class FilterAction(models.TextChoices):
    """From the mildest to the strictest."""

    FLAG = "flag", _("flag")
    MASK = "mask", _("mask")
    REJECT = "reject", _("reject")


class FilterPlace(models.TextChoices):
    EVERYWHERE = "everywhere", _("everywhere")
    MESSAGES = "messages", _("messages")
    NAMES = "names", _("names and titles")


class FilterRule(models.Model):
    """One word or phrase, and what happens to a text that has it.

    The pattern is found in any width, case and script, with separators and invisible characters within it; with
    `by_sound` also written with other characters, or letters, of the same sound. `exceptions`, one a line, are longer
    texts in which it means something else.
    """

    pattern = models.CharField(_("word or phrase"), max_length=MAX_PATTERN)
    action = models.CharField(_("what happens"), max_length=6, choices=FilterAction.choices, default=FilterAction.FLAG)
    place = models.CharField(_("where"), max_length=10, choices=FilterPlace.choices, default=FilterPlace.EVERYWHERE)
    by_sound = models.BooleanField(
        _("by sound"), default=False, help_text=_("Also other characters, or pinyin, of the same sound.")
    )
    exceptions = models.TextField(
        _("exceptions"), blank=True, help_text=_("One a line: longer texts in which the word is harmless.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    is_on = models.BooleanField(_("on"), default=False, db_index=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("filter rule")
        verbose_name_plural = _("filter rules")
        permissions: ClassVar = [("rehearse_filterrule", "Can rehearse filter rules on past messages")]

    def __str__(self) -> str:
        return self.pattern


class FilterVersion(models.Model):
    """One row, another random number after every change of the rules or of the anti-spam numbers, in its transaction:
    one that was never seen, even where a database has been brought back from a backup."""

    ONLY: ClassVar = 1

    id = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.version)


class FilterHit(models.Model):
    """A stored message that a rule masked or flagged. Rows name, without constraints, what may be gone by now."""

    message_id = models.BigIntegerField(_("message"))
    rule_id = models.BigIntegerField(_("rule"))
    action = models.CharField(_("what happened"), max_length=6, choices=FilterAction.choices)
    at = models.DateTimeField(_("time"), default=clock.now)
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)

    class Meta:
        verbose_name = _("filter hit")
        verbose_name_plural = _("filter hits")
        constraints: ClassVar = [models.UniqueConstraint(fields=["message_id", "rule_id"], name="one_filter_hit")]
        indexes: ClassVar = [
            models.Index(fields=["rule_id", "at"], name="hits_of_rule"),
            models.Index(fields=["action", "reported_at", "id"], name="hits_to_report"),
            models.Index(fields=["at"], name="hits_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.message_id}"


class FilterRefusals(models.Model):
    """How many messages, edits and names a rule has refused on a day (UTC): of them nothing else is kept."""

    rule_id = models.BigIntegerField(_("rule"))
    day = models.DateField(_("day"))
    count = models.PositiveBigIntegerField(_("refused"), default=0)

    class Meta:
        verbose_name = _("refusals of a rule")
        verbose_name_plural = _("refusals of rules")
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule_id", "day"], name="one_count_a_rule_and_day")]
        indexes: ClassVar = [models.Index(fields=["day"], name="refusals_by_day")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.day}: {self.count}"


class RehearsalState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")


class FilterRehearsal(models.Model):
    """What a rule would have caught in the last days, as far as it has been looked at.

    The rule's text is copied, so that the figures say what they are about. `by_day` counts hits by date (UTC, ISO
    8601); `samples` are ids of messages, whose text is read when it is looked at. `cursor` is the last conversation
    that is done.
    """

    rule = models.ForeignKey(FilterRule, on_delete=models.CASCADE, related_name="rehearsals", verbose_name=_("rule"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    pattern = models.CharField(_("word or phrase"), max_length=MAX_PATTERN)
    by_sound = models.BooleanField(_("by sound"), default=False)
    exceptions = models.TextField(_("exceptions"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=RehearsalState.choices, default=RehearsalState.WAITING)
    since = models.DateTimeField(_("since"))
    created_at = models.DateTimeField(_("created"), default=clock.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    cursor = models.BigIntegerField(null=True, blank=True)
    conversations = models.PositiveIntegerField(_("conversations"), default=0)
    conversations_done = models.PositiveIntegerField(_("conversations looked at"), default=0)
    scanned = models.PositiveIntegerField(_("messages looked at"), default=0)
    hits = models.PositiveIntegerField(_("hits"), default=0)
    by_day = models.JSONField(default=dict)
    samples = models.JSONField(default=list)
    is_partial = models.BooleanField(_("stopped at its bound"), default=False)

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        indexes: ClassVar = [models.Index(fields=["rule", "-id"], name="rehearsals_of_rule")]

    def __str__(self) -> str:
        return f"{self.pattern} {self.pk}"


def _number(label: "StrOrPromise", default: int, most: int, help_text: "StrOrPromise" = "") -> Any:
    """A field for a number from 1 to `most`."""
    return models.PositiveIntegerField(
        label, default=default, validators=[MinValueValidator(1), MaxValueValidator(most)], help_text=help_text
    )


class SpamLimits(models.Model):
    """The numbers of the anti-spam rules: one row."""

    ONLY: ClassVar = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    repeats = _number(_("same text"), 20, 1000, _("How often a person may send one text within the window."))
    repeat_window_s = _number(_("window for the same text (s)"), 60, 3600)
    links = _number(_("links in a message"), 10, 1000)
    new_account_hours = _number(_("a new account is new for (h)"), 24, 720)
    new_account_per_minute = _number(_("messages a minute of a new account"), 120, 6000)
    new_account_links_per_hour = _number(_("links an hour of a new account"), 20, 1000)
    everyone_per_hour = _number(_("@all an hour by one person in one conversation"), 10, 1000)

    class Meta:
        verbose_name = _("anti-spam limits")
        verbose_name_plural = _("anti-spam limits")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
