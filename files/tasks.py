"""Celery tasks of files: each is one call of a service, and may be run again."""

from celery import shared_task

from core.errors import DomainError
from files.services import erasure, previews


@shared_task(autoretry_for=(DomainError,), retry_backoff=2, max_retries=5)
def make_previews(file_id: int) -> None:
    """Make the thumbnail and the preview of a picture."""
    previews.make_previews(file_id)


@shared_task
def sweep_files() -> None:
    """Delete what was never completed, never sent, or recalled long ago; ask again for previews that got lost."""
    erasure.sweep_files()
