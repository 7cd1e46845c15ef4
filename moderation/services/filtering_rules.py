"""Changes of the word filter's rules and of the anti-spam numbers: audited, and followed by every process."""

import secrets
from collections.abc import Collection

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from moderation.filter.folding import is_han, squeeze
from moderation.filter.live import FILTERING
from moderation.models import FilterRule, FilterVersion, SpamLimits
from moderation.services.audit import record


def check_pattern(pattern: str, *, by_sound: bool) -> None:
    """Raises INVALID_REQUEST for a pattern that would match nothing, or nearly everything."""
    letters = squeeze(pattern)
    if not letters:
        raise _invalid("pattern", _("A pattern needs letters, digits or emoji."))
    if len(letters) == 1 and letters.isascii():
        raise _invalid("pattern", _("A single letter or digit is in nearly every text."))
    if by_sound and not all(map(is_han, letters)):
        raise _invalid("by_sound", _("Only Chinese characters can be matched by their sound."))
    if by_sound and len(letters) < 2:
        raise _invalid("by_sound", _("A single character has too many others of its sound."))


@transaction.atomic
def save_rule(rule: FilterRule, *, actor: User, why: str, request: HttpRequest | None = None) -> FilterRule:
    """Saves a new or changed rule; within 5 s it holds everywhere. Raises INVALID_REQUEST."""
    check_pattern(rule.pattern, by_sound=rule.by_sound)
    action = "filter-rule-added" if rule._state.adding else "filter-rule-changed"
    rule.save()
    note_change()
    record(actor=actor, action=action, target=rule, why=why, request=request, details=_describe(rule))
    return rule


@transaction.atomic
def switch_rules(
    rule_ids: Collection[int], *, on: bool, actor: User, why: str, request: HttpRequest | None = None
) -> int:
    """Switches rules on or off; how many were not so already."""
    rules = list(FilterRule.objects.select_for_update().filter(pk__in=rule_ids).exclude(is_on=on).order_by("pk"))
    FilterRule.objects.filter(pk__in=[rule.pk for rule in rules]).update(is_on=on, changed_at=clock.now())
    note_change()
    action = "filter-rule-switched-on" if on else "filter-rule-switched-off"
    for rule in rules:
        record(actor=actor, action=action, target=rule, why=why, request=request)
    return len(rules)


@transaction.atomic
def delete_rule(rule: FilterRule, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Deletes a rule and its rehearsals; what it has caught stays counted under its number."""
    record(actor=actor, action="filter-rule-deleted", target=rule, why=why, request=request, details=_describe(rule))
    rule.delete()
    note_change()


@transaction.atomic
def save_limits(limits: SpamLimits, *, actor: User, why: str, request: HttpRequest | None = None) -> None:
    """Saves the anti-spam numbers."""
    limits.pk = SpamLimits.ONLY
    limits.save()
    note_change()
    numbers = {field.name: getattr(limits, field.name) for field in SpamLimits._meta.fields if field.name != "id"}
    record(actor=actor, action="spam-limits-changed", target=limits, why=why, request=request, details=numbers)


def note_change() -> None:
    """Lets every process read the rules and numbers again once this transaction has committed."""
    FilterVersion.objects.update_or_create(pk=FilterVersion.ONLY, defaults={"version": secrets.randbits(62)})
    FILTERING.note_change()


def _describe(rule: FilterRule) -> dict[str, object]:
    """What the rule says; it is the staff's text, nobody else's."""
    names = ("pattern", "action", "place", "by_sound", "exceptions", "is_on")
    return {name: getattr(rule, name) for name in names}


def _invalid(field: str, message: str) -> DomainError:
    return DomainError(ErrorCode.INVALID_REQUEST, message, {"fields": {field: [message]}})
