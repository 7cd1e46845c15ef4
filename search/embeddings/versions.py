"""The version of the embedding model in use: its row, with the means that were estimated when it was first met."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from search.embeddings.api import EmbeddingsUnavailableError, Vector, request_vectors
from search.models import EmbeddingModel

SAMPLES: Final = Path(__file__).with_name("samples.tsv")
_DIGEST_BITS: Final = 62


def current_model() -> EmbeddingModel:
    """The row of the model that the settings name; made, with its means, when there is none yet.

    Raises EmbeddingsUnavailableError (the means are estimated by the API).
    """
    return _find_or_make(current_model_id())


def current_model_id() -> int:
    """The version's primary key: it changes with the model, its prefixes and dimensions, and the sample texts."""
    return _digest(
        settings.EMBEDDINGS_MODEL,
        settings.EMBEDDINGS_DIMENSIONS,
        settings.EMBEDDINGS_QUERY_PREFIX,
        settings.EMBEDDINGS_PASSAGE_PREFIX,
    )


@lru_cache(maxsize=4)
def _digest(*parts: object) -> int:
    text = "\0".join([*map(str, parts), SAMPLES.read_text("utf-8")])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - _DIGEST_BITS)


@lru_cache(maxsize=1)
def read_samples() -> dict[str, list[str]]:
    """The project's own sentences by language: everyday chat, each said in Chinese and in English."""
    pairs = [line.split("\t") for line in SAMPLES.read_text("utf-8").splitlines()]
    return {"zh": [chinese for chinese, _ in pairs], "en": [english for _, english in pairs]}


@lru_cache(maxsize=4)
def _find_or_make(model_id: int) -> EmbeddingModel:
    found = EmbeddingModel.objects.filter(pk=model_id).first()
    if found is not None:
        return found
    values = {
        "name": settings.EMBEDDINGS_MODEL,
        "dimensions": settings.EMBEDDINGS_DIMENSIONS,
        "means": estimate_means(),
    }
    # Two processes may meet a new model at the same time: the first row counts for both.
    return EmbeddingModel.objects.get_or_create(pk=model_id, defaults=values)[0]


def estimate_means() -> dict[str, Vector]:
    """The mean of each language's sample vectors; for other languages what lies between the two.

    Raises EmbeddingsUnavailableError.
    """
    means = {language: _mean(_embed(texts)) for language, texts in read_samples().items()}
    return means | {"other": _mean(list(means.values()))}


def _embed(texts: list[str]) -> list[Vector]:
    size = settings.EMBEDDINGS_BATCH
    found = [v for at in range(0, len(texts), size) for v in request_vectors(texts[at : at + size], "passage")]
    vectors = [vector for vector in found if vector is not None]
    if len(vectors) < len(texts) // 2:
        raise EmbeddingsUnavailableError("most of the sample texts were refused")
    return vectors


def _mean(vectors: list[Vector]) -> Vector:
    return [sum(values) / len(vectors) for values in zip(*vectors, strict=True)]
