"""The Celery side of a bridge: the decorator that makes a handler of batches into a task.

Only JSON travels: record values as base64, the outcome as a small object.
"""

import base64
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from celery import Task, shared_task
from django.db import InterfaceError, OperationalError

from core.bridges.claims import claiming
from core.bridges.spec import BridgeItem, Handler, Refused, TryAgainError
from core.logs import get_logger

_MAX_REASON = 500
BridgeTask = Task[..., dict[str, Any]]
log = get_logger(__name__)


class Verdict(StrEnum):
    """How an attempt ended."""

    DONE = "done"
    AGAIN = "again"
    FAILED = "failed"
    SKIPPED = "skipped"


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """An attempt's result, as it lies in the result backend: `refused` of DONE, `reason` of AGAIN and FAILED."""

    verdict: Verdict
    refused: list[Refused] = []
    reason: str = ""


def bridge_task(name: str) -> Callable[[Handler], BridgeTask]:
    """Makes a handler into the Celery task that a BridgeSpec names.

    A batch whose attempt is already at work elsewhere, or done, is passed over. A database that is away counts as
    TryAgainError.
    """

    def decorate(handle: Handler) -> BridgeTask:
        # The bridge sees a lost worker by its failure and decides itself, so Celery must not put the message back.
        @shared_task(bind=True, name=name, ignore_result=False, acks_late=True, reject_on_worker_lost=False)
        def run(self: BridgeTask, batch_id: str, partition: int, records: list[tuple[int, str]]) -> dict[str, Any]:
            items = [BridgeItem(partition, offset, base64.b64decode(value)) for offset, value in records]
            with claiming(batch_id, self.request.id or "") as is_mine:
                outcome = _attempt(handle, items) if is_mine else Outcome(Verdict.SKIPPED)
            answer: dict[str, Any] = msgspec.to_builtins(outcome)
            return answer

        return run

    return decorate


def _attempt(handle: Handler, items: Sequence[BridgeItem]) -> Outcome:
    try:
        return Outcome(Verdict.DONE, refused=list(handle(items)))
    except (TryAgainError, OperationalError, InterfaceError) as exc:
        return Outcome(Verdict.AGAIN, reason=repr(exc)[:_MAX_REASON])
    except Exception as exc:
        # The edge of the task: the bridge finds out which record is at fault.
        log.warning("a batch failed", records=len(items), exc_info=exc)
        return Outcome(Verdict.FAILED, reason=repr(exc)[:_MAX_REASON])
