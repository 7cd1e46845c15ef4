"""How much of a query a message says in the other language."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from messaging.models import Message
from search.analysis.lexicon import Translated
from search.analysis.matching import AnalysedText, analyse
from search.analysis.queries import Term
from search.analysis.tokens import Kind, stem
from search.passages import tell
from search.selectors.ranking import Ranked, Ranking

NOMINAL_MESSAGES: Final = 5_000
"""Stands for the size of what is searched where a word's rarity is estimated: among the messages that were found."""
LESS_A_PLACE: Final = 0.1
"""How much less a translation says than the one before it in the dictionary."""
SHORT_TELLS: Final = 0.3
"""What is added to how telling a message is: a word that occurs says more of a short message than its vector does."""


def rank_by_translation(translated: Translated, messages: Sequence[Message]) -> Ranking:
    """The messages that hold a translation of a word, each scored by the share of the query, its rare words weighing
    more, that it says in the other language: about 1 for all of it. The best first, of equals as they came."""
    held = [_find_held(translated, analyse(message.text)) for message in messages]
    often = Counter(key for one in held for key in one)
    often_words = Counter(word for one in held for word in {word for word, _place in one})
    whole = sum(_rarity(often_words[word]) for word in range(len(translated.words)))
    ranked = []
    for message, keys in zip(messages, held, strict=True):
        best: dict[int, float] = {}
        for word, place in keys:
            worth = _rarity(often[word, place]) / (1 + LESS_A_PLACE * place)
            best[word] = max(worth, best.get(word, 0.0))
        if best:
            share = translated.share * sum(best.values()) / whole
            ranked.append(Ranked(message, share * min(1.0, SHORT_TELLS + tell(message.text))))
    return Ranking(sorted(ranked, key=lambda one: -one.score))


def _find_held(translated: Translated, text: AnalysedText) -> list[tuple[int, int]]:
    """Which translations of which words occur, by their places."""
    stems = {stem(token.text) for token in text.tokens if token.kind is not Kind.CJK}
    return [
        (word, place)
        for word, one in enumerate(translated.words)
        for place, term in enumerate(one.terms)
        if _occurs(term, text.folded.text, stems)
    ]


def _occurs(term: Term, folded: str, stems: set[str]) -> bool:
    return term.text in folded if term.kind is Kind.CJK else stems.issuperset(term.stems)


def _rarity(times: int) -> float:
    return math.log(1 + NOMINAL_MESSAGES / max(1, times))
