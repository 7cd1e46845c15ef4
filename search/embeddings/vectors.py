"""The vectors that are stored and compared: corrected by language, of length one.

A multilingual model places a text near others of its own language first. Taking away the mean of each language, and the
few directions in which two languages differ most, lets meaning decide: with it the sentence of the same meaning in the
other language is found.
"""

from collections.abc import Sequence
from typing import Final

from django.conf import settings

from search.embeddings.api import (
    PASSAGE_TIMEOUT_S,
    WAITING_TIMEOUT_S,
    EmbeddingsUnavailableError,
    Vector,
    request_vectors,
)
from search.embeddings.directions import normalise, remove
from search.embeddings.languages import detect_language
from search.embeddings.versions import current_model, find_model, mean_key
from search.models import EmbeddingModel

TRANSLATION: Final = 0.2
"""The share of its translation in a query's vector: the model finds sentences of the query's language more surely."""


def embed_passages(texts: Sequence[str], *, timeout_s: float = PASSAGE_TIMEOUT_S) -> list[Vector | None]:
    """A vector for each text, in order; None where the API refuses the text for good.

    In requests of EMBEDDINGS_BATCH texts, each within `timeout_s`, so that a query does not wait behind a long batch.
    Raises EmbeddingsUnavailableError.
    """
    model = current_model()
    size = settings.EMBEDDINGS_BATCH
    raw = [
        vector
        for start in range(0, len(texts), size)
        for vector in request_vectors(texts[start : start + size], "passage", timeout_s=timeout_s)
    ]
    return [
        None if vector is None else _correct(vector, model, detect_language(text))
        for text, vector in zip(texts, raw, strict=True)
    ]


def embed_query(text: str, translation: str = "") -> Vector:
    """The vector to compare with those of passages; `translation`, where there is one, is the same in the other
    language, word by word. One request.

    Raises EmbeddingsUnavailableError: also for a text that is refused, and before anything has been embedded (the means
    take seconds, for which nobody who searches shall wait).
    """
    model = find_model()
    if model is None:
        raise EmbeddingsUnavailableError("nothing has been embedded yet")
    texts = [text, translation] if translation else [text]
    vector, *others = (
        None if raw is None else _correct(raw, model, mean_key("query", detect_language(one)))
        for one, raw in zip(texts, request_vectors(texts, "query", timeout_s=WAITING_TIMEOUT_S), strict=True)
    )
    if vector is None:
        raise EmbeddingsUnavailableError("the text is refused")
    for other in others:
        if other is not None:
            vector = [(1 - TRANSLATION) * a + TRANSLATION * b for a, b in zip(vector, other, strict=True)]
    return normalise(vector)


def _correct(vector: Vector, model: EmbeddingModel, mean: str) -> Vector:
    """The vector without the mean of that name and without the model's differences, of length one."""
    moved = [value - offset for value, offset in zip(vector, model.means[mean], strict=True)]
    return normalise(remove(moved, model.differences))
