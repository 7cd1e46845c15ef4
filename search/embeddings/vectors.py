"""The vectors that are stored and compared: centred by language, of length one.

A multilingual model places a text near others of its own language first. Taking away the mean of each language before
normalising lets meaning decide: with it the sentence of the same meaning in the other language is found.
"""

import math
from collections.abc import Sequence

from django.conf import settings

from search.embeddings.api import EmbeddingsUnavailableError, Vector, request_vectors
from search.embeddings.languages import detect_language
from search.embeddings.versions import current_model, find_model, mean_key


def embed_passages(texts: Sequence[str]) -> list[Vector | None]:
    """A vector for each text, in order; None where the API refuses the text for good.

    In requests of EMBEDDINGS_BATCH texts, so that a query does not wait behind a long batch. Raises
    EmbeddingsUnavailableError.
    """
    model = current_model()
    size = settings.EMBEDDINGS_BATCH
    raw = [
        vector
        for start in range(0, len(texts), size)
        for vector in request_vectors(texts[start : start + size], "passage")
    ]
    return [
        None if vector is None else centre(vector, model.means[detect_language(text)])
        for text, vector in zip(texts, raw, strict=True)
    ]


def embed_query(text: str) -> Vector:
    """The vector to compare with those of passages. Raises EmbeddingsUnavailableError: also for a text that is refused,
    and before anything has been embedded (the means take seconds, for which nobody who searches shall wait)."""
    model = find_model()
    if model is None:
        raise EmbeddingsUnavailableError("nothing has been embedded yet")
    (vector,) = request_vectors([text], "query")
    if vector is None:
        raise EmbeddingsUnavailableError("the text is refused")
    return centre(vector, model.means[mean_key("query", detect_language(text))])


def centre(vector: Vector, mean: Vector) -> Vector:
    """The vector without the mean, of length one."""
    moved = [value - offset for value, offset in zip(vector, mean, strict=True)]
    length = math.sqrt(sum(value * value for value in moved)) or 1.0
    return [value / length for value in moved]
