"""The admin of AI: agents, budgets and prices, what was used, and the ledger."""

from ai_agent.admin import agents, ledger, limits, usage

__all__ = ["agents", "ledger", "limits", "usage"]
