"""Which users are agents: what the write path asks with every batch (settings.AGENT_ROSTER)."""

from typing import Final

from ai_agent.models import Agent
from core.watched import Watched


def _load() -> frozenset[int]:
    return frozenset(Agent.objects.filter(user__is_active=True).values_list("pk", flat=True))


ROSTER: Final = Watched("agents", _load)


def agent_ids() -> frozenset[int]:
    """The ids of all agents, in memory. One that is switched off is among them: it answers that it is."""
    return ROSTER.get()


def note_change() -> None:
    """Once this transaction has committed, every process reads the agents again (within about a second)."""
    ROSTER.note_change()
