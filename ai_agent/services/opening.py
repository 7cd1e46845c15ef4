"""Opening a conversation with an agent, which says hello in it first."""

from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerError

from ai_agent.bridges import ANSWER_QUEUE
from ai_agent.models import Agent
from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from core.redis import RedisError
from messaging.models import Conversation
from messaging.services.answers import send_greeting
from messaging.services.conversations import open_agent_conversation

GREET_TASK: Final = "ai_agent.greet"
log = get_logger(__name__)


def open_conversation(user_id: int, agent_id: int) -> tuple[Conversation, bool]:
    """The user's conversation with the agent, and whether it is new: there is always the same one.

    Where nothing has been said yet, the agent's greeting follows in a moment, by a task: opening never waits for it.
    Raises NOT_FOUND for what is no agent, or switched off.
    """
    agent = Agent.objects.filter(pk=agent_id, enabled=True, user__is_active=True).first()
    if agent is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    conversation, created = open_agent_conversation(user_id, agent_id)
    if agent.greeting.strip() and not conversation.last_message_seq:
        transaction.on_commit(lambda: _ask_to_greet(agent_id, conversation.pk))
    return conversation, created


def greet(agent_id: int, conversation_id: int) -> None:
    """Stores the agent's greeting, once however often it is called. Raises DomainError as `send_greeting` does."""
    agent = Agent.objects.filter(pk=agent_id).first()
    if agent is not None and agent.greeting.strip():
        send_greeting(agent_id=agent_id, conversation_id=conversation_id, text=agent.greeting.strip())


def _ask_to_greet(agent_id: int, conversation_id: int) -> None:
    try:
        current_app.send_task(GREET_TASK, args=[agent_id, conversation_id], queue=ANSWER_QUEUE, retry=False)
    except (RedisError, BrokerError, OSError) as exc:
        log.warning("nobody can greet now; it is tried when the chat is opened again", error=type(exc).__name__)
