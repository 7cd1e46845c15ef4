"""Agents, and what they have used."""

from ai_agent.models.agents import Agent
from ai_agent.models.usage import (
    AiLimits,
    LedgerEntry,
    ModelPrice,
    ModelUse,
    Purpose,
    Reservation,
    TokenAccount,
)

__all__ = [
    "Agent",
    "AiLimits",
    "LedgerEntry",
    "ModelPrice",
    "ModelUse",
    "Purpose",
    "Reservation",
    "TokenAccount",
]
