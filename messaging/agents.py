"""AI agents as the message path knows them: who is one, and which answers are to stop (flow 6)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User, UserKind
from core.errors import DomainError
from core.logs import get_logger
from core.redis import best_effort

_STOP_FOR_S: Final = 600
NOBODY: Final[frozenset[int]] = frozenset()
log = get_logger(__name__)


def agent_ids() -> frozenset[int]:
    """The user ids of all agents, from memory: settings.AGENT_ROSTER names who knows them; none where it is empty.

    A roster that cannot be read counts as empty: chat goes on without agents.
    """
    if not settings.AGENT_ROSTER:
        return NOBODY
    try:
        return _roster(settings.AGENT_ROSTER)()
    except DomainError as error:
        log.warning("the agents are not known", error=str(error.message))
        return NOBODY


def is_agent(user_id: int) -> bool:
    """Whether the user is an agent, also one that was made a moment ago. A query for who is none."""
    return user_id in agent_ids() or (
        bool(settings.AGENT_ROSTER) and User.objects.filter(pk=user_id, kind=UserKind.AGENT, is_active=True).exists()
    )


def ask_to_stop(question_id: int) -> None:
    """Let the answer to this question end where it is. Forgotten after ten minutes."""
    best_effort(lambda client: client.set(_key(question_id), b"1", ex=_STOP_FOR_S))


def take_back_stop(question_id: int) -> None:
    """The question is to be answered anew."""
    best_effort(lambda client: client.delete(_key(question_id)))


def is_stopped(question_id: int) -> bool:
    """Whether the asker wants no more of the answer. One look into Redis: cheap enough to ask several times a second.
    Without Redis nothing is stopped."""
    return bool(best_effort(lambda client: client.exists(_key(question_id))))


def _key(question_id: int) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}agent-stop:{question_id}"


@lru_cache(maxsize=8)
def _roster(path: str) -> Callable[[], frozenset[int]]:
    found: Callable[[], frozenset[int]] = import_string(path)
    return found
