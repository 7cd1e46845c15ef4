"""What AI costs and what it reads: budgets, prices, what was used, and which message went to which model.

Rows name users, agents and messages without constraints: they outlive what they are about, or are swept by their age.
"""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock
from core.fields import BinaryCharField


class Purpose(models.TextChoices):
    ANSWER = "answer", _("answer")
    SUMMARY = "summary", _("summary")
    BRIEF = "brief", _("brief")


class AiLimits(models.Model):
    """The switch for all of AI, and the budgets that hold whatever the agent: one row. Days are UTC's; 0: no limit."""

    ONLY: ClassVar = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    is_on = models.BooleanField(_("AI is on"), default=True, editable=False)
    daily_tokens = models.BigIntegerField(
        _("tokens a day, everyone together"),
        default=5_000_000,
        validators=[MinValueValidator(0)],
        help_text=_("Days begin at 00:00 UTC. 0: no limit."),
    )
    daily_tokens_per_user = models.BigIntegerField(
        _("tokens a day for each person"),
        default=200_000,
        validators=[MinValueValidator(0)],
        help_text=_("Answers of all agents, summaries and briefs together. 0: no limit."),
    )
    currency = models.CharField(_("currency of the prices"), max_length=3, default="USD")

    class Meta:
        verbose_name = _("AI budgets")
        verbose_name_plural = _("AI budgets")
        permissions: ClassVar = [("switch_ailimits", "Can switch AI off and on")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class ModelPrice(models.Model):
    """What a model costs, in the currency of AiLimits for a million tokens; one without a row costs nothing."""

    model = BinaryCharField(_("model"), max_length=200, unique=True)
    prompt_per_million = models.DecimalField(
        _("a million tokens of prompts"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)]
    )
    completion_per_million = models.DecimalField(
        _("a million tokens of answers"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("model price")
        verbose_name_plural = _("model prices")

    def __str__(self) -> str:
        return str(self.model)


class TokenAccount(models.Model):
    """What has been taken from one budget on one day (UTC): of a user, an agent, both, or (0 for either) all.

    `reserved` is what requests under way may still cost at most.
    """

    day = models.DateField()
    user_id = models.BigIntegerField(default=0)
    agent_id = models.BigIntegerField(default=0)
    used = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "user_id", "agent_id"], name="one_token_account")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.user_id}/{self.agent_id}"


class Reservation(models.Model):
    """What a request under way may cost at most. One whose process died is given back after `expires_at`."""

    day = models.DateField()
    user_id = models.BigIntegerField()
    agent_id = models.BigIntegerField(default=0)
    tokens = models.BigIntegerField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user_id", "agent_id", "id"], name="reservations_of")]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.agent_id} {self.tokens}"


class ModelUse(models.Model):
    """What one model was used for on one day (UTC). `cost_micros`: millionths of the currency, at that day's prices."""

    day = models.DateField(_("day"))
    model = BinaryCharField(_("model"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose.choices)
    agent_id = models.BigIntegerField(_("agent"), default=0)
    requests = models.BigIntegerField(_("requests"), default=0)
    prompt_tokens = models.BigIntegerField(_("tokens of prompts"), default=0)
    completion_tokens = models.BigIntegerField(_("tokens of answers"), default=0)
    cost_micros = models.BigIntegerField(_("cost"), default=0)

    class Meta:
        verbose_name = _("AI use")
        verbose_name_plural = _("AI use")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "model", "purpose", "agent_id"], name="one_model_use")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.model} {self.purpose}"


class LedgerEntry(models.Model):
    """A message went to a model: written before the request leaves, so that nothing leaves without a line here."""

    message_id = models.BigIntegerField(_("message"))
    conversation_id = models.BigIntegerField(_("conversation"))
    seq = models.BigIntegerField()
    sender_id = models.BigIntegerField(_("written by"))
    model = BinaryCharField(_("model"), max_length=200)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose.choices)
    agent_id = models.BigIntegerField(_("agent"), null=True, blank=True)
    asked_by_id = models.BigIntegerField(_("asked by"))
    asked_in_id = models.BigIntegerField(_("asked in"), null=True, blank=True)
    at = models.DateTimeField(_("time"), default=clock.now, db_index=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger")
        indexes: ClassVar = [
            models.Index(fields=["sender_id", "-id"], name="ledger_of_sender"),
            models.Index(fields=["message_id"], name="ledger_of_message"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.model}"
