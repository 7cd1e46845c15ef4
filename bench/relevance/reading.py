"""The corpus: messages that answer queries, in the middle of chatter that does not."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from search.analysis.matching import analyse, holds_all
from search.analysis.queries import parse_query

_FOLDER: Final = Path(__file__).parent / "corpus"
CHATTER: Final = 2_080
MOST_ALIKE: Final = 3
"""How often a template is filled: people come back to the same things, but do not repeat themselves all day."""
SEED: Final = 2_024


@dataclass(frozen=True, slots=True)
class Line:
    """A message of a conversation; `key` names one that queries look for. `pause_s`: how long after the one before."""

    conversation: str
    text: str
    pause_s: float
    key: str = ""


@dataclass(frozen=True, slots=True)
class LabelledQuery:
    """What is typed, of which class, and the keys of all messages that answer it."""

    kind: str
    text: str
    keys: frozenset[str]

    @property
    def held_out(self) -> bool:
        """Whether this query is of the half by which nothing was chosen: a matter of its text's digest alone."""
        return bool(hashlib.blake2b(self.text.encode()).digest()[0] & 1)


def read_queries() -> list[LabelledQuery]:
    """The labelled queries."""
    return [LabelledQuery(kind, text, frozenset(keys.split(","))) for kind, text, keys in _rows("queries.tsv")]


def read_questions() -> list[LabelledQuery]:
    """The labelled questions to an agent."""
    return [LabelledQuery(kind, text, frozenset(keys.split(","))) for kind, text, keys in _rows("questions.tsv")]


def make_lines() -> list[Line]:
    """Every message, conversation by conversation, in the order they were sent; the same at every call."""
    dice = random.Random(SEED)
    chatter = _make_chatter(dice)
    targets: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, conversation, text in _rows("targets.tsv"):
        targets[conversation].append((key, text))
    lines: list[Line] = []
    for conversation, texts in chatter.items():
        mixed = [("", text) for text in texts]
        for one in targets[conversation]:
            mixed.insert(dice.randrange(len(mixed)), one)
        lines += [Line(conversation, text, _pause(dice), key) for key, text in mixed]
    return lines


def check_labels(lines: Sequence[Line], queries: Sequence[LabelledQuery]) -> None:
    """A keyword's answer is every message that holds all its terms: no other one may, or the labels would be wrong."""
    analysed = [(line, analyse(line.text)) for line in lines]
    for query in queries:
        if not query.kind.startswith("keyword"):
            continue
        terms = parse_query(query.text)
        holding = {line.key or line.text for line, text in analysed if holds_all(text, terms)}
        assert holding == query.keys, (query, holding)


def _pause(dice: random.Random) -> float:
    """People talk in bursts: mostly seconds, now and then hours."""
    return dice.uniform(4, 90) if dice.random() < 0.85 else dice.uniform(1_800, 30_000)


def _make_chatter(dice: random.Random) -> dict[str, list[str]]:
    """For each conversation: what is said there once, what is said there now and then, and short replies between."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for conversation, text in _rows("statements.tsv"):
        said[conversation].append(text)
    slots = {name: choices.split("|") for name, choices in _rows("slots.tsv")}
    for conversation, template in _rows("chatter.tsv"):
        said[conversation] += [_fill(template, slots, dice) for _ in range(MOST_ALIKE)]
    replies = said.pop("*")
    share = CHATTER // len(said)
    for texts in said.values():
        texts.extend(dice.choices(replies, k=share - len(texts)))
        dice.shuffle(texts)
    return dict(said)


def _fill(template: str, slots: dict[str, list[str]], dice: random.Random) -> str:
    return template.format_map({name: dice.choice(choices) for name, choices in slots.items()})


def _rows(name: str) -> Iterator[list[str]]:
    for line in (_FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")
