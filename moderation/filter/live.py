"""The rules and numbers of now, in the memory of every process (core.watched): a change reaches all within 5 s."""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from accounts.models import User
from core import clock
from core.watched import Watched
from moderation.filter.rules import Rule, RuleSet
from moderation.models import FilterRule, FilterVersion, SpamLimits

MAX_AGE_S: Final = 4.0
_NEWCOMERS_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Filtering:
    """What a text is checked against. Accounts with an id from `newcomers_from` on are new; None: nobody is."""

    rules: RuleSet
    limits: SpamLimits
    newcomers_from: int | None
    read_at: float


class _Last:
    value: Filtering | None = None


def _load() -> Filtering:
    """The present state: one query by key while nothing has changed, one more a minute for who is new."""
    version = FilterVersion.objects.filter(pk=FilterVersion.ONLY).values_list("version", flat=True).first() or 0
    last = _Last.value
    is_recent = last is not None and time.monotonic() - last.read_at < _NEWCOMERS_S
    if last is not None and is_recent and last.rules.version == version:
        return last
    if last is not None and last.rules.version == version:
        rules, limits = last.rules, last.limits
    else:
        rules = RuleSet(map(as_rule, FilterRule.objects.filter(is_on=True).order_by("pk")), version)
        limits = get_limits()
    _Last.value = Filtering(rules, limits, _first_newcomer(limits), time.monotonic())
    return _Last.value


def get_limits() -> SpamLimits:
    """The anti-spam numbers: those that the staff has set, or the defaults."""
    return SpamLimits.objects.filter(pk=SpamLimits.ONLY).first() or SpamLimits()


def as_rule(row: FilterRule) -> Rule:
    """A row as the matching needs it."""
    exceptions = tuple(filter(None, map(str.strip, row.exceptions.splitlines())))
    return Rule(row.pk or 0, row.pattern, row.action, row.place, row.by_sound, exceptions)


def _first_newcomer(limits: SpamLimits) -> int | None:
    since = clock.now() - timedelta(hours=limits.new_account_hours)
    newcomers = User.objects.filter(created_at__gte=since).order_by("created_at")
    return newcomers.values_list("pk", flat=True).first()


FILTERING: Final = Watched("filter", _load, max_age_s=MAX_AGE_S)


def get_filtering() -> Filtering | None:
    """The present state. On an event loop, which cannot wait, None until it has been read for the first time: what a
    gateway lets by then, the worker still checks. Elsewhere raises UNAVAILABLE where it cannot be read."""
    filtering = FILTERING.peek()
    if filtering is not None:
        return filtering
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return FILTERING.get()
    return None
