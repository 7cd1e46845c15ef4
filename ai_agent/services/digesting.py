"""How a digest is asked for by a caller who waits a while, and made by a Celery task that knows it by the same name."""

import time
from collections.abc import Callable
from threading import BoundedSemaphore
from typing import Any, Final

import msgspec
from celery import current_app
from django.db import connections
from django.utils.translation import override
from kombu.exceptions import OperationalError

from ai_agent.digests import jobs
from ai_agent.digests.jobs import Job, Kept
from ai_agent.digests.reading import all_stand
from ai_agent.services.budgets import BudgetExceededError
from ai_agent.services.limits import is_on
from core.errors import DomainError, ErrorCode
from core.ids import new_token
from core.logs import get_logger
from core.redis import RedisError

MAKE_TASK: Final = "ai_agent.make_digest"
WAIT_S: Final = 15.0
"""Less than the 20 s after which clients give up a request."""
MAX_WAITING: Final = 48
"""Callers that wait in one process: more are told at once to ask again."""
_LOOK_EVERY_S: Final = 0.2
_waiting: Final = BoundedSemaphore(MAX_WAITING)
log = get_logger(__name__)

IsFresh = Callable[[Kept], bool]
"""Whether a digest that is kept still says what is new."""


def obtain(job: Job, is_fresh: IsFresh) -> dict[str, Any] | None:
    """The digest that is asked for, or None when it is not made within WAIT_S: the same call finds it later.

    A kept one is given out only while it is fresh and every message that went into it still stands for this reader.
    Raises what making it was refused with, BudgetExceededError when AI is switched off, UNAVAILABLE.
    """
    if not is_on():
        raise BudgetExceededError("off")
    until = time.monotonic() + WAIT_S
    begun, made = _look(job, is_fresh, may_begin=True)
    if made is not None:
        return made
    if not _waiting.acquire(blocking=False):
        return None
    try:
        while True:
            kept = jobs.find(job)
            if kept is not None and kept.state != "running":
                return _look(job, is_fresh, may_begin=not begun)[1]
            if time.monotonic() > until:
                return None
            _lend_connections()
            time.sleep(_LOOK_EVERY_S)
    finally:
        _waiting.release()


def make(job: Job, attempt: str, build: Callable[[Job], Kept]) -> None:
    """Builds a digest in the reader's language and keeps it, or why there is none. For the task."""
    with override(job.language):
        try:
            made = msgspec.structs.replace(build(job), attempt=attempt)
            if not is_on():
                raise BudgetExceededError("off")
            jobs.finish(job, made)
        except DomainError as error:
            jobs.fail(job, attempt, error)
        except RedisError:
            raise
        except Exception:
            jobs.fail(job, attempt, DomainError(ErrorCode.UNAVAILABLE))
            raise


def _look(job: Job, is_fresh: IsFresh, *, may_begin: bool) -> tuple[bool, dict[str, Any] | None]:
    """Whether an attempt has been begun, and the digest if it is there and may be given out."""
    kept = jobs.find(job)
    if kept is not None and kept.state == "failed":
        jobs.drop(job, kept.attempt)
        raise jobs.as_error(kept)
    if kept is not None and kept.state == "done":
        if is_fresh(kept) and all_stand(job.user_id, kept.sources):
            return False, kept.result
        jobs.drop(job, kept.attempt)
        kept = None
    if kept is None and may_begin:
        _begin(job)
        return True, None
    return False, None


def _begin(job: Job) -> None:
    """Has it made, unless someone else has just seen to that."""
    attempt = new_token()
    if not jobs.claim(job, attempt):
        return
    try:
        current_app.send_task(MAKE_TASK, args=[msgspec.to_builtins(job), attempt], retry=False)
    except (OperationalError, OSError) as exc:
        log.warning("a digest could not be asked for", error=repr(exc))
        jobs.drop(job, attempt)
        raise DomainError(ErrorCode.UNAVAILABLE) from exc


def _lend_connections() -> None:
    """A caller who waits needs no database meanwhile, and others do."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
