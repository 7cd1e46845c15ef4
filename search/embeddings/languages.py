"""Which language a text is in, as far as the vectors care: Chinese, English, or another; told by its script alone."""

from typing import Final, Literal

Language = Literal["zh", "en", "other"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en", "other")

LETTERS_A_HAN_CHARACTER: Final = 3
"""A Chinese character says about what three letters do: "发布 release notes" is English, "发布release" is Chinese."""


def detect_language(text: str) -> Language:
    """ "zh" or "en" by which of the two scripts says more; "other" where a third one does, or nothing is said."""
    han = latin = foreign = 0
    for character in text:
        if is_han(character):
            han += 1
        elif character.isascii():
            latin += character.isalpha()
        elif character.isalpha():
            if character < "\u0250":  # accented letters
                latin += 1
            else:
                foreign += 1
    weight = han * LETTERS_A_HAN_CHARACTER
    if foreign * 2 > weight + latin or not weight + latin:
        return "other"
    return "zh" if weight >= latin else "en"


def is_han(character: str) -> bool:
    """Whether this is a Chinese character."""
    return (
        "\u4e00" <= character <= "\u9fff"
        or "\u3400" <= character <= "\u4dbf"
        or "\U00020000" <= character <= "\U000323af"
    )
