"""The version of the embedding model in use: its row, with what was estimated of it when it was first met."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from search.embeddings.api import PASSAGE_TIMEOUT_S, EmbeddingsUnavailableError, Kind, Vector, request_vectors
from search.embeddings.directions import find_directions
from search.embeddings.languages import Language
from search.models import EmbeddingModel

SAMPLES: Final = Path(__file__).with_name("samples.tsv")
_DIGEST_BITS: Final = 62
_known: dict[int, EmbeddingModel] = {}
_EVERY: Final[dict[Kind, int]] = {"passage": 1, "query": 2}
"""Of the samples every one, or every second one: half of them give the mean of queries as well."""
_METHOD: Final = "means by language and kind, four differences"
"""How the vectors are corrected; another way makes another version."""


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
    means, differences = estimate_correction()
    values = {
        "name": settings.EMBEDDINGS_MODEL,
        "dimensions": settings.EMBEDDINGS_DIMENSIONS,
        "means": means,
        "differences": differences,
    }
    # Two processes may meet a new model at the same time: the first row counts for both.
    made: EmbeddingModel = EmbeddingModel.objects.get_or_create(pk=model_id, defaults=values)[0]
    _known[model_id] = made
    return made


def mean_key(kind: Kind, language: Language) -> str:
    """Under which name a version keeps the mean of passages or of queries in a language."""
    return language if kind == "passage" else f"query-{language}"


def estimate_correction() -> tuple[dict[str, Vector], list[Vector]]:
    """The means and the differences, as EmbeddingModel has them; for other languages the mean lies between the two.

    Queries have means of their own: the model marks them, and they lie elsewhere (measured by `bench.relevance`:
    without, 4 % fewer are answered). Raises EmbeddingsUnavailableError.
    """
    passages = _embed_samples("passage")
    means = _means("passage", passages) | _means("query", _embed_samples("query"))
    pairs = zip(passages["zh"], passages["en"], strict=True)
    apart = [[a - b for a, b in zip(one, other, strict=True)] for one, other in pairs if one and other]
    return means, find_directions(apart)


def _embed_samples(kind: Kind) -> dict[Language, list[Vector | None]]:
    size = settings.EMBEDDINGS_BATCH
    found: dict[Language, list[Vector | None]] = {}
    for language, texts in read_samples().items():
        some = texts[:: _EVERY[kind]]
        found[language] = [
            vector
            for at in range(0, len(some), size)
            for vector in request_vectors(some[at : at + size], kind, timeout_s=PASSAGE_TIMEOUT_S)
        ]
        if found[language].count(None) > len(some) // 2:
            raise EmbeddingsUnavailableError("most of the sample texts were refused")
    return found


def _means(kind: Kind, vectors: dict[Language, list[Vector | None]]) -> dict[str, Vector]:
    means = {mean_key(kind, language): _mean([v for v in some if v]) for language, some in vectors.items()}
    return means | {mean_key(kind, "other"): _mean(list(means.values()))}


def _mean(vectors: list[Vector]) -> Vector:
    return [sum(values) / len(vectors) for values in zip(*vectors, strict=True)]
