"""What the admin's first page says of the word filter."""

from typing import Final

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dashboard import DashboardCard, Shown
from moderation.services.filtering_counts import count_caught


def _read() -> tuple[int, int]:
    [today] = count_caught(1).values()
    return today.stored, today.refused


def _show(caught: tuple[int, int]) -> Shown:
    """All that was caught today, and how much of it was refused."""
    _stored, refused = caught
    note = _("refused: %(count)s") % {"count": localize(refused)} if refused else ""
    return Shown(str(localize(sum(caught))), note)


CAUGHT: Final = DashboardCard(
    title=gettext_lazy("Word filter today (UTC)"),
    icon="filter_alt",
    permission="moderation.view_filterrule",
    read=_read,
    show=_show,
    page="moderation_filterrule",
)
