"""The embeddings API as the settings name it: raw vectors, as the model makes them."""

from collections.abc import Sequence
from typing import Final, Literal

from django.conf import settings

from core import llm
from core.llm import LlmRefusedError, LlmUnavailableError

Vector = list[float]
Kind = Literal["query", "passage"]

WAITING_TIMEOUT_S: Final = 3.0
"""Where a person waits: beyond this the search goes on by keywords alone."""
PASSAGE_TIMEOUT_S: Final = 30.0
_PROBE_TIMEOUT_S: Final = 0.8


class EmbeddingsUnavailableError(Exception):
    """The API does not answer, or not with vectors of EMBEDDINGS_DIMENSIONS."""


def request_vectors(texts: Sequence[str], kind: Kind, *, timeout_s: float) -> list[Vector | None]:
    """The model's vectors, in order; None where the API refuses a text for good. One request, unless it refuses; each
    within `timeout_s`.

    Raises EmbeddingsUnavailableError.
    """
    try:
        return list(_request(texts, kind, timeout_s))
    except LlmRefusedError:
        if len(texts) == 1:
            return [None]
        middle = len(texts) // 2
        first, rest = texts[:middle], texts[middle:]
        return request_vectors(first, kind, timeout_s=timeout_s) + request_vectors(rest, kind, timeout_s=timeout_s)


def answers() -> bool:
    """Whether the API is there. Takes less than a second."""
    return llm.answers(
        base_url=settings.EMBEDDINGS_BASE_URL, api_key=settings.EMBEDDINGS_API_KEY, timeout_s=_PROBE_TIMEOUT_S
    )


def _request(texts: Sequence[str], kind: Kind, timeout_s: float) -> list[Vector]:
    prefix = settings.EMBEDDINGS_QUERY_PREFIX if kind == "query" else settings.EMBEDDINGS_PASSAGE_PREFIX
    try:
        vectors = llm.create_embeddings(
            [prefix + text for text in texts],
            base_url=settings.EMBEDDINGS_BASE_URL,
            api_key=settings.EMBEDDINGS_API_KEY,
            model=settings.EMBEDDINGS_MODEL.replace("{kind}", kind),
            timeout_s=timeout_s,
        )
    except LlmUnavailableError as exc:
        raise EmbeddingsUnavailableError(str(exc)) from exc
    if any(len(vector) != settings.EMBEDDINGS_DIMENSIONS for vector in vectors):
        raise EmbeddingsUnavailableError(f"a vector has not the {settings.EMBEDDINGS_DIMENSIONS} dimensions expected")
    return vectors
