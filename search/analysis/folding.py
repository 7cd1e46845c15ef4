"""The form in which two spellings are the same: width, case, accents, and traditional or simplified characters."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final

from opencc import OpenCC

_ACCENTS: Final = re.compile("[\u0300-\u036f]")


class _Table(dict[int, str]):
    """Code point to folded text, filled as characters are met. Characters are folded one by one: what a character
    becomes must not depend on its neighbours, which differ between a message and a query."""

    def __init__(self) -> None:
        super().__init__()
        self._to_simplified = OpenCC("t2s").convert

    def __missing__(self, code_point: int) -> str:
        compatible = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", chr(code_point)).casefold())
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", compatible))
        folded = str(self._to_simplified(unicodedata.normalize("NFC", bare)))
        self[code_point] = folded
        return folded


_table: Final = _Table()


@dataclass(frozen=True)
class Folded:
    """A text's folded form, and where each of its characters came from."""

    original: str
    text: str

    @cached_property
    def _ends(self) -> list[int] | None:
        """For each original character, where its folded form ends; None where both texts go in step."""
        if self.original.isascii():
            return None
        lengths = [len(_table[ord(character)]) for character in self.original]
        return None if all(length == 1 for length in lengths) else list(accumulate(lengths))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original text that holds the folded range `start` to `end` (not empty)."""
        if self._ends is None:
            return start, end
        first = next(index for index, upto in enumerate(self._ends) if upto > start)
        last = next(index for index, upto in enumerate(self._ends) if upto >= end)
        return first, last + 1


def fold(text: str) -> Folded:
    """NFKC, lower case, without accents, in simplified characters."""
    return Folded(text, fold_text(text))


def fold_text(text: str) -> str:
    """`fold` where the places in the original are of no interest."""
    return text.lower() if text.isascii() else text.translate(_table)
