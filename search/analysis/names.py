"""The keys that a person's or a group's name is found by: any part from a word's or a character's start on."""

from typing import Final

from search.analysis.folding import fold_text
from search.analysis.pinyin import initials, read_run
from search.analysis.tokens import Kind, Token, han_runs, tokenize

MAX_KEY: Final = 64
MAX_KEYS: Final = 400


def name_keys(*names: str) -> list[str]:
    """Folded keys without spaces; a query that is the beginning of one of them finds the name.

    Of 张三 Zhang: the characters 张三zhang and 三zhang, the readings zhangsan and san, the initials zs and s, and
    zhang.
    """
    keys: dict[str, None] = {}
    for name in names:
        tokens = list(tokenize(fold_text(name)))
        for place, token in enumerate(tokens):
            rest = "".join(later.text for later in tokens[place + 1 :])
            for key in _keys_of(token, rest):
                keys[key[:MAX_KEY]] = None
    return list(keys)[:MAX_KEYS]


def squash(query: str) -> str:
    """A query in the form of the keys."""
    return "".join(token.text for token in tokenize(fold_text(query)))[:MAX_KEY]


def _keys_of(token: Token, rest: str) -> list[str]:
    if token.kind is not Kind.CJK:
        return [token.text + rest, token.text]
    keys = [token.text[place:] + rest for place in range(len(token.text))]
    for run in han_runs(token.text):
        reading = read_run(run)
        letters = initials(reading)
        for place in range(len(reading)):
            keys += ["".join(reading[place:]), letters[place:]]
    return keys
