"""Flagged messages become reports, in nobody's name."""

from typing import Final

from django.utils.translation import gettext as _

from core import clock
from moderation.models import FilterAction, FilterHit, FilterRule
from moderation.services.reporting import report_flagged

BATCH: Final = 200


def report_hits() -> int:
    """Files a report for every flagged message that has none yet, oldest first, at most BATCH; how many.

    One that is interrupted is filed again, and joins the case that is open.
    """
    hits = list(FilterHit.objects.filter(action=FilterAction.FLAG, reported_at=None).order_by("pk")[:BATCH])
    rules = FilterRule.objects.in_bulk({hit.rule_id for hit in hits})
    for hit in hits:
        rule = rules.get(hit.rule_id)
        named = rule.pattern if rule is not None else f"#{hit.rule_id}"
        report_flagged(hit.message_id, comment=_("Flagged by the word filter: %(rule)s") % {"rule": named})
        FilterHit.objects.filter(pk=hit.pk).update(reported_at=clock.now())
    return len(hits)
