"""What of a text goes into the index: tokens by field, joined by spaces."""

import hashlib
from collections.abc import Sequence
from typing import Final

from search.analysis.folding import fold_text
from search.analysis.pinyin import initials, read_run
from search.analysis.tokens import Kind, Token, bigrams, han_runs, stem, tokenize

MAX_READ: Final = 2_000
"""Han characters of one text that are read aloud: reading takes 6 microseconds each."""
BREAK: Final = "|"
"""Stands between runs, so that no phrase reaches over from one to the next."""


def text_fields(text: str) -> dict[str, str]:
    """`{field: tokens}` of a text: `words` (stems), `plain` (the same as written), `grams` and `singles` (CJK by two
    and by one), `pinyin` (syllables), `initials` (their first letters by two)."""
    tokens = list(tokenize(fold_text(text)))
    words = [token.text for token in tokens if token.kind is not Kind.CJK]
    runs = [token.text for token in tokens if token.kind is Kind.CJK]
    readings = _readings(runs)
    return {
        "words": _join_words(tokens),
        "plain": " ".join(dict.fromkeys(words)),
        "grams": f" {BREAK} ".join(" ".join(bigrams(run)) for run in runs if len(run) > 1),
        "singles": " ".join(dict.fromkeys("".join(runs))),
        "pinyin": f" {BREAK} ".join(" ".join(reading) for reading in readings),
        "initials": f" {BREAK} ".join(" ".join(bigrams(initials(reading))) for reading in readings if len(reading) > 1),
    }


def digest(text: str) -> str:
    """A fingerprint of a text, by which an indexed state is told from a later one."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


def _join_words(tokens: Sequence[Token]) -> str:
    parts: list[str] = []
    for token in tokens:
        if token.kind is not Kind.CJK:
            parts.append(stem(token.text))
        elif parts and parts[-1] != BREAK:
            parts.append(BREAK)
    return " ".join(parts)


def _readings(runs: Sequence[str]) -> list[tuple[str, ...]]:
    readings: list[tuple[str, ...]] = []
    room = MAX_READ
    for run in (part for whole in runs for part in han_runs(whole)):
        if room <= 0:
            break
        readings.append(read_run(run[:room]))
        room -= len(run)
    return readings
