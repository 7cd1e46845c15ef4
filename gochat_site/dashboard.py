"""The admin's first page: what there is, what waits, and two weeks of growth, from indexes alone."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from accounts.models import Session, User, UserKind
from core import clock
from core.admin_base import MAX_COUNTED
from core.models import OutboxEntry
from core.redis import RedisError
from groups.models import JoinRequest
from messaging.models import Conversation, ConversationKind

DAYS = 14
CACHED_S = 30


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Adds `cards` and `charts` to the page's context, for staff who may see users; figures are up to 30 s old."""
    if request.user.has_perm("accounts.view_user"):
        figures = _cached("admin-dashboard", _collect)
        context |= {"cards": _cards(figures), "charts": _charts(figures)}
    return context


def _collect() -> dict[str, Any]:
    now = clock.now()
    oldest = OutboxEntry.objects.order_by("created_at").values_list("created_at", flat=True).first()
    groups = Conversation.objects.filter(kind=ConversationKind.GROUP, dissolved_at=None)
    return {
        "users": _count(User.objects.filter(is_active=True)),
        "guests": _count(User.objects.filter(kind=UserKind.GUEST, is_active=True)),
        "sessions": _count(Session.objects.filter(revoked_at=None, expires_at__gt=now)),
        "groups": _count(groups),
        "join_requests": _count(JoinRequest.objects.all()),
        "outbox": _count(OutboxEntry.objects.all()),
        "outbox_age_s": int((now - oldest).total_seconds()) if oldest is not None else 0,
        "new_users": _by_day(User.objects.all()),
        "new_conversations": _by_day(Conversation.objects.all()),
    }


def _count(rows: "QuerySet[Any]") -> int:
    """How many rows there are, counted up to MAX_COUNTED."""
    return rows.order_by()[:MAX_COUNTED].count()


def _by_day(rows: "QuerySet[Any]") -> list[int]:
    """How many were created on each of the last DAYS days (UTC), today last."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    recent = rows.filter(created_at__gte=first).annotate(day=TruncDate("created_at")).order_by()
    found = dict(recent.values("day").annotate(count=Count("pk")).values_list("day", "count"))
    return [found.get((first + timedelta(days=offset)).date(), 0) for offset in range(DAYS)]


def _cached(key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The value, kept for CACHED_S; made each time where the cache is not there."""
    try:
        found: dict[str, Any] | None = cache.get_or_set(key, make, CACHED_S)
    except RedisError:
        found = None
    return found if found is not None else make()


def _cards(figures: dict[str, Any]) -> list[dict[str, Any]]:
    late = figures["outbox_age_s"] > 10
    age = _("oldest: %(seconds)d s") % {"seconds": figures["outbox_age_s"]}
    return [
        _card(_("Active users"), figures["users"], "accounts_user", "person", query="is_active__exact=1"),
        _card(_("Guests"), figures["guests"], "accounts_user", "face", query="kind__exact=guest"),
        _card(_("Live sessions"), figures["sessions"], "accounts_session", "devices", query="live=yes"),
        _card(_("Groups"), figures["groups"], "groups_group", "groups"),
        _card(_("Join requests"), figures["join_requests"], "groups_joinrequest", "how_to_reg"),
        _card(_("Outbox"), figures["outbox"], "core_outboxentry", "outbox", note=age, late=late),
    ]


def _card(title: str, value: int, page: str, icon: str, **more: Any) -> dict[str, Any]:
    query = more.pop("query", "")
    shown = localize(value) + ("+" if value >= MAX_COUNTED else "")
    link = reverse(f"admin:{page}_changelist") + (f"?{query}" if query else "")
    return {"title": title, "value": shown, "link": link, "icon": icon, **more}


def _charts(figures: dict[str, Any]) -> list[dict[str, Any]]:
    today = clock.now().date()
    labels = [date_format(today - timedelta(days=back), "n/j") for back in range(DAYS - 1, -1, -1)]
    return [
        _chart(_("New accounts a day"), labels, figures["new_users"]),
        _chart(_("New conversations a day"), labels, figures["new_conversations"]),
    ]


def _chart(title: str, labels: list[str], values: list[int]) -> dict[str, Any]:
    looks = {"backgroundColor": "var(--color-primary-500)", "barThickness": 16, "borderRadius": 4, "displayYAxis": True}
    dataset = {"label": title, "data": values, **looks}
    return {
        "title": title,
        "total": localize(sum(values)),
        "data": json.dumps({"labels": labels, "datasets": [dataset]}),
    }
