"""Emptying all that a person wrote: looked at first, done in the background through the log, resumed after a crash."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from accounts.models import User
from core import clock
from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from messaging.models import Conversation, Member, Message
from messaging.services.erasure import erase_batch
from moderation.models import BulkErasure, JobState
from moderation.services.audit import record
from moderation.services.sanctions import SITE

MAX_SHOWN: Final = 50
_STALLED: Final = timedelta(minutes=2)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be emptied: a person's messages, in one conversation or (None) everywhere, since then or ever."""

    user_id: int
    conversation_id: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """How many messages there are, and where: the MAX_SHOWN conversations with the most of them."""

    total: int
    places: list[tuple[Conversation, int]]


def preview(wish: Wish) -> Preview:
    """What an erasure would empty, without emptying anything. Three queries."""
    counts = dict(_messages(wish).order_by().values_list("conversation_id").annotate(count=Count("pk")))
    most = sorted(counts, key=lambda key: -counts[key])[:MAX_SHOWN]
    found = Conversation.objects.in_bulk(most)
    return Preview(sum(counts.values()), [(found[key], counts[key]) for key in most if key in found])


@transaction.atomic
def ask(wish: Wish, *, actor: User, why: str, request: HttpRequest | None = None) -> BulkErasure:
    """Has it done in the background. Raises NOT_FOUND for who is not there, FORBIDDEN for staff, unless the actor is a
    superuser."""
    person = User.objects.filter(pk=wish.user_id).first()
    if person is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if person.is_staff and not actor.is_superuser:
        raise DomainError(ErrorCode.FORBIDDEN)
    job = BulkErasure.objects.create(
        user=person,
        conversation_id=wish.conversation_id,
        since=wish.since,
        why=why,
        asked_by=actor,
        asked_at=clock.now(),
        moved_at=clock.now(),
        total=_messages(wish).count(),
    )
    details = {"job": job.pk, "conversation": wish.conversation_id, "messages": job.total}
    record(actor=actor, action="erased-messages", target=person, why=why, request=request, details=details)
    transaction.on_commit(lambda: _send(job.pk))
    return job


def run(job_id: int) -> None:
    """Empties what is left, a batch of messages a transaction. Two that run at once do the work once."""
    job = BulkErasure.objects.exclude(state=JobState.DONE).filter(pk=job_id).first()
    if job is None:
        return
    BulkErasure.objects.filter(pk=job_id).update(state=JobState.RUNNING, moved_at=clock.now())
    for conversation_id in _places(job):
        while count := erase_batch(job.user_id, conversation_id, actor_id=SITE, since=job.since):
            BulkErasure.objects.filter(pk=job_id).update(erased=F("erased") + count, moved_at=clock.now())
    BulkErasure.objects.filter(pk=job_id).update(state=JobState.DONE, finished_at=clock.now())


def resume() -> int:
    """Hands out the erasures that have not moved for a while: their worker is gone, or never came. How many."""
    stalled = BulkErasure.objects.filter(moved_at__lt=clock.now() - _STALLED).exclude(state=JobState.DONE)
    keys = list(stalled.values_list("pk", flat=True))
    for key in keys:
        _send(key)
    return len(keys)


def _places(job: BulkErasure) -> list[int]:
    if job.conversation_id is not None:
        return [job.conversation_id]
    return list(Member.objects.filter(user_id=job.user_id).values_list("conversation_id", flat=True))


def _messages(wish: Wish) -> QuerySet[Message]:
    """By way of the person's memberships: the log's indexes begin with the conversation."""
    places: list[int] | QuerySet[Member, int] = (
        [wish.conversation_id]
        if wish.conversation_id is not None
        else Member.objects.filter(user_id=wish.user_id).values_list("conversation_id", flat=True)
    )
    rows = Message.objects.filter(conversation_id__in=places, sender_id=wish.user_id, recalled_at=None)
    return rows if wish.since is None else rows.filter(created_at__gte=wish.since)


def _send(job_id: int) -> None:
    try:
        current_app.send_task("moderation.tasks.erase_in_bulk", args=[job_id], retry=False)
    except OperationalError as exc:
        log.warning("a bulk erasure waits for the next sweep", job=job_id, error=str(exc))
