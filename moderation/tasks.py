"""Celery tasks of moderation: each is one call of a service, and may be run again."""

from celery import shared_task

from moderation.services import (
    erasing,
    filtering_counts,
    filtering_flags,
    filtering_rehearsal,
    keeping,
    notices,
    sanctions,
)


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def tell_people(about: str, key: int) -> None:
    """Mail a decision to whom it concerns."""
    notices.tell(about, key)


@shared_task
def end_sanctions() -> None:
    """Close the sanctions whose time is over."""
    sanctions.end_due()


@shared_task
def forget_kept() -> None:
    """Erase originals, evidence and what the word filter has caught, once they have been kept for long enough."""
    keeping.forget_originals()
    keeping.forget_evidence()
    filtering_counts.forget_caught()


@shared_task
def erase_in_bulk(job_id: int) -> None:
    """Carry out a bulk erasure, from where it stands."""
    erasing.run(job_id)


@shared_task
def resume_bulk_erasures() -> None:
    """Go on with the bulk erasures that nobody is at."""
    erasing.resume()


@shared_task
def report_flagged() -> None:
    """File what the word filter has flagged."""
    while filtering_flags.report_hits() == filtering_flags.BATCH:
        pass


@shared_task
def rehearse_rule(rehearsal_id: int) -> None:
    """Look at the next messages of a rehearsal."""
    filtering_rehearsal.rehearse(rehearsal_id)


@shared_task
def resume_rehearsals() -> None:
    """Go on with the rehearsals that nobody is at."""
    filtering_rehearsal.resume_rehearsals()
