"""Celery's side of AI: summaries and briefs, and the sweeps of what it used."""

from celery import shared_task

from ai_agent.services import budgets, ledger


@shared_task(name="ai_agent.release_reservations")
def release_reservations() -> None:
    """Give back the budgets that processes have died with."""
    budgets.release_expired()


@shared_task(name="ai_agent.forget_use")
def forget_use() -> None:
    """Erase ledger entries and usage that have been kept for long enough."""
    while ledger.forget_old():
        pass
