"""What the staff does with agents: each act written down, and known to every process within about a second."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from accounts.services.names import clean_display_name
from accounts.services.telling import tell_profile_changed
from ai_agent import roster
from ai_agent.models import Agent
from ai_agent.services.agents import make_agent
from core.audit import record_act
from files.services.avatars import remove_user_avatar, set_user_picture


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """What an agent is to be: its name, `fields` of Agent, and its picture as `render_picture` has made it (None: as it
    is; empty: none)."""

    display_name: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    picture: bytes | None = None


@transaction.atomic
def add_agent(username: str, change: AgentChange, *, request: HttpRequest, why: str) -> Agent:
    """A new agent with its user. Raises INVALID_REQUEST for a bad name, CONFLICT for a taken one."""
    agent = make_agent(username=username, display_name=change.display_name, **change.fields)
    _set_picture(agent, change.picture)
    record_act(request, "ai-agent-added", agent, why=why, details={"username": agent.user.username})
    return agent


@transaction.atomic
def change_agent(agent_id: int, change: AgentChange, *, request: HttpRequest, why: str) -> None:
    """Changes an agent; answers that begin from now on follow. The audit names the fields, not what they hold. Raises
    INVALID_REQUEST for a bad name."""
    agent = Agent.objects.select_for_update().get(pk=agent_id)
    changed = [name for name, value in change.fields.items() if getattr(agent, name) != value]
    for name in changed:
        setattr(agent, name, change.fields[name])
    agent.save(update_fields=changed or None)
    user = User.objects.get(pk=agent_id)
    if (name := clean_display_name(change.display_name)) != user.display_name:
        user.set_names(user.username, name)
        user.save(update_fields=["display_name", "display_name_folded"])
        tell_profile_changed([user.pk])
        changed.append("display_name")
    if change.picture is not None:
        _set_picture(agent, change.picture)
        changed.append("picture")
    roster.note_change()
    record_act(request, "ai-agent-changed", agent, why=why, details={"fields": changed})


@transaction.atomic
def switch_agents(agent_ids: Collection[int], *, on: bool, request: HttpRequest, why: str) -> int:
    """Lets agents answer, or stops them; how many were not so already."""
    agents = list(Agent.objects.select_for_update().filter(pk__in=agent_ids).exclude(enabled=on).order_by("pk"))
    Agent.objects.filter(pk__in=[agent.pk for agent in agents]).update(enabled=on)
    for agent in agents:
        record_act(request, "ai-agent-switched-on" if on else "ai-agent-switched-off", agent, why=why)
    roster.note_change()
    return len(agents)


def _set_picture(agent: Agent, picture: bytes | None) -> None:
    if picture:
        set_user_picture(agent.pk, picture)
    elif picture is not None:
        remove_user_avatar(agent.pk)
