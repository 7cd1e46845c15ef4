"""Celery's side of AI: answers, summaries and briefs, and the sweeps of what it used."""

from collections.abc import Sequence
from typing import Any

import msgspec
from celery import shared_task

from ai_agent.answering import answer
from ai_agent.bridges import ANSWER_TASK
from ai_agent.digests.jobs import Job
from ai_agent.services import briefs, budgets, digesting, ledger, opening, summaries
from core.bridges import BridgeItem, Refused, TryAgainError, bridge_task
from core.errors import DomainError
from messaging.records import UnknownVersionError, decode_agent


@bridge_task(ANSWER_TASK)
def answer_questions(items: Sequence[BridgeItem]) -> Sequence[Refused]:
    """Answer the questions of a conversation, one after the other."""
    refused: list[Refused] = []
    for item in items:
        try:
            answer(decode_agent(item.value))
        except (msgspec.DecodeError, UnknownVersionError) as exc:
            refused.append(Refused(item.offset, repr(exc)))
        except DomainError as exc:
            raise TryAgainError(str(exc.message)) from exc
    return refused


@shared_task(name=opening.GREET_TASK, autoretry_for=(DomainError,), max_retries=3, retry_backoff=True)
def greet(agent_id: int, conversation_id: int) -> None:
    """Say the agent's first words in a conversation."""
    opening.greet(agent_id, conversation_id)


@shared_task(name=digesting.MAKE_TASK, acks_late=False)
def make_digest(job: dict[str, Any], attempt: str) -> None:
    """Make a summary or a brief. One that dies is made anew for whoever asks again, not delivered again by itself."""
    asked = msgspec.convert(job, Job)
    digesting.make(asked, attempt, summaries.make_summary if asked.kind == "summary" else briefs.make_brief)


@shared_task(name="ai_agent.release_reservations")
def release_reservations() -> None:
    """Give back the budgets that processes have died with."""
    budgets.release_expired()


@shared_task(name="ai_agent.forget_use")
def forget_use() -> None:
    """Erase ledger entries and usage that have been kept for long enough."""
    while ledger.forget_old():
        pass
