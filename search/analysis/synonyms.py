"""Words that people use for the same thing, in both languages: for the hybrid mode, never for keywords."""

from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

from search.analysis.queries import Term, parse_query
from search.analysis.tokens import Kind

_FILE: Final = Path(__file__).with_name("synonyms.txt")
MAX_SYNONYMS: Final = 12
LONGEST: Final = 6
"""Characters of the longest Chinese word that is looked for within a run."""


def find_synonyms(term: Term) -> list[Term]:
    """What else people say for a term as a whole, at most MAX_SYNONYMS."""
    return list(_dictionary().get(_key(term), ()))[:MAX_SYNONYMS]


def find_inner_synonyms(term: Term) -> list[Term]:
    """What else people say for the dictionary's words within a longer CJK run, at most MAX_SYNONYMS."""
    known, run = _dictionary(), term.text
    if term.kind is not Kind.CJK or run in known:
        return []
    found: dict[Term, None] = {}
    place = 0
    while place < len(run):
        ends = range(min(len(run), place + LONGEST), place + 1, -1)
        word = next((run[place:end] for end in ends if run[place:end] in known), "")
        found |= dict.fromkeys(known[word] if word else ())
        place += len(word) or 1
    return list(found)[:MAX_SYNONYMS]


def _key(term: Term) -> str:
    return term.text if term.kind is Kind.CJK else " ".join(term.stems)


@cache
def _dictionary() -> dict[str, tuple[Term, ...]]:
    """Each word (CJK as it is, others by their stems) with the others of its lines."""
    others: defaultdict[str, dict[Term, None]] = defaultdict(dict)
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        parsed = [parse_query(word.strip()).terms for word in line.split(",")]
        terms = [Term(one[0].kind, tuple(piece for part in one for piece in part.pieces)) for one in parsed]
        for term in terms:
            others[_key(term)] |= dict.fromkeys(other for other in terms if other != term)
    return {key: tuple(terms) for key, terms in others.items()}
