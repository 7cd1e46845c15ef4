"""History in its present state: messages, and membership events as `system` messages, merged by seq."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import merge
from typing import Any

import msgspec
from django.db.models import QuerySet

from core.errors import DomainError, ErrorCode
from core.ids import log_range
from messaging.models import LogEvent, Message
from messaging.selectors.access import Place, has_history_after, has_history_before
from messaging.selectors.messages import view_messages
from messaging.selectors.recent import find_recent_page, keep_recent_page
from messaging.selectors.system import view_system_events
from messaging.wire import HISTORY_EVENTS, MessageView

Entry = Message | LogEvent


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of history. It reflects the log at least up to `as_of_seq`: apply the events after that to it."""

    results: list[MessageView]
    has_before: bool
    has_after: bool
    as_of_seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryQuery:
    """Which part of history: the newest page, or the one before, after or around a seq (at most one of them)."""

    limit: int
    before_seq: int | None = None
    after_seq: int | None = None
    around_seq: int | None = None

    def __post_init__(self) -> None:
        given = [seq for seq in (self.before_seq, self.after_seq, self.around_seq) if seq is not None]
        if len(given) > 1:
            detail = {"fields": {"before_seq": ["Give at most one of before_seq, after_seq and around_seq."]}}
            raise DomainError(ErrorCode.INVALID_REQUEST, details=detail)


@dataclass(frozen=True, slots=True)
class _Slice:
    entries: list[Entry]
    more: bool


def history_page(place: Place, query: HistoryQuery) -> dict[str, Any]:
    """The contract's `{results, has_before, has_after, as_of_seq}`, results by rising seq.

    Nothing outside the caller's visible range, nothing above the `last_seq` that was read before the rows. The newest
    page usually comes from Redis; otherwise at most seven queries, and four where a message is a reply.
    """
    newest = query.before_seq is query.after_seq is query.around_seq is None
    if newest and (page := find_recent_page(place, query.limit)) is not None:
        results, has_before = page
        return _as_page(place, results, has_before=has_before, has_after=False)
    if query.around_seq is not None:
        return _around(place, query.around_seq, query.limit)
    if query.after_seq is not None:
        found = _rising(place, query.after_seq + 1, query.limit)
        has_before = has_history_before(place, min(query.after_seq, place.conversation.last_seq) + 1)
        return _as_page(place, _view(place, found.entries), has_before=has_before, has_after=found.more)
    upper = place.conversation.last_seq if query.before_seq is None else query.before_seq - 1
    found = _falling(place, upper, query.limit)
    results = _view(place, found.entries)
    if newest:
        keep_recent_page(place, query.limit, results, has_before=found.more)
    has_after = not newest and has_history_after(place, max(upper, place.member.visible_from - 1))
    return _as_page(place, results, has_before=found.more, has_after=has_after)


def _around(place: Place, seq: int, limit: int) -> dict[str, Any]:
    """Up to half a page below `seq`, the rest from `seq` on; near an end, the other side fills the page."""
    older = _falling(place, seq - 1, limit)
    newer = _rising(place, seq, limit)
    below = max(limit // 2, limit - len(newer.entries))
    kept = older.entries[-below:] if below else []
    above = newer.entries[: limit - len(kept)]
    return _as_page(
        place,
        _view(place, kept + above),
        has_before=older.more or len(kept) < len(older.entries),
        has_after=newer.more or len(above) < len(newer.entries),
    )


def _rising(place: Place, first_seq: int, limit: int) -> _Slice:
    """The first `limit` entries at or above a seq."""
    first = max(first_seq, place.member.visible_from)
    messages: list[Entry] = list(_messages(place, first, place.conversation.last_seq).order_by("pk")[: limit + 1])
    # The furthest message bounds the search for events, which may be rare among the other entries of a long log.
    last = messages[-1].seq if len(messages) > limit else place.conversation.last_seq
    events: list[Entry] = list(_events(place, first, last).order_by("pk")[: limit + 1])
    entries = list(merge(messages, events, key=_seq))
    return _Slice(entries[:limit], len(entries) > limit)


def _falling(place: Place, last_seq: int, limit: int) -> _Slice:
    """The last `limit` entries at or below a seq, by rising seq."""
    last = min(last_seq, place.conversation.last_seq)
    messages: list[Entry] = list(_messages(place, place.member.visible_from, last).order_by("-pk")[: limit + 1])
    first = messages[-1].seq if len(messages) > limit else place.member.visible_from
    events: list[Entry] = list(_events(place, first, last).order_by("-pk")[: limit + 1])
    entries = list(merge(messages, events, key=_seq, reverse=True))
    return _Slice(entries[:limit][::-1], len(entries) > limit)


def _seq(entry: Entry) -> int:
    return entry.seq


def _messages(place: Place, first: int, last: int) -> "QuerySet[Message]":
    return Message.objects.filter(pk__range=log_range(place.conversation.pk, first, last))


def _events(place: Place, first: int, last: int) -> "QuerySet[LogEvent]":
    rows = LogEvent.objects.filter(pk__range=log_range(place.conversation.pk, first, last))
    return rows.filter(event__in=HISTORY_EVENTS)


def _view(place: Place, entries: Sequence[Entry]) -> list[MessageView]:
    messages = [entry for entry in entries if isinstance(entry, Message)]
    events = [entry for entry in entries if isinstance(entry, LogEvent)]
    views = view_messages(messages, place.member.user_id)
    return sorted([*views, *view_system_events(events)], key=lambda view: view.seq)


def _as_page(place: Place, results: list[MessageView], *, has_before: bool, has_after: bool) -> dict[str, Any]:
    page = HistoryPage(
        results=results, has_before=has_before, has_after=has_after, as_of_seq=place.conversation.last_seq
    )
    return dict(msgspec.to_builtins(page))
