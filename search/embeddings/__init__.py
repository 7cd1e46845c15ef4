"""Vectors of texts: by any embeddings API of OpenAI's kind, centred by language, of length one (docs/adr, vectors)."""

from search.embeddings.api import WAITING_TIMEOUT_S, EmbeddingsUnavailableError, Vector
from search.embeddings.languages import LANGUAGES, Language, detect_language
from search.embeddings.vectors import embed_passages, embed_query
from search.embeddings.versions import current_model

__all__ = [
    "LANGUAGES",
    "WAITING_TIMEOUT_S",
    "EmbeddingsUnavailableError",
    "Language",
    "Vector",
    "current_model",
    "detect_language",
    "embed_passages",
    "embed_query",
]
