"""Lists of messages in order of merit, and how several become one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from messaging.models import Message

MAX_TOTAL: Final = 200
FUSION_CONSTANT: Final = 20
"""Cormack, Clarke and Buettcher ("Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009) take 60, for lists of a
thousand; with lists of 200 and five hits that matter, 20 finds more (docs/performance.md)."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A message that was found, in its present state, with what it scored in its own list."""

    message: Message
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """Messages, best first, all checked against the database; `more`: there are others beyond these.

    `degraded`: a part of what was asked for was away, and this is what could be found without it.
    """

    hits: Sequence[Ranked]
    more: bool = False
    degraded: bool = False

    def cut(self) -> "Ranking":
        """The first MAX_TOTAL."""
        more = self.more or len(self.hits) > MAX_TOTAL
        return Ranking(self.hits[:MAX_TOTAL], more, self.degraded)


def fuse(weighted: Sequence[tuple[Ranking, float]]) -> Ranking:
    """One list by weighted reciprocal ranks: a message scores weight / (FUSION_CONSTANT + rank) in each list that has
    it. Of equals the newest comes first.
    """
    scores: dict[int, float] = {}
    messages: dict[int, Message] = {}
    for ranking, weight in weighted:
        for rank, hit in enumerate(ranking.hits, 1):
            messages[hit.message.pk] = hit.message
            scores[hit.message.pk] = scores.get(hit.message.pk, 0.0) + weight / (FUSION_CONSTANT + rank)
    order = sorted(scores, key=lambda pk: (-scores[pk], -messages[pk].created_at.timestamp()))
    return Ranking(
        [Ranked(messages[pk], scores[pk]) for pk in order],
        more=any(ranking.more for ranking, _weight in weighted),
        degraded=any(ranking.degraded for ranking, _weight in weighted),
    )
