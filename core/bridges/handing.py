"""A batch on its way through Celery: handing it out, and finding out what became of it."""

import base64
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from celery import current_app, states
from kombu.exceptions import OperationalError as BrokerError

from core.bridges.claims import EXPIRES_S, Claim, mark_queued, read_claims
from core.bridges.spec import BridgeSpec
from core.bridges.tasks import Outcome, Verdict
from core.kafka.port import Record
from core.redis import RedisError

_MAX_DEADLINE_S: Final = EXPIRES_S / 2
"""The deadline doubles up to this; below the task's own expiry, so that a valid one is always on its way."""

RESULTS_EVERY_S: Final = 0.1

OUTCOME_WITHIN_S: Final = 2.0
"""From the mark that a batch is done to its outcome in the result backend: it is stored a moment after the mark."""

AWAY = (RedisError, BrokerError, OSError)
"""What handing out and asking raise while Redis is away."""


@dataclass(slots=True)
class Flight:
    """A batch in Celery's hands. `attempts` are the ids of its tasks whose results are still awaited."""

    records: list[Record]
    deadline_s: float
    batch_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempts: list[str] = field(default_factory=list)
    started_at: float = field(default_factory=time.monotonic)
    handed_out_at: float = 0.0
    results_at: float = field(default_factory=time.monotonic)
    finished_at: float | None = None
    """When the batch was first seen to be done; its outcome follows a moment later."""
    died: int = 0

    @property
    def is_overdue(self) -> bool:
        """Whether nobody has begun it for too long."""
        return time.monotonic() - self.handed_out_at > self.deadline_s


class Lost(msgspec.Struct, frozen=True):
    """The attempt is gone without an outcome. `died` says that its process died at work; otherwise the task was lost on
    the way, or waits for too long."""

    died: bool
    reason: str


def hand_out(spec: BridgeSpec, flight: Flight) -> None:
    """One more attempt at the batch. Raises one of AWAY."""
    attempt = uuid.uuid4().hex
    records = [(record.offset, base64.b64encode(record.value).decode()) for record in flight.records]
    arguments = [flight.batch_id, flight.records[0].partition, records]
    mark_queued(flight.batch_id)
    message = current_app.amqp.create_task_message(
        attempt,
        spec.task,
        arguments,
        expires=EXPIRES_S,
        time_limit=spec.time_limit_s,
        argsrepr="(...)",
        ignore_result=False,
    )
    with current_app.producer_pool.acquire(block=True) as producer:
        # Not send_task: it would subscribe to a channel for each result, and these are asked for instead.
        current_app.amqp.send_task_message(producer, spec.task, message, queue=spec.queue, retry=False)
    if flight.attempts:
        flight.deadline_s = min(flight.deadline_s * 2, _MAX_DEADLINE_S)
    flight.attempts.append(attempt)
    flight.handed_out_at = time.monotonic()
    flight.finished_at = None


def ask(flights: Sequence[Flight]) -> list[Outcome | Lost | None]:
    """What became of each batch: its outcome, that it is lost, or None while it goes on. Raises one of AWAY.

    One round trip for all, and one more for those that have ended. Of those that go on, the results are looked at now
    and then too: that is where a death is told.
    """
    claims = read_claims([flight.batch_id for flight in flights])
    now = time.monotonic()
    is_due = [
        claim in (Claim.DONE, Claim.LOST) or now - flight.results_at >= RESULTS_EVERY_S
        for flight, claim in zip(flights, claims, strict=True)
    ]
    due = [flight for flight, wanted in zip(flights, is_due, strict=True) if wanted]
    results = iter(_read_results([attempt for flight in due for attempt in flight.attempts]))
    answers: list[Outcome | Lost | None] = []
    for flight, claim, wanted in zip(flights, claims, is_due, strict=True):
        if not wanted:
            answers.append(None)
            continue
        flight.results_at = now
        found = {attempt: next(results) for attempt in list(flight.attempts)}
        answers.append(_judge(flight, claim, found))
    return answers


def _judge(flight: Flight, claim: Claim, results: dict[str, dict[str, Any] | None]) -> Outcome | Lost | None:
    for attempt, meta in results.items():
        if meta is None:
            continue
        if meta["status"] == states.SUCCESS:
            outcome = msgspec.convert(meta["result"], Outcome)
            if outcome.verdict is not Verdict.SKIPPED:
                return outcome
        flight.attempts.remove(attempt)
        if meta["status"] == states.FAILURE:
            return Lost(True, repr(meta["result"]))
    if claim is Claim.LOST:
        return Lost(False, "its claim is gone")
    if claim is Claim.QUEUED and flight.is_overdue:
        return Lost(False, "nobody has begun it")
    if claim is Claim.DONE:
        flight.finished_at = flight.finished_at or time.monotonic()
        if time.monotonic() - flight.finished_at > OUTCOME_WITHIN_S:
            return Lost(False, "its outcome is gone")
    return None


def _read_results(attempts: Sequence[str]) -> list[dict[str, Any] | None]:
    if not attempts:
        return []
    backend: Any = current_app.backend  # Redis: the stubs know the base class only
    found = backend.mget([backend.get_key_for_task(attempt) for attempt in attempts])
    return [backend.decode_result(payload) if payload else None for payload in found]
