"""What the engine is asked: access and filters, every term for keywords, resemblance for the hybrid mode."""

from collections.abc import Sequence
from typing import Any, Final

from core.clock import to_wire
from core.ids import MAX_SEQ, log_id
from search.analysis.lexicon import Translated
from search.analysis.pinyin import read_run, syllable_readings
from search.analysis.queries import Query, Term
from search.analysis.synonyms import find_inner_synonyms, find_synonyms
from search.analysis.tokens import Kind, bigrams, han_runs
from search.selectors.access import Scope

Clause = dict[str, Any]
KEYWORD_TIER: Final = 2_000.0
CLOSE_TIER: Final = 1_000.0
"""Added to the score of a hit in which every term occurs, and of one that holds every term in some close form. What
BM25 gives lies far below, so the tier can be read from the score."""
EXACT: Final = 6.0
SYNONYM: Final = 2.5
SPOKEN: Final = 2.5
PARTLY: Final = 1.0
TYPO: Final = 1.0
PREFIX: Final = 0.8
INITIALS: Final = 0.8


def scope_filter(scope: Scope) -> list[Clause]:
    """Only what the caller may read, narrowed to what they ask for."""
    whole, late = scope.split_late()
    places: list[Clause] = [{"terms": {"conversation_id": [str(key) for key in whole]}}]
    places += [{"range": {"log_id": {"gte": log_id(key, first), "lte": log_id(key, MAX_SEQ)}}} for key, first in late]
    filters: list[Clause] = [{"bool": {"should": places, "minimum_should_match": 1}}]
    if scope.sender_id is not None:
        filters.append({"term": {"sender_id": str(scope.sender_id)}})
    if scope.kind is not None:
        filters.append({"term": {"kind": scope.kind}})
    span = {"gte": scope.since, "lte": scope.until}
    given = {name: to_wire(moment) for name, moment in span.items() if moment is not None}
    if given:
        filters.append({"range": {"created_at": given}})
    return filters


def keyword_clause(query: Query) -> Clause:
    """Every term must occur."""
    return {"bool": {"must": [exactly(term) for term in query.terms]}}


def resembling_clause(query: Query) -> Clause:
    """Most of the terms in some form: the more of them and the closer, the better; in tiers (see CLOSE_TIER)."""
    by_term: Clause = {"bool": {"should": [_some_form(term) for term in query.terms], "minimum_should_match": "2<60%"}}
    close: Clause = {"bool": {"must": [_any_of(_close_forms(term)) for term in query.terms]}}
    if query.letters:
        spoken = _by_letters(query.letters)
        by_term, close = _any_of([by_term, *spoken]), _any_of([close, *spoken])
    tiers = [_constant(keyword_clause(query), KEYWORD_TIER), _constant(close, CLOSE_TIER)]
    return {"bool": {"must": [by_term], "should": tiers}}


def translated_clause(translated: Translated) -> Clause:
    """Any of the words in the other language: the more of them and the rarer, the better."""
    words = [_any_of([_together(term) for term in one.terms]) for one in translated.words]
    return {"bool": {"should": words, "minimum_should_match": 1}}


def exactly(term: Term, boost: float = 1.0) -> Clause:
    """The term as it is: a word by its stem, a run of characters as a part of a run."""
    if term.kind is Kind.CJK:
        if len(term.text) == 1:
            return _one("singles", term.text, boost)
        return _phrase("grams", bigrams(term.text), boost)
    return _phrase("words", term.stems, boost)


def _together(term: Term) -> Clause:
    """A run of characters as it is; of words all, in any order."""
    if term.kind is Kind.CJK or len(term.stems) == 1:
        return exactly(term)
    return {"bool": {"must": [_one("words", word, 1.0) for word in dict.fromkeys(term.stems)]}}


def _some_form(term: Term) -> Clause:
    return _any_of([*_close_forms(term), *_distant_forms(term)])


def _close_forms(term: Term) -> list[Clause]:
    """The term itself, another word for it, what sounds the same, the beginning of a word, a word with a typo."""
    ways = [exactly(term, EXACT), *(exactly(synonym, SYNONYM) for synonym in find_synonyms(term))]
    if term.kind is Kind.CJK:
        if len(term.text) > 1 and han_runs(term.text) == [term.text]:
            ways.append(_phrase("pinyin", read_run(term.text), SPOKEN))
        return ways
    [*others, word] = term.pieces
    if not others and len(word) >= 3:
        ways.append({"prefix": {"plain": {"value": word, "boost": PREFIX}}})
    if not others and len(word) >= 4 and word.isalpha():
        ways.append(_match("plain", word, TYPO, fuzziness="AUTO:4,6", prefix_length=1))
    return ways


def _distant_forms(term: Term) -> list[Clause]:
    """Enough of its parts, and other words for some of them."""
    ways: list[Clause] = [exactly(synonym, PARTLY) for synonym in find_inner_synonyms(term)]
    if term.kind is not Kind.CJK:
        if len(term.pieces) > 1:
            ways.append(_match("words", " ".join(term.stems), PARTLY, minimum_should_match="2<70%"))
    elif len(term.text) > 2:
        ways.append(_match("grams", " ".join(bigrams(term.text)), PARTLY, minimum_should_match="3<30%"))
    return ways


def _by_letters(letters: str) -> list[Clause]:
    """What Latin letters stand for as pinyin, in full or by its initials."""
    readings = syllable_readings(letters)
    ways = [_phrase("pinyin", reading, SPOKEN) for reading in readings if len(reading) > 1 or len(letters) > 1]
    if 2 <= len(letters) <= 12:
        ways.append(_phrase("initials", bigrams(letters), INITIALS))
    return ways


def _any_of(ways: list[Clause]) -> Clause:
    return ways[0] if len(ways) == 1 else {"dis_max": {"queries": ways, "tie_breaker": 0.2}}


def _constant(clause: Clause, boost: float) -> Clause:
    return {"constant_score": {"filter": clause, "boost": boost}}


def _phrase(field: str, tokens: Sequence[str], boost: float) -> Clause:
    if len(tokens) == 1:
        return _one(field, tokens[0], boost)
    return {"match_phrase": {field: {"query": " ".join(tokens), "boost": boost}}}


def _one(field: str, token: str, boost: float) -> Clause:
    return {"term": {field: {"value": token, "boost": boost}}}


def _match(field: str, text: str, boost: float, **options: Any) -> Clause:
    return {"match": {field: {"query": text, "boost": boost, **options}}}


def as_search(query: Clause, filters: Sequence[Clause], size: int) -> Clause:
    """The body of a request: the best `size` hits, of equals the newest first."""
    return {
        "query": {"bool": {"must": [query], "filter": list(filters)}},
        "size": size,
        "sort": [{"_score": "desc"}, {"created_at": "desc"}],
        "_source": ["digest"],
        "track_total_hits": False,
    }
