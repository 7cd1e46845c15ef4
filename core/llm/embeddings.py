"""Vectors of texts."""

from collections.abc import Sequence

from core.llm.client import LlmUnavailableError, in_our_words, open_client


def create_embeddings(
    texts: Sequence[str], *, base_url: str, api_key: str, model: str, timeout_s: float
) -> list[list[float]]:
    """A vector for each text, in order. Raises LlmUnavailableError, LlmRefusedError."""
    client = open_client(base_url, api_key, timeout_s)
    with in_our_words():
        # Spelled out: left alone the client asks for base64, which not every server speaks.
        answer = client.embeddings.create(model=model, input=list(texts), encoding_format="float")
    vectors = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
    if len(vectors) != len(texts):
        raise LlmUnavailableError(f"{len(vectors)} vectors for {len(texts)} texts")
    return vectors
