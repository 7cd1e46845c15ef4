"""The admin's first page: what there is, what waits, and how it has gone; each figure for who may see behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.module_loading import import_string
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core import clock
from core.admin_base import MAX_COUNTED
from core.charts import bar_chart
from core.dashboard import DashboardCard, Shown
from core.logs import get_logger
from core.redis import RedisError
from gochat_site.figures import DAYS, MINUTES, collect

CACHED_S: Final = 30
_LATE: Final = {"cases_age_s": 24 * 3600, "outbox_age_s": 10}
_LAG_LATE: Final = 10_000
_UNKNOWN: Final = "–"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Card:
    """A figure; `key` names it among the collected ones."""

    title: str
    key: str
    icon: str
    permission: str
    page: str = ""
    query: str = ""


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `cards` and `charts` to the page's context, as far as the staff may see what they count; figures are up to
    CACHED_S old."""
    figures = _cached("admin-dashboard", collect)
    may = request.user.has_perm
    cards = [_show(card, figures) for card in _cards() if may(card.permission)]
    offered: dict[str, DashboardCard] = {path: import_string(path) for path in settings.DASHBOARD_CARDS}
    cards += [_show_offered(path, card) for path, card in offered.items() if may(card.permission)]
    charts = [make(figures) for permission, make in _CHARTS if may(permission)]
    return context | {"cards": cards, "charts": charts}


def _cards() -> Sequence[Card]:
    return (
        Card(_("Active in 24 hours"), "active", "person", "accounts.view_user", "accounts_user", "is_active__exact=1"),
        Card(_("Messages a minute"), "rate", "chat_bubble", "accounts.view_user"),
        Card(_("Sockets"), "sockets", "cable", "accounts.view_session"),
        Card(_("Waiting in Kafka"), "lag", "hourglass", "accounts.view_session"),
        Card(_("Reports waiting"), "cases", "flag", "moderation.view_case", "moderation_case"),
        Card(_("Sanctions in force"), "sanctions", "gavel", "moderation.view_sanction", "moderation_sanction"),
        Card(_("Accounts"), "users", "group", "accounts.view_user", "accounts_user"),
        Card(_("Live sessions"), "sessions", "devices", "accounts.view_session", "accounts_session", "live=yes"),
        Card(_("Groups"), "groups", "groups", "groups.view_group", "groups_group"),
        Card(_("Join requests"), "join_requests", "how_to_reg", "groups.view_joinrequest", "groups_joinrequest"),
        Card(_("Files stored"), "storage", "hard_drive", "accounts.view_user"),
        Card(_("Outbox"), "outbox", "outbox", "core.view_outboxentry", "core_outboxentry"),
    )


def _show(card: Card, figures: dict[str, Any]) -> dict[str, Any]:
    note, late = _note(card.key, figures)
    return _fill_in(card, Shown(_text(card.key, figures.get(card.key)), note, late))


def _show_offered(path: str, card: DashboardCard) -> dict[str, Any]:
    """A card of settings.DASHBOARD_CARDS; what goes wrong behind it leaves the rest of the page alone."""
    try:
        shown = card.show(_cached(f"admin-dashboard:{path}", card.read))
    except Exception:
        log.exception("a card of the dashboard could not be read", card=path)
        shown = Shown(_UNKNOWN)
    return _fill_in(card, shown)


def _fill_in(card: Card | DashboardCard, shown: Shown) -> dict[str, Any]:
    """What the template needs."""
    link = reverse(f"admin:{card.page}_changelist") if card.page else ""
    return {
        "title": card.title,
        "value": shown.value,
        "icon": card.icon,
        "link": f"{link}?{card.query}" if card.query else link,
        "note": shown.note,
        "late": shown.is_late,
    }


def _text(key: str, value: Any) -> str:
    if value is None:
        return _UNKNOWN
    if key == "storage":
        return str(filesizeformat(value))
    return str(localize(value)) + ("+" if key not in {"lag", "sockets", "rate"} and value >= MAX_COUNTED else "")


def _note(key: str, figures: dict[str, Any]) -> tuple[str, bool]:
    """What stands below a figure, and whether it is bad news."""
    if key in {"cases", "outbox"} and figures[f"{key}_oldest"] is not None:
        oldest: datetime = figures[f"{key}_oldest"]
        late = (clock.now() - oldest).total_seconds() > _LATE[f"{key}_age_s"]
        return _("oldest: %(age)s") % {"age": timesince(oldest, clock.now(), depth=1)}, late
    if key == "lag" and figures["lag"] is not None:
        parts = ", ".join(f"{name} {localize(lag)}" for name, lag in figures["lags"].items() if lag)
        return parts, figures["lag"] > _LAG_LATE
    return "", False


def _by_minute(figures: dict[str, Any]) -> dict[str, Any]:
    this = clock.now().replace(second=0, microsecond=0)
    labels = [f"{this - timedelta(minutes=back):%H:%M}" for back in range(MINUTES, 0, -1)]
    values = figures["by_minute"] or [0] * MINUTES
    title = _("Messages in the last hour (UTC)")
    return {"title": title, "total": localize(sum(values)), "svg": bar_chart(title, labels, values)}


def _daily(key: str, title: Callable[[], str]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def make(figures: dict[str, Any]) -> dict[str, Any]:
        today = clock.now().date()
        labels = [date_format(today - timedelta(days=back), "n/j") for back in range(DAYS - 1, -1, -1)]
        values = figures[key]
        return {"title": title(), "total": localize(sum(values)), "svg": bar_chart(title(), labels, values)}

    return make


_CHARTS: Final[tuple[tuple[str, Callable[[dict[str, Any]], dict[str, Any]]], ...]] = (
    ("accounts.view_user", _by_minute),
    ("moderation.view_case", _daily("new_cases", lambda: _("Reports in two weeks (UTC)"))),
    ("accounts.view_user", _daily("new_users", lambda: _("New accounts in two weeks (UTC)"))),
    ("messaging.view_conversation", _daily("new_conversations", lambda: _("New conversations in two weeks (UTC)"))),
)


def _cached(key: str, make: Callable[[], Any]) -> Any:
    """The value, kept for CACHED_S; made each time where the cache is not there."""
    try:
        found = cache.get_or_set(key, make, CACHED_S)
    except RedisError:
        found = None
    return found if found is not None else make()
