"""The version of the embedding model in use: its row, with the means that were estimated when it was first met."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from search.embeddings.api import EmbeddingsUnavailableError, Kind, Vector, request_vectors
from search.embeddings.languages import Language
from search.models import EmbeddingModel

SAMPLES: Final = Path(__file__).with_name("samples.tsv")
_DIGEST_BITS: Final = 62
_known: dict[int, EmbeddingModel] = {}
_EVERY: Final[dict[Kind, int]] = {"passage": 1, "query": 2}
"""Of the samples every one, or every second one: half of them give the mean of queries as well."""
_METHOD: Final = "means by language and kind"
"""How the means are taken; another way makes another version."""


def current_model() -> EmbeddingModel:
    """The row of the model that the settings name; made, with its means, when there is none yet.

    Raises EmbeddingsUnavailableError (the means are estimated by the API).
    """
    return find_model() or _make(current_model_id())


def find_model() -> EmbeddingModel | None:
    """The same, or None as long as nobody has made it: then nothing has a vector to compare with either."""
    model_id = current_model_id()
    if model_id not in _known:
        found = EmbeddingModel.objects.filter(pk=model_id).first()
        if found is None:
            return None
        _known[model_id] = found
    return _known[model_id]


def current_model_id() -> int:
    """The version's primary key: it changes with the model, its prefixes and dimensions, and the sample texts."""
    return _digest(
        settings.EMBEDDINGS_MODEL,
        settings.EMBEDDINGS_DIMENSIONS,
        settings.EMBEDDINGS_QUERY_PREFIX,
        settings.EMBEDDINGS_PASSAGE_PREFIX,
        _METHOD,
    )


@lru_cache(maxsize=4)
def _digest(*parts: object) -> int:
    text = "\0".join([*map(str, parts), SAMPLES.read_text("utf-8")])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> (64 - _DIGEST_BITS)


@lru_cache(maxsize=1)
def read_samples() -> dict[Language, list[str]]:
    """The project's own sentences by language: everyday chat, each said in Chinese and in English."""
    pairs = [line.split("\t") for line in SAMPLES.read_text("utf-8").splitlines()]
    return {"zh": [chinese for chinese, _ in pairs], "en": [english for _, english in pairs]}


def _make(model_id: int) -> EmbeddingModel:
    values = {
        "name": settings.EMBEDDINGS_MODEL,
        "dimensions": settings.EMBEDDINGS_DIMENSIONS,
        "means": estimate_means(),
    }
    # Two processes may meet a new model at the same time: the first row counts for both.
    made: EmbeddingModel = EmbeddingModel.objects.get_or_create(pk=model_id, defaults=values)[0]
    _known[model_id] = made
    return made


def mean_key(kind: Kind, language: Language) -> str:
    """Under which name a version keeps the mean of passages or of queries in a language."""
    return language if kind == "passage" else f"query-{language}"


def estimate_means() -> dict[str, Vector]:
    """The mean of each language's sample vectors; for other languages what lies between the two.

    Queries have means of their own: the model marks them, and they lie elsewhere (measured by `bench.relevance`:
    without, 4 % fewer are answered). Raises EmbeddingsUnavailableError.
    """
    kinds: tuple[Kind, ...] = ("passage", "query")
    means: dict[str, Vector] = {}
    for kind in kinds:
        found = {language: _mean(_embed(texts[:: _EVERY[kind]], kind)) for language, texts in read_samples().items()}
        means |= {mean_key(kind, language): mean for language, mean in found.items()}
        means[mean_key(kind, "other")] = _mean(list(found.values()))
    return means


def _embed(texts: list[str], kind: Kind) -> list[Vector]:
    size = settings.EMBEDDINGS_BATCH
    found = [v for at in range(0, len(texts), size) for v in request_vectors(texts[at : at + size], kind)]
    vectors = [vector for vector in found if vector is not None]
    if len(vectors) < len(texts) // 2:
        raise EmbeddingsUnavailableError("most of the sample texts were refused")
    return vectors


def _mean(vectors: list[Vector]) -> Vector:
    return [sum(values) / len(vectors) for values in zip(*vectors, strict=True)]
