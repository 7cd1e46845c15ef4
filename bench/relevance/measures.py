"""How good an answer is: recall at 5 and the reciprocal rank of the first right message."""

from collections.abc import Sequence
from statistics import fmean, median
from typing import Final

import msgspec

AT: Final = 5


class Answer(msgspec.Struct, frozen=True):
    """What a contestant found for a query: the keys of the right messages, and of those found, best first."""

    contestant: str
    kind: str
    held_out: bool
    query: str
    wanted: list[str]
    found: list[str]
    spent_ms: float

    @property
    def recall(self) -> float:
        """The share of the right messages that are among the first AT (or all that could be)."""
        return len(set(self.wanted) & set(self.found[:AT])) / min(AT, len(self.wanted))

    @property
    def reciprocal_rank(self) -> float:
        """1 for a right message in the first place, a half in the second; 0 when none was found."""
        return next((1 / rank for rank, key in enumerate(self.found, 1) if key in self.wanted), 0.0)


class Score(msgspec.Struct, frozen=True):
    """A contestant's means over one class of queries, and the median time of a query."""

    contestant: str
    kind: str
    queries: int
    recall_at_5: float
    mrr: float
    median_ms: float


def score(answers: Sequence[Answer]) -> list[Score]:
    """A score for each contestant and class, and for all classes together, in the order of the answers."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for answer in answers:
        groups.setdefault((answer.contestant, answer.kind), []).append(answer)
        groups.setdefault((answer.contestant, "all"), []).append(answer)
    return [
        Score(
            contestant,
            kind,
            len(group),
            round(fmean(answer.recall for answer in group), 3),
            round(fmean(answer.reciprocal_rank for answer in group), 3),
            round(median(answer.spent_ms for answer in group), 1),
        )
        for (contestant, kind), group in groups.items()
    ]
