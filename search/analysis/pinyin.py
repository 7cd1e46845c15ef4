"""How Chinese is read, and what Latin letters may stand for as pinyin."""

import importlib
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import Final

MAX_READINGS: Final = 4
MAX_LETTERS: Final = 36

# Every syllable of standard Chinese, tones aside: initial, then the finals it goes with.
_SYLLABLES: Final = """
- a ai an ang ao e ei en eng er o ou
b a ai an ang ao ei en eng i ian iao ie in ing o u
p a ai an ang ao ei en eng i ian iao ie in ing o ou u
m a ai an ang ao e ei en eng i ian iao ie in ing iu o ou u
f a an ang ei en eng o ou u
d a ai an ang ao e ei en eng i ia ian iao ie ing iu ong ou u uan ui un uo
t a ai an ang ao e ei eng i ian iao ie ing ong ou u uan ui un uo
n a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo v ve
l a ai an ang ao e ei eng i ia ian iang iao ie in ing iu o ong ou u uan un uo v ve
g a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
k a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
h a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo
j i ia ian iang iao ie in ing iong iu u uan ue un
q i ia ian iang iao ie in ing iong iu u uan ue un
x i ia ian iang iao ie in ing iong iu u uan ue un
zh a ai an ang ao e ei en eng i ong ou u ua uai uan uang ui un uo
ch a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo
sh a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo
r an ang ao e en eng i ong ou u ua uan ui un uo
z a ai an ang ao e ei en eng i ong ou u uan ui un uo
c a ai an ang ao e en eng i ong ou u uan ui un uo
s a ai an ang ao e en eng i ong ou u uan ui un uo
y a an ang ao e i in ing o ong ou u uan ue un
w a ai an ang ei en eng o u
"""


def _all_syllables() -> frozenset[str]:
    rows = [line.split() for line in _SYLLABLES.strip().splitlines()]
    return frozenset(initial.strip("-") + final for initial, *finals in rows for final in finals)


SYLLABLES: Final = _all_syllables()
_LATIN: Final = re.compile(r"[a-z]+")


@cache
def _reader() -> Callable[[str], list[str]]:
    """pypinyin's reading of a text; loaded on first use, for its dictionaries take 56 MiB."""
    reading: Callable[[str], list[str]] = importlib.import_module("pypinyin").lazy_pinyin
    return reading


@lru_cache(maxsize=4_096)
def read_run(run: str) -> tuple[str, ...]:
    """The syllables of a run of Han characters, one each, without tones, u with dots as v; chosen by context."""
    syllables = _reader()(run)
    if len(syllables) != len(run):  # characters beyond its dictionaries come back in one piece
        syllables = [syllable for character in run for syllable in _reader()(character)[:1]]
    return tuple(syllables)


def initials(syllables: tuple[str, ...]) -> str:
    """The first letters, a character each."""
    return "".join(syllable[0] for syllable in syllables)


def syllable_readings(letters: str) -> list[tuple[str, ...]]:
    """Every way to read Latin letters as whole syllables, fewest syllables first, at most MAX_READINGS.

    Letters that are too many or that are no pinyin have none.
    """
    if len(letters) > MAX_LETTERS or not _LATIN.fullmatch(letters):
        return []
    found = sorted(_split(letters, {}), key=len)
    return found[:MAX_READINGS]


def _split(letters: str, known: dict[str, list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
    if letters not in known:
        known[letters] = list(_ways(letters, known))[: MAX_READINGS * 2]
    return known[letters]


def _ways(letters: str, known: dict[str, list[tuple[str, ...]]]) -> Iterator[tuple[str, ...]]:
    if not letters:
        yield ()
    for length in range(min(6, len(letters)), 0, -1):
        if (syllable := letters[:length]) in SYLLABLES:
            for rest in _split(letters[length:], known):
                yield (syllable, *rest)
