"""Which messages of a passage are meant: each one's own vector decides, made from its present text when it is asked."""

import threading
from array import array
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from messaging.models import Message
from search.analysis.fields import digest
from search.embeddings import WAITING_TIMEOUT_S, Vector, current_model, embed_passages
from search.passages import cut, tell

CLOSE: Final = 8
"""Passages whose messages are looked at one by one; of the others the longest message stands for the passage."""
MAX_EMBEDDED: Final = 32
MAX_CHARACTERS: Final = 300
OWN: Final = 0.6
"""The share of a message's own similarity in its score; the rest is its passage's, which knows the context."""
MIN_OWN: Final = 0.1
MIN_ALONE: Final = 0.3
"""The nearness that is asked of a message whose passage is close, and of one whose passage is out of date."""
BEHIND: Final = 0.6
"""What a message is given of its passage's similarity when it was not looked at by itself."""
KEPT_VECTORS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage that was found: all its messages, those that the caller may ask for, which of its text's parts it is,
    what its text was when it was embedded, and its cosine similarity."""

    message_ids: tuple[int, ...]
    visible_ids: tuple[int, ...]
    part: int
    text_hash: str
    similarity: float


def measure(query: Vector, pieces: Sequence[Piece], messages: Mapping[int, Message]) -> dict[int, float]:
    """A score for each message that the pieces lead to, by id; `messages` are those that may be shown, as they are now.

    A passage that is out of date counts for nothing by itself: its messages are judged by their present texts, or not
    at all. Raises EmbeddingsUnavailableError.
    """
    scores: dict[int, float] = {}
    close: list[tuple[Message, float | None]] = []
    for place, piece in enumerate(pieces):
        shown = [messages[key] for key in piece.visible_ids if key in messages]
        context = piece.similarity if _is_current(piece, messages) else None
        if context is not None and len(piece.message_ids) == 1:
            _raise_to(scores, shown[0], context)
        elif place < CLOSE and len(close) + len(shown) <= MAX_EMBEDDED:
            close += [(message, context) for message in shown]
        elif context is not None and shown:
            _raise_to(scores, max(shown, key=lambda one: len(one.text)), context * BEHIND)
    for (message, context), own in zip(close, _similarities(query, [one for one, _ in close]), strict=True):
        if own is not None and own >= (MIN_ALONE if context is None else MIN_OWN):
            _raise_to(scores, message, own if context is None else OWN * own + (1 - OWN) * context)
    return scores


def _raise_to(scores: dict[int, float], message: Message, score: float) -> None:
    telling = score * tell(message.text)
    scores[message.pk] = max(telling, scores.get(message.pk, telling))


def _is_current(piece: Piece, messages: Mapping[int, Message]) -> bool:
    """Whether the passage's vector is of the texts of now, all of which the caller may read."""
    if not all(key in messages for key in piece.message_ids):
        return False
    drafts = cut([messages[key] for key in piece.message_ids])
    return any(draft.part == piece.part and draft.text_hash == piece.text_hash for draft in drafts)


def _similarities(query: Vector, messages: Sequence[Message]) -> list[float | None]:
    """The cosine of each message with the query; None where the model refuses the text."""
    texts = [message.text[:MAX_CHARACTERS] for message in messages]
    vectors = _kept.find_or_make(texts)
    return [None if vector is None else sum(map(float.__mul__, vector, query)) for vector in vectors]


class _KeptVectors:
    """The vectors of the messages that were last looked at, by their texts' digests. For all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._vectors: OrderedDict[tuple[int, str], array[float]] = OrderedDict()

    def find_or_make(self, texts: Sequence[str]) -> "list[array[float] | None]":
        """A vector for each text; None where the model refuses it. Raises EmbeddingsUnavailableError."""
        model_id = current_model().pk
        keys = [(model_id, digest(text)) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if not self._has(key)}
        made = embed_passages(list(missing.values()), timeout_s=WAITING_TIMEOUT_S) if missing else []
        fresh = {key: array("f", one) for key, one in zip(missing, made, strict=True) if one is not None}
        with self._lock:
            found = [fresh.get(key) or self._vectors.get(key) for key in keys]
            self._vectors |= fresh
            while len(self._vectors) > KEPT_VECTORS:
                self._vectors.popitem(last=False)
        return found

    def _has(self, key: tuple[int, str]) -> bool:
        with self._lock:
            if key not in self._vectors:
                return False
            self._vectors.move_to_end(key)
            return True


_kept: Final = _KeptVectors()
