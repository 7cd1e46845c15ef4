"""What the admin's first page says of search."""

from typing import Final

import msgspec
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dashboard import DashboardCard, Shown
from search.lag import TOLERATED_S, Lag, read_lag


def _read() -> dict[str, float]:
    found: dict[str, float] = msgspec.to_builtins(read_lag())
    return found


def _show(figures: dict[str, float]) -> Shown:
    """Entries that cannot be found yet, and how long the oldest has waited."""
    lag = msgspec.convert(figures, Lag)
    parts = []
    if lag.oldest_s >= 1:
        parts.append(_("oldest: %(seconds)s s") % {"seconds": localize(round(lag.oldest_s))})
    if lag.vectors:
        parts.append(_("without vectors: %(count)s") % {"count": localize(lag.vectors)})
    return Shown(str(localize(lag.documents)), ", ".join(parts), is_late=lag.oldest_s > TOLERATED_S)


LAG: Final = DashboardCard(
    title=gettext_lazy("Waiting for search"),
    icon="manage_search",
    permission="search.view_indexedconversation",
    read=_read,
    show=_show,
    page="search_indexedconversation",
)
