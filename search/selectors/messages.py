"""Search in messages: keyword, semantic, or both fused."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from core.errors import DomainError, ErrorCode
from core.ids import MAX_BIGINT
from core.paging import PageRequest, encode_cursor
from messaging.selectors.messages import view_messages
from messaging.wire import MessageView
from search.analysis.highlights import Highlight, highlight
from search.analysis.queries import Query, parse_query
from search.engine import EngineUnavailableError
from search.lag import is_behind
from search.selectors.access import Scope, access_readable, list_readable
from search.selectors.keywords import rank_by_keywords, rank_by_resemblance
from search.selectors.meaning import VectorsUnavailableError, rank_by_meaning
from search.selectors.ranking import Ranked, Ranking, fuse

KEYWORD_WEIGHT: Final = 1.0
CLOSE_WEIGHT: Final = 0.5
PARTLY_WEIGHT: Final = 0.001
"""Of the lists that count by their ranks: what words lead to for certain comes before meaning, and what they lead to in
part decides between equals."""
MEANING_WEIGHT: Final = 1.0
TRANSLATED_WEIGHT: Final = 0.15
"""Of those that count by their scores. All were chosen with `bench.relevance`, on half of its queries."""


class Mode(StrEnum):
    """How a query is understood: its words; what it means; both, and what resembles it."""

    KEYWORD = "keyword"
    SEMANTIC = "semantic"
    HYBRID = "hybrid"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSearch:
    """What to search for, and where: ids as on the wire, both times inclusive."""

    q: str
    mode: Mode = Mode.HYBRID
    conversation_id: str | None = None
    sender_id: str | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class MessageHit(msgspec.Struct, frozen=True):
    """A message in its present state, why it was found, and a score that only compares with others of this answer."""

    message: MessageView
    highlights: list[Highlight]
    score: float


class MessageHits(msgspec.Struct, frozen=True):
    """A page of hits, best first. `total` counts what the caller may read of them now, at most 200; `more`: there may
    be others beyond. `degraded`: a part of search was away, or is far behind the logs, and there may be
    better hits."""

    results: list[MessageHit]
    total: int
    more: bool
    degraded: bool
    next_cursor: str | None


def search_messages(user_id: int, search: MessageSearch, page: PageRequest) -> MessageHits:
    """What the user may read now and asks for.

    Raises CONVERSATION_NOT_FOUND for a conversation that they are not in, INVALID_REQUEST for a cursor of another list.
    """
    query = parse_query(search.q)
    position = _Position.of(page)
    scope = _scope(user_id, search)
    if position.until is not None:
        scope = replace(scope, until=min(scope.until, position.until) if scope.until else position.until)
    ranking = rank_messages(scope, query, search.mode).cut()
    first = position.find_start(ranking)
    shown = ranking.hits[first : first + page.limit]
    return MessageHits(
        results=_view(shown, query, user_id, loosely=search.mode is not Mode.KEYWORD),
        total=len(ranking.hits),
        more=ranking.more,
        degraded=ranking.degraded or is_behind(),
        next_cursor=position.encode_next(ranking, first + len(shown)),
    )


def _scope(user_id: int, search: MessageSearch) -> Scope:
    conversation_id: int | None = None
    if search.conversation_id is not None:
        conversation_id, readable = access_readable(user_id, search.conversation_id)
    else:
        readable = list_readable(user_id)
    return Scope(
        user_id=user_id,
        readable=readable,
        conversation_id=conversation_id,
        sender_id=None if search.sender_id is None else _as_id(search.sender_id),
        kind=search.kind,
        since=search.since,
        until=search.until,
    )


def _as_id(text: str) -> int:
    """The id behind a filter; what is none names nobody, and nobody has written anything."""
    is_id = text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= MAX_BIGINT
    return int(text) if is_id else 0


def rank_messages(scope: Scope, query: Query, mode: Mode) -> Ranking:
    """What may be read within the scope, best first, in the state of now; with what is away left out, and said so."""
    if mode is Mode.KEYWORD:
        return rank_by_keywords(scope, query)
    try:
        by_meaning = rank_by_meaning(scope, query)
    except VectorsUnavailableError:
        by_meaning = Ranking([], degraded=True)
    if mode is Mode.SEMANTIC:
        return replace(rank_by_keywords(scope, query), degraded=True) if by_meaning.degraded else by_meaning
    by_rank, by_score = _by_words(scope, query)
    return fuse(by_rank, [*by_score, (by_meaning, MEANING_WEIGHT)])


Weighted = list[tuple[Ranking, float]]


def _by_words(scope: Scope, query: Query) -> tuple[Weighted, Weighted]:
    """The lists of the hybrid mode that the words lead to, with their weights, those that count by rank and those that
    count by score; keywords alone without the engine."""
    try:
        found = rank_by_resemblance(scope, query)
    except EngineUnavailableError:
        return [(rank_by_keywords(scope, query), KEYWORD_WEIGHT)], []
    by_rank = [(found.keyword, KEYWORD_WEIGHT), (found.close, CLOSE_WEIGHT), (found.partly, PARTLY_WEIGHT)]
    return by_rank, [(found.translated, TRANSLATED_WEIGHT)]


def _view(hits: Sequence[Ranked], query: Query, user_id: int, *, loosely: bool) -> list[MessageHit]:
    views = view_messages([hit.message for hit in hits], user_id)
    return [
        MessageHit(view, highlight(hit.message.text, query, loosely=loosely), round(hit.score, 6))
        for view, hit in zip(views, hits, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Position:
    """How far the caller has read: the ranking is made anew for each page, of the messages that were there for the
    first one, and goes on after the last message shown."""

    until: datetime | None = None
    shown: int = 0
    last_id: int = 0

    @classmethod
    def of(cls, page: PageRequest) -> "_Position":
        after = page.after_as(int, int, int)
        if after is None:
            return cls()
        milliseconds, shown, last_id = after
        try:
            until = datetime.fromtimestamp(milliseconds / 1000, UTC)
        except (ValueError, OverflowError, OSError) as exc:
            raise DomainError(ErrorCode.INVALID_REQUEST, details={"fields": {"cursor": ["Unknown cursor."]}}) from exc
        return cls(until, max(0, shown), last_id)

    def find_start(self, ranking: Ranking) -> int:
        places = (place for place, hit in enumerate(ranking.hits, 1) if hit.message.pk == self.last_id)
        return next(places, self.shown)

    def encode_next(self, ranking: Ranking, shown: int) -> str | None:
        if shown >= len(ranking.hits):
            return None
        until = self.until or max(hit.message.created_at for hit in ranking.hits) + timedelta(milliseconds=1)
        milliseconds = int(until.timestamp() * 1000)
        return encode_cursor((milliseconds, shown, ranking.hits[shown - 1].message.pk))
