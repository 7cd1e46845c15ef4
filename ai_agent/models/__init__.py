"""Agents, and what they have used."""

from ai_agent.models.agents import Agent

__all__ = ["Agent"]
