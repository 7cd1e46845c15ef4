"""Folded text as tokens: runs of CJK characters, words, emoji."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

import snowballstemmer

_CJK: Final = "\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_HAN: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+")
_TOKEN: Final = re.compile(
    rf"(?P<cjk>[{_CJK}]+)"
    rf"|(?P<word>(?<![^\W_])[cfj](?:\+\+|\#)(?!\w)|[^\W_{_CJK}]+)"
    "|(?P<symbol>[\u2600-\u27bf\u2b50\U0001f000-\U0001faff])"
)
_JOINED: Final = re.compile(r"[._\-/@:'’+&]{1,2}")
_STEMMED: Final = re.compile(r"[a-z]{3,}")
_stemmer: Final = snowballstemmer.stemmer("english")


class Kind(Enum):
    """What a token is: CJK is searched by the character, the others whole."""

    CJK = "cjk"
    WORD = "word"
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of folded text. `joined`: only punctuation that holds names together (v2.3, user_session) stands between
    it and the token before."""

    kind: Kind
    text: str
    start: int
    joined: bool

    @property
    def end(self) -> int:
        """Where it ends in the folded text."""
        return self.start + len(self.text)


def tokenize(folded: str) -> Iterator[Token]:
    """The tokens of a folded text, in order."""
    before = 0
    for found in _TOKEN.finditer(folded):
        start = found.start()
        joined = before > 0 and _JOINED.fullmatch(folded, before, start) is not None
        yield Token(Kind(found.lastgroup), found.group(), start, joined)
        before = found.end()


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The English stem of a folded word; anything that is no English word stays as it is."""
    return stem_afresh(word)


def stem_afresh(word: str) -> str:
    """The same, without remembering it: for words by the ten thousand."""
    return str(_stemmer.stemWord(word)) if _STEMMED.fullmatch(word) else word


def bigrams(run: str) -> list[str]:
    """Every two neighbouring characters of a run; none of a single character."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


def han_runs(run: str) -> list[str]:
    """The parts of a CJK run that are Han characters, which alone have a pinyin."""
    return _HAN.findall(run)
