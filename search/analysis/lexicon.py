"""What words of a query may be called in the other language: for the hybrid mode, and for the query's vector.

The small multilingual model knows what a sentence means, but is weak on two bare words; a dictionary is the opposite.
The project's own synonyms come before CC-CEDICT: they know what people at work mean by a word.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from search.analysis.dictionary import LONGEST, MAX_WORDS, PLAIN, make_key, read_dictionary
from search.analysis.queries import Query, Term
from search.analysis.synonyms import find_synonyms
from search.analysis.tokens import Kind, han_runs, stem

Pieces = TypeVar("Pieces", str, list[str])
MAX_TRANSLATED: Final = 12
"""Words of a query that are looked up; who writes more writes a sentence."""
LONGEST_SAYING: Final = 4
"""Words that are looked up together, with those between them that say nothing."""
SAID: Final = 2
"""How many translations of a word go into the text for the model."""
CHARACTERS_A_WORD: Final = 2


@dataclass(frozen=True, slots=True)
class Translation:
    """What one word of a query may be called in the other language: as said and as terms that may occur, best first."""

    said: tuple[str, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Translated:
    """A query's words in the other language. `share`: how much of the query they are, 0 to 1; `text`: the likeliest of
    them in a row, for the model; empty where no word is known."""

    words: tuple[Translation, ...]
    share: float

    @property
    def text(self) -> str:
        """See above."""
        return " ".join((", " if one.said[0].isascii() else " ").join(one.said[:SAID]) for one in self.words)


@lru_cache(maxsize=256)
def translate(query: Query) -> Translated:
    """The words of a query that the dictionary or the synonyms have: at each place the longest, Chinese ones first."""
    runs = [run for term in query.terms if term.kind is Kind.CJK for run in han_runs(term.text)]
    pieces = [piece for term in query.terms if term.kind is Kind.WORD for piece in term.pieces]
    chinese = [said for run in runs for said in _longest(run, LONGEST, _say_in_english)]
    english = list(_longest(pieces, LONGEST_SAYING, _say_in_chinese))
    words = [Translation(tuple(said), tuple(_english_terms(said))) for said in chinese]
    words += [Translation(tuple(said), tuple(Term(Kind.CJK, (word,)) for word in said)) for said in english]
    telling = sum(piece not in PLAIN for piece in pieces)
    typed = max(1.0, telling + sum(max(1.0, len(run) / CHARACTERS_A_WORD) for run in runs))
    return Translated(tuple(words[:MAX_TRANSLATED]), min(1.0, len(words) / typed))


def _longest(pieces: Pieces, most: int, say: Callable[[Pieces], list[str]]) -> Iterator[list[str]]:
    place = 0
    while place < len(pieces):
        ends = range(min(len(pieces), place + most), place, -1)
        found = ((end, said) for end in ends if (said := say(pieces[place:end])))
        place, said = next(found, (place + 1, []))
        if said:
            yield said


def _say_in_english(word: str) -> list[str]:
    if len(word) < CHARACTERS_A_WORD:
        return []
    synonyms = [one.text for one in find_synonyms(Term(Kind.CJK, (word,))) if one.kind is Kind.WORD]
    return _unite(synonyms, read_dictionary().glosses.get(word, ""))


def _english_terms(said: Sequence[str]) -> list[Term]:
    """A term for each gloss, of the words in it that say something, and for each such word that several of them have:
    where there are "phone call" and "phone number", "phone" is meant as well."""
    glosses = [tuple(word for word in gloss.split() if word not in PLAIN) for gloss in said[:MAX_WORDS]]
    recurring = Counter(word for gloss in glosses for word in set(gloss))
    every = [*glosses, *((word,) for word, times in recurring.items() if times > 1)]
    return [Term(Kind.WORD, words) for words in dict.fromkeys(every) if words]


def _say_in_chinese(pieces: list[str]) -> list[str]:
    if pieces[0] in PLAIN or pieces[-1] in PLAIN:
        return []
    telling = [piece for piece in pieces if piece not in PLAIN]
    words = read_dictionary().words
    apart = words.get(make_key(map(stem, telling)), "")
    together = words.get(stem("".join(telling)), "") if len(telling) > 1 else ""
    synonyms = [one.text for one in find_synonyms(Term(Kind.WORD, tuple(pieces))) if one.kind is Kind.CJK]
    return _unite(synonyms, together, apart)


def _unite(synonyms: Sequence[str], *known: str) -> list[str]:
    found = [word for words in known if words for word in words.split("|")]
    return list(dict.fromkeys([*synonyms, *found]))[:MAX_WORDS]
