"""What people read of moderation: their own reports and what came of them, what stands against them."""

from typing import Any

from core.paging import Page, PageRequest, make_page
from moderation.models import Report, Sanction


def list_own_reports(user_id: int, page: PageRequest) -> Page[Report]:
    """The reports of a user with their cases, newest first. One query."""
    rows = Report.objects.filter(reporter_id=user_id).select_related("case")
    if (after := page.after_as(int)) is not None:
        rows = rows.filter(pk__lt=after[0])
    return make_page(list(rows.order_by("-pk")[: page.limit + 1]), page.limit, _by_id)


def list_own_sanctions(user_id: int, page: PageRequest) -> Page[Sanction]:
    """What stands against a user, with the appeals, newest first. One query."""
    rows = Sanction.objects.standing().filter(user_id=user_id, closed_at=None)
    rows = rows.select_related("appeal", "conversation")
    if (after := page.after_as(int)) is not None:
        rows = rows.filter(pk__lt=after[0])
    return make_page(list(rows.order_by("-pk")[: page.limit + 1]), page.limit, _by_id)


def _by_id(row: Any) -> tuple[int]:
    return (row.pk,)
