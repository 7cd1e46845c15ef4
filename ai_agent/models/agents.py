"""AI agents: users that answer, and how they do it."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock

MIN_ANSWER_TOKENS = 64
MAX_ANSWER_TOKENS = 4_000


class Agent(models.Model):
    """A user of kind agent, which names it: its name and picture are the user's, and its id is the user's id.

    `model` is the language model's name at the API (empty: settings.AI_MODEL). `max_answer_tokens` bounds one answer.
    `daily_tokens_per_user` and `daily_tokens` bound what one person, and what everybody together, may have it read and
    write in a day (UTC); 0 means no limit of its own. Who changes a row calls `ai_agent.roster.note_change`.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="agent"
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    model = models.CharField(_("model"), max_length=200, blank=True)
    system_prompt = models.TextField(_("system prompt"), max_length=8_000, blank=True)
    greeting = models.TextField(_("greeting"), max_length=2_000, blank=True)
    uses_retrieval = models.BooleanField(_("may look things up"), default=True)
    max_answer_tokens = models.PositiveIntegerField(
        _("tokens of an answer, at most"),
        default=1_000,
        validators=[MinValueValidator(MIN_ANSWER_TOKENS), MaxValueValidator(MAX_ANSWER_TOKENS)],
    )
    daily_tokens_per_user = models.PositiveIntegerField(_("tokens a person and day"), default=100_000)
    daily_tokens = models.PositiveIntegerField(_("tokens a day"), default=0)
    enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(_("created"), default=clock.now)

    class Meta:
        verbose_name = _("AI agent")
        verbose_name_plural = _("AI agents")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return str(self.user)
