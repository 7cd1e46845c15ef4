"""Messages by their words: from the engine, or, while it is away, from the newest messages in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from core.ids import MAX_SEQ, log_range
from messaging.models import Conversation, Message
from search.analysis.fields import digest
from search.analysis.lexicon import translate
from search.analysis.matching import analyse, holds_all
from search.analysis.queries import Query
from search.documents import MESSAGES, alias_of
from search.engine import EngineUnavailableError, find_hits
from search.selectors.access import Scope, find_present
from search.selectors.lexical import (
    CLOSE_TIER,
    KEYWORD_TIER,
    Clause,
    as_search,
    keyword_clause,
    resembling_clause,
    scope_filter,
    translated_clause,
)
from search.selectors.ranking import MAX_TOTAL, Ranked, Ranking
from search.selectors.translations import rank_by_translation

SPARE: Final = 40
"""Hits beyond MAX_TOTAL that are asked for, to fill up for those that the check takes out."""
MAX_TRANSLATED_HITS: Final = 150
"""Each of these is looked at word by word, which takes some 20 microseconds."""
FALLBACK_CONVERSATIONS: Final = 25
FALLBACK_MESSAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Resembling:
    """What the words of a query lead to, the first three each a part of the next: every term occurs; every term in a
    close form; most of them in some form. Beside them what its words are called in the other language (see
    search.selectors.translations for the scores)."""

    keyword: Ranking
    close: Ranking
    partly: Ranking
    translated: Ranking


def rank_by_keywords(scope: Scope, query: Query) -> Ranking:
    """Messages in which every term occurs now, by BM25; while the engine is away, the newest of those in the database.

    An edited message counts by its present text, whatever the index still holds.
    """
    if not query.terms or not scope.readable:
        return Ranking([])
    try:
        hits = _ask(scope, keyword_clause(query))
    except EngineUnavailableError:
        return _search_newest(scope, query)
    found = find_present(scope, [int(hit["_id"]) for hit in hits])
    return _checked(hits, {pk: one for pk, one in found.items() if holds_all(analyse(one.text), query)})


def rank_by_resemblance(scope: Scope, query: Query) -> Resembling:
    """Messages that hold most of the terms, or something like them. Raises EngineUnavailableError.

    A message that was edited since it was indexed counts only where its present text holds every term.
    """
    if not query.terms or not scope.readable:
        return Resembling(*[Ranking([])] * 4)
    hits = _ask(scope, resembling_clause(query))
    translated = translate(query)
    others = _ask(scope, translated_clause(translated), MAX_TRANSLATED_HITS) if translated.words else []
    current = _find_current(scope, query, [*hits, *others])
    return Resembling(
        keyword=_checked([hit for hit in hits if hit["_score"] >= KEYWORD_TIER], current),
        close=_checked([hit for hit in hits if hit["_score"] >= CLOSE_TIER], current),
        partly=_checked(hits, current),
        translated=rank_by_translation(translated, [hit.message for hit in _checked(others, current).hits]),
    )


def _find_current(scope: Scope, query: Query, hits: Sequence[dict[str, Any]]) -> dict[int, Message]:
    """The messages behind the hits that may be read, where they still say what was indexed or hold every term."""
    indexed = {int(hit["_id"]): hit["_source"]["digest"] for hit in hits}
    found = find_present(scope, list(indexed))
    return {
        pk: one for pk, one in found.items() if digest(one.text) == indexed[pk] or holds_all(analyse(one.text), query)
    }


def _ask(scope: Scope, clause: Clause, size: int = MAX_TOTAL + SPARE) -> list[dict[str, Any]]:
    routing = str(scope.conversation_id) if scope.conversation_id is not None else None
    return find_hits(alias_of(MESSAGES), as_search(clause, scope_filter(scope), size), routing=routing)


def _checked(hits: Sequence[dict[str, Any]], present: dict[int, Message]) -> Ranking:
    kept = [Ranked(present[int(hit["_id"])], hit["_score"]) for hit in hits if int(hit["_id"]) in present]
    return Ranking(kept, more=len(hits) >= MAX_TOTAL + SPARE)


def _search_newest(scope: Scope, query: Query) -> Ranking:
    """The newest of FALLBACK_MESSAGES messages in the conversations that changed last, newest first. Always degraded,
    and `more`, since older ones were not looked at."""
    places = Conversation.objects.filter(pk__in=list(scope.readable)).order_by("-changed_at")
    keys = list(places.values_list("pk", flat=True)[:FALLBACK_CONVERSATIONS])
    share = FALLBACK_MESSAGES // max(1, len(keys))
    parts = [_newest(key, scope.readable[key], share) for key in keys]
    candidates = list(parts[0].union(*parts[1:], all=True)) if parts else []
    matching = [pk for pk, text in candidates if holds_all(analyse(text), query)]
    found = sorted(find_present(scope, matching).values(), key=lambda one: one.created_at, reverse=True)
    return Ranking([Ranked(message, 0.0) for message in found], more=True, degraded=True)


def _newest(conversation_id: int, first_seq: int, limit: int) -> "QuerySet[Message, tuple[int, str]]":
    rows = Message.objects.filter(
        pk__range=log_range(conversation_id, first_seq, MAX_SEQ), recalled_at=None, hidden_at=None
    )
    return rows.order_by("-pk").values_list("pk", "text")[:limit]
