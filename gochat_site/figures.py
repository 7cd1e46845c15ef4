"""What the dashboard counts: from indexes, up to a bound, and from what the processes tell (core.pulse)."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from accounts.models import Session, User
from core import clock
from core.admin_base import MAX_COUNTED
from core.models import OutboxEntry
from core.pulse import read_counts, read_gauge
from files.models import File, FileStatus
from groups.models import JoinRequest
from messaging.models import Conversation, ConversationKind
from moderation.models import Case, CaseState, Sanction

DAYS: Final = 14
MINUTES: Final = 60
_RATE_MINUTES: Final = 5
_LAGS: Final = ("upstream", "fanout", "indexing", "embedding", "agent")


def collect() -> dict[str, Any]:
    """Every figure by its name; None for what nobody has told."""
    now = clock.now()
    by_minute = read_counts("messages", MINUTES)
    lags = {name: read_gauge(f"lag:{name}") for name in _LAGS}
    told = [lag for lag in lags.values() if lag is not None]
    return {
        "active": _count(Session.objects.filter(last_seen_at__gte=now - timedelta(hours=24)).values("user").distinct()),
        "by_minute": by_minute,
        "rate": None if by_minute is None else round(sum(by_minute[-_RATE_MINUTES:]) / _RATE_MINUTES),
        "sockets": read_gauge("sockets"),
        "lag": sum(told) if told else None,
        "lags": lags,
        "storage": File.objects.filter(status=FileStatus.READY).aggregate(bytes=Sum("size"))["bytes"] or 0,
        **_waiting(),
        **_present(now),
        "new_users": _by_day(User.objects.all(), "created_at"),
        "new_conversations": _by_day(Conversation.objects.all(), "created_at"),
        "new_cases": _by_day(Case.objects.all(), "opened_at"),
    }


def _waiting() -> dict[str, Any]:
    cases = Case.objects.filter(state__in=[CaseState.OPEN, CaseState.CLAIMED])
    return {
        "cases": _count(cases),
        "cases_oldest": cases.order_by("opened_at").values_list("opened_at", flat=True).first(),
        "join_requests": _count(JoinRequest.objects.all()),
        "outbox": _count(OutboxEntry.objects.all()),
        "outbox_oldest": OutboxEntry.objects.order_by("created_at").values_list("created_at", flat=True).first(),
    }


def _present(now: datetime) -> dict[str, Any]:
    in_force = Sanction.objects.filter(closed_at=None, lifted_at=None).filter(Q(ends_at=None) | Q(ends_at__gt=now))
    return {
        "sanctions": _count(in_force),
        "users": _count(User.objects.filter(is_active=True)),
        "sessions": _count(Session.objects.filter(revoked_at=None, expires_at__gt=now)),
        "groups": _count(Conversation.objects.filter(kind=ConversationKind.GROUP, dissolved_at=None)),
    }


def _count(rows: "QuerySet[Any]") -> int:
    """How many rows there are, counted up to MAX_COUNTED."""
    return rows.order_by()[:MAX_COUNTED].count()


def _by_day(rows: "QuerySet[Any]", field: str) -> list[int]:
    """How many there were on each of the last DAYS days (UTC), today last."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    recent = rows.filter(**{f"{field}__gte": first}).annotate(day=TruncDate(field)).order_by()
    found = dict(recent.values("day").annotate(count=Count("pk")).values_list("day", "count"))
    return [found.get((first + timedelta(days=offset)).date(), 0) for offset in range(DAYS)]
