"""Lists of messages in order of merit, and how several become one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from messaging.models import Message

MAX_TOTAL: Final = 200
FUSION_CONSTANT: Final = 20
"""Cormack, Clarke and Buettcher ("Reciprocal Rank Fusion outperforms Condorcet", SIGIR 2009) take 60, for lists of a
thousand; with lists of 200 and five hits that matter, 20 finds more (docs/performance.md)."""

COPY: Final = 0.8
"""What a message that says the very same as a newer one counts."""


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


def fuse(by_rank: Sequence[tuple[Ranking, float]], by_score: Sequence[tuple[Ranking, float]] = ()) -> Ranking:
    """One list of several with their weights. A message gets weight * FUSION_CONSTANT / (FUSION_CONSTANT + rank) from
    each list of `by_rank`, and weight * score from each of `by_score`, whose scores lie between 0 and about 1.

    Who repeats a message finds it once more, not five times: of equal texts the newest counts in full by its scores,
    each older one by COPY of the one before. Of equals the newest comes first.
    """
    lists = [*by_rank, *by_score]
    messages = {hit.message.pk: hit.message for ranking, _weight in lists for hit in ranking.hits}
    scores = dict.fromkeys(messages, 0.0)
    for ranking, weight in by_score:
        for hit in ranking.hits:
            scores[hit.message.pk] += weight * hit.score
    copies: Counter[str] = Counter()
    for message in sorted(messages.values(), key=lambda one: one.created_at, reverse=True):
        scores[message.pk] *= COPY ** copies[message.text]
        copies[message.text] += 1
    for ranking, weight in by_rank:
        for rank, hit in enumerate(ranking.hits, 1):
            scores[hit.message.pk] += weight * FUSION_CONSTANT / (FUSION_CONSTANT + rank)
    order = sorted(scores, key=lambda pk: (-scores[pk], -messages[pk].created_at.timestamp()))
    return Ranking(
        [Ranked(messages[pk], scores[pk]) for pk in order],
        more=any(ranking.more for ranking, _weight in lists),
        degraded=any(ranking.degraded for ranking, _weight in lists),
    )
