"""A question's way to its answer: what is asked, what may be read for it, what the model writes, what is stored."""

from ai_agent.answering.answers import answer

__all__ = ["answer"]
