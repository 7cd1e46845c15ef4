"""Celery tasks of accounts: each is one call of a service, and may be run again."""

from celery import shared_task

from accounts.services import erasure, passwords, sessions


@shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_password_reset(email: str, language: str) -> None:
    """Mail a reset token to whoever has this address."""
    passwords.send_reset_mails(email, language)


@shared_task
def end_expired_sessions() -> None:
    """Mark sessions whose time is over as ended, forget old ones."""
    sessions.end_expired_sessions()


@shared_task
def erase_pending_accounts() -> None:
    """Erase the accounts whose owners asked for it before the grace period."""
    erasure.erase_pending_accounts()
