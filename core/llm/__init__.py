"""APIs of language models of OpenAI's kind: vectors of texts, and chat."""

from core.llm.chat import ChatAnswer, ChatChunk, ChatModel, ChatTurn, complete_chat, stream_chat
from core.llm.client import LlmRefusedError, LlmTooSlowError, LlmUnavailableError, answers
from core.llm.embeddings import create_embeddings

__all__ = [
    "ChatAnswer",
    "ChatChunk",
    "ChatModel",
    "ChatTurn",
    "LlmRefusedError",
    "LlmTooSlowError",
    "LlmUnavailableError",
    "answers",
    "complete_chat",
    "create_embeddings",
    "stream_chat",
]
