"""The form of a text in which a disguised word is the word: one width, case and script, and nothing between letters.

What stood between the letters is not forgotten: whether a match may reach across it is decided afterwards.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from search.analysis.folding import fold_text
from search.analysis.pinyin import read_run

# Other scripts' letters that look like Latin ones, after folding.
_LOOKALIKES: Final = dict(zip("аеосрхуіјѕһԁԛԝɡοαρντυκ", "aeocpxyijshdqwgoapvtuk", strict=True))
_HAN: Final = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]"
)
_ENDINGS: Final = frozenset("。！？；!?;…\n\r")
_KEPT_SYMBOLS: Final = frozenset({"So", "Sk"})


def is_han(letter: str) -> bool:
    """Whether it is a Han character, which has a sound of its own."""
    return _HAN.match(letter) is not None


def is_spaced(letter: str) -> bool:
    """Whether it belongs to a script that parts its words by spaces (or is a digit); no separator does."""
    return letter.isalnum() and _UNSPACED.match(letter) is None


class _Letters(dict[int, str]):
    """Code point to what it is in folded text: letters, digits and emoji stay, everything else becomes nothing."""

    def __missing__(self, code_point: int) -> str:
        folded = "".join(letter for letter in fold_text(chr(code_point)) if _is_letter(letter))
        self[code_point] = folded = "".join(_LOOKALIKES.get(letter, letter) for letter in folded)
        return folded


class _Sounds(dict[int, str]):
    """Code point to its sound in Latin letters: Han characters become their pinyin, others what they are folded."""

    def __missing__(self, code_point: int) -> str:
        folded = LETTERS[code_point]
        sound = "".join(syllable_of(letter) for letter in folded)
        self[code_point] = sound
        return sound


LETTERS: Final = _Letters()
SOUNDS: Final = _Sounds()


def squeeze(text: str) -> str:
    """The letters of a text and nothing else."""
    return text.translate(LETTERS)


def sound(text: str) -> str:
    """How a text sounds, in Latin letters without tones."""
    return text.translate(SOUNDS)


@cache
def syllable_of(letter: str) -> str:
    """The pinyin of a Han character by itself (its commonest reading), u with dots as v; another letter as it is."""
    return read_run(letter)[0] if is_han(letter) else letter


def is_soft(between: str, *, in_words: bool) -> bool:
    """Whether what stands between two letters may belong to a disguised word: nothing that people write between words
    or sentences. Spaces part words of scripts that have them (`in_words`)."""
    return not any(character in _ENDINGS or (in_words and character.isspace()) for character in between)


def _is_letter(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LN" or category in _KEPT_SYMBOLS
