"""Celery's side of AI: summaries and briefs, and the sweeps of what it used."""

from typing import Any

import msgspec
from celery import shared_task

from ai_agent.digests.jobs import Job
from ai_agent.services import briefs, budgets, digesting, ledger, summaries


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
