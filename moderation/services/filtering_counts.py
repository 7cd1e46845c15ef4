"""What the word filter has caught, in figures: hits are rows of their own, refusals are counted by rule and day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Sum
from django.db.models.functions import TruncDate

from core import clock
from core.tally import Tally
from moderation.models import FilterHit, FilterRefusals

_BATCH: Final = 1_000


class Caught(NamedTuple):
    """Figures of one day (UTC): texts that were stored but masked or flagged, and texts that were refused."""

    stored: int = 0
    refused: int = 0


def _write(counts: Mapping[tuple[int, date], int]) -> None:
    """In the order of the keys, so that two processes never wait for each other."""
    with transaction.atomic():
        for (rule_id, day), count in sorted(counts.items()):
            FilterRefusals.objects.get_or_create(rule_id=rule_id, day=day)
            FilterRefusals.objects.filter(rule_id=rule_id, day=day).update(count=F("count") + count)


REFUSALS: Final[Tally[tuple[int, date]]] = Tally("filter refusals", _write)


def note_refusals(rule_ids: Collection[int]) -> None:
    """One more refusal by each of these rules; it shows some seconds later. No query: it suits an event loop."""
    today = clock.now().date()
    REFUSALS.add((rule_id, today) for rule_id in rule_ids)


def count_caught(days: int, *, rule_id: int | None = None) -> dict[date, Caught]:
    """What one rule (None: all of them) has caught on each of the last `days` days, the oldest first. Two queries."""
    first = _midnight() - timedelta(days=days - 1)
    of_rule: dict[str, Any] = {} if rule_id is None else {"rule_id": rule_id}
    hits = FilterHit.objects.filter(at__gte=first, **of_rule).annotate(day=TruncDate("at")).order_by()
    stored = dict(hits.values("day").annotate(hits=Count("pk")).values_list("day", "hits"))
    counted = FilterRefusals.objects.filter(day__gte=first.date(), **of_rule).order_by()
    refused = dict(counted.values("day").annotate(total=Sum("count")).values_list("day", "total"))
    dates = [(first + timedelta(days=offset)).date() for offset in range(days)]
    return {day: Caught(stored.get(day, 0), refused.get(day, 0)) for day in dates}


def forget_caught() -> int:
    """Erases hits and counts that are older than FILTER_HITS_KEPT_DAYS; how many hits."""
    since = _midnight() - timedelta(days=settings.FILTER_HITS_KEPT_DAYS)
    FilterRefusals.objects.filter(day__lt=since.date()).delete()
    total = 0
    while keys := list(FilterHit.objects.filter(at__lt=since).order_by("at").values_list("pk", flat=True)[:_BATCH]):
        total += FilterHit.objects.filter(pk__in=keys).delete()[0]
    return total


def _midnight() -> datetime:
    return clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
