"""The parts of a message that show why it was found."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

import msgspec

from search.analysis.matching import AnalysedText, Range, analyse, find_loosely, find_term
from search.analysis.queries import Query

WHOLE: Final = 200
AROUND: Final = 60
MAX_FRAGMENTS: Final = 3


class Highlight(msgspec.Struct, frozen=True):
    """A part of the message's text as it is now, and what of it to mark: `ranges` are [start, end) pairs by rising
    start, which do not overlap, counted in UTF-16 code units of `text` (`text.slice(start, end)` in JavaScript)."""

    text: str
    ranges: list[tuple[int, int]]


def highlight(text: str, query: Query, *, loosely: bool) -> list[Highlight]:
    """The text itself when it is short, otherwise up to MAX_FRAGMENTS parts of it around what was found, or its
    beginning. One whose ranges are empty was found by its meaning. Nothing of an empty text.

    `loosely` marks what resembles the query where its terms do not occur.
    """
    if not text:
        return []
    marks = _marks(analyse(text), query, loosely=loosely)
    if len(text) <= WHOLE:
        return [_cut(text, (0, len(text)), marks)]
    windows = _windows(text, marks) or [(0, WHOLE)]
    return [_cut(text, window, marks) for window in windows[:MAX_FRAGMENTS]]


def _marks(text: AnalysedText, query: Query, *, loosely: bool) -> list[Range]:
    """What to mark, in the original text, by rising start and without overlap."""
    found = find_loosely(text, query) if loosely else chain.from_iterable(find_term(text, one) for one in query.terms)
    return _merge(text.folded.origin(start, end) for start, end in found)


def _merge(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _windows(text: str, marks: Sequence[Range]) -> list[Range]:
    return _merge((max(0, start - AROUND), min(len(text), end + AROUND)) for start, end in marks)


def _cut(text: str, window: Range, marks: Sequence[Range]) -> Highlight:
    first, last = window[0], min(window[1], window[0] + 4 * WHOLE)
    inside = [(max(start, first), min(end, last)) for start, end in marks if start < last and end > first]
    return Highlight(
        text=text[first:last],
        ranges=[(_units(text[first:start]), _units(text[first:end])) for start, end in inside],
    )


def _units(text: str) -> int:
    """A text's length in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)
