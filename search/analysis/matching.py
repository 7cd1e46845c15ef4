"""Whether a text holds what a query asks for, and where: the engine's judgement, repeated on the present text."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from search.analysis.folding import Folded, fold
from search.analysis.pinyin import initials, read_run, syllable_readings
from search.analysis.queries import Query, Term
from search.analysis.synonyms import find_inner_synonyms, find_synonyms
from search.analysis.tokens import Kind, Token, han_runs, stem, tokenize

MIN_FUZZY: Final = 4
Range = tuple[int, int]


@dataclass(frozen=True)
class AnalysedText:
    """A text with its tokens; ranges are of the folded text until `Folded.origin` takes them back."""

    folded: Folded

    @cached_property
    def tokens(self) -> list[Token]:
        """All its tokens, in order."""
        return list(tokenize(self.folded.text))


def analyse(text: str) -> AnalysedText:
    """A text made ready for matching."""
    return AnalysedText(fold(text))


def holds_all(text: AnalysedText, query: Query) -> bool:
    """Whether every term of the query occurs, as the keyword mode asks; False for a query without terms."""
    return bool(query.terms) and all(next(find_term(text, term), None) for term in query.terms)


def find_term(text: AnalysedText, term: Term) -> Iterator[Range]:
    """Where a term occurs: a run as a part of a run, words by their stems and next to each other."""
    if term.kind is Kind.CJK:
        yield from _find_part(text.folded.text, term.text)
        return
    tokens, wanted = text.tokens, term.stems
    for place in range(len(tokens) - len(wanted) + 1):
        following = tokens[place : place + len(wanted)]
        if all(token.kind is not Kind.CJK and stem(token.text) == one for token, one in zip(following, wanted)):  # noqa: B905 -- as long as `wanted`
            yield following[0].start, following[-1].end


def find_loosely(text: AnalysedText, query: Query) -> Iterator[Range]:
    """Where a text resembles the query, as the hybrid mode looks for it: parts of runs, words with a typo or a
    different ending, synonyms, pinyin and its initials, and characters that sound the same."""
    for term in query.terms:
        if exact := list(find_term(text, term)):
            yield from exact
            continue
        yield from _find_run_loosely(text, term.text) if term.kind is Kind.CJK else _find_words_loosely(text, term)
        for synonym in (*find_synonyms(term), *find_inner_synonyms(term)):
            yield from find_term(text, synonym)
    if query.letters:
        yield from _find_letters(text, query.letters)


def _find_part(text: str, part: str) -> Iterator[Range]:
    start = text.find(part)
    while start >= 0:
        yield start, start + len(part)
        start = text.find(part, start + len(part))


def _find_run_loosely(text: AnalysedText, run: str) -> Iterator[Range]:
    if len(run) > 1 and len(han_runs(run)) == 1 and len(han_runs(run)[0]) == len(run):
        yield from _find_reading(text, read_run(run))
    place = 0
    while place < len(run) - 1:
        length = next(
            (size for size in range(len(run) - place, 1, -1) if run[place : place + size] in text.folded.text), 0
        )
        if length:
            yield from _find_part(text.folded.text, run[place : place + length])
        place += max(1, length - 1)


def _find_words_loosely(text: AnalysedText, term: Term) -> Iterator[Range]:
    for token in text.tokens:
        if token.kind is Kind.WORD and any(_resembles(token.text, piece) for piece in term.pieces):
            yield token.start, token.end


def _resembles(word: str, wanted: str) -> bool:
    """Equal stems, the beginning of the word, or as many typos as the engine allows (AUTO: 1 from 4, 2 from 6 letters;
    the first letter must be right)."""
    if stem(word) == stem(wanted) or (len(wanted) >= 3 and word.startswith(wanted)):
        return True
    if len(wanted) < MIN_FUZZY or word[0] != wanted[0]:
        return False
    return within_edits(word, wanted, 1 if len(wanted) < 6 else 2)


def within_edits(one: str, other: str, limit: int) -> bool:
    """Whether at most `limit` insertions, deletions, changes or swaps of neighbours lead from one word to the other."""
    if abs(len(one) - len(other)) > limit:
        return False
    above: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, above, row = above, row, [place]
        for column, wanted in enumerate(other, 1):
            cost = min(above[column] + 1, row[-1] + 1, above[column - 1] + (letter != wanted))
            if place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
    return row[-1] <= limit


def _find_letters(text: AnalysedText, letters: str) -> Iterator[Range]:
    for reading in syllable_readings(letters):
        yield from _find_reading(text, reading)
    for start, syllables in _runs_read(text) if len(letters) > 1 else ():
        for place, end in _find_part(initials(syllables), letters):
            yield start + place, start + end


def _find_reading(text: AnalysedText, wanted: tuple[str, ...]) -> Iterator[Range]:
    for start, syllables in _runs_read(text):
        for place in range(len(syllables) - len(wanted) + 1):
            if syllables[place : place + len(wanted)] == wanted:
                yield start + place, start + place + len(wanted)


def _runs_read(text: AnalysedText) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every Han run: where it starts, and its syllables."""
    for token in text.tokens:
        place = token.start
        for run in han_runs(token.text) if token.kind is Kind.CJK else ():
            place = text.folded.text.index(run, place)
            yield place, read_run(run)
            place += len(run)
