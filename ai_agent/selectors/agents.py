"""Agents as people see them."""

from collections.abc import Sequence

import msgspec

from accounts.avatars import avatar_url
from ai_agent.models import Agent


class AgentView(msgspec.Struct, frozen=True):
    """An agent that may be asked. `id` is also its user id: the sender of its answers."""

    id: str
    name: str
    description: str
    avatar_url: str | None


class AgentList(msgspec.Struct, frozen=True):
    """All agents that are switched on, the oldest first."""

    results: list[AgentView]


def list_agents() -> Sequence[Agent]:
    """The agents that are switched on, with their users, the oldest first. One query."""
    return list(Agent.objects.select_related("user").filter(enabled=True, user__is_active=True).order_by("pk"))


def view_agents(agents: Sequence[Agent]) -> AgentList:
    """What is told of them."""
    return AgentList(
        [
            AgentView(str(agent.pk), agent.user.display_name, agent.description, avatar_url(agent.user.avatar))
            for agent in agents
        ]
    )
