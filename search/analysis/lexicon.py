"""What words of a query may be called in the other language, from CC-CEDICT: for the hybrid mode.

The small multilingual model knows what a sentence means, but is weak on two bare words; a dictionary is the opposite.
The data (lexicon.tsv.gz) is derived from CC-CEDICT, https://cc-cedict.org, under CC BY-SA 4.0; devstack/lexicon.py
makes it.
"""

import gzip
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from search.analysis.queries import Query, Term
from search.analysis.tokens import Kind, han_runs

_FILE: Final = Path(__file__).with_name("lexicon.tsv.gz")
LONGEST: Final = 4
"""Characters of the longest Chinese word; English glosses have up to three words."""
_PLAIN: Final = frozenset(
    {
        "a", "about", "all", "an", "and", "ani", "are", "as", "at", "be", "been", "by", "can", "could", "did",
        "do", "doe", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "is",
        "it", "its", "me", "my", "no", "not", "of", "off", "on", "or", "our", "out", "she", "so", "some",
        "that", "the", "their", "them", "there", "they", "this", "to", "up", "us", "was", "we", "were", "what",
        "when", "where", "which", "who", "will", "with", "would", "you", "your",
    }
)  # fmt: skip
"""English stems that say nothing by themselves."""


def translate(query: Query) -> list[list[Term]]:
    """For each word of the query that the dictionary has, the terms that it may be called in the other language."""
    found = [_terms(key) for key in _keys(query)]
    return [terms for terms in found if terms]


def _keys(query: Query) -> Iterator[str]:
    """The dictionary's words in the query, the longest first at each place: Chinese ones, then English ones."""
    for term in query.terms:
        if term.kind is Kind.CJK:
            for run in han_runs(term.text):
                yield from _longest(run, LONGEST, "")
    stems = [stem for term in query.terms if term.kind is Kind.WORD for stem in term.stems]
    for key in _longest(stems, 3, " "):
        if key not in _PLAIN:
            yield key


def _longest(pieces: Sequence[str], most: int, between: str) -> Iterator[str]:
    known = _lexicon()
    place = 0
    while place < len(pieces):
        ends = range(min(len(pieces), place + most), place, -1)
        end = next((end for end in ends if between.join(pieces[place:end]) in known), place)
        if end > place:
            yield between.join(pieces[place:end])
        place = max(end, place + 1)


def _terms(key: str) -> list[Term]:
    others = _lexicon()[key].split("|")
    if key.isascii():
        return [Term(Kind.CJK, (word,)) for word in others]
    return [Term(Kind.WORD, tuple(gloss.split())) for gloss in others]


@cache
def _lexicon() -> dict[str, str]:
    """Key to what it may be called, divided by bars. Read on first use: it takes some 25 MiB."""
    rows = gzip.decompress(_FILE.read_bytes()).decode().splitlines()
    return dict(row.split("\t", 1) for row in rows)
