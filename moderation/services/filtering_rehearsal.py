"""Rehearsing a rule: what it would have caught in the last days, found out a slice at a time in a Celery worker.

A slice ends with its place and its figures in one row, so that one that dies is done again and counts nothing twice.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from kombu.exceptions import OperationalError

from accounts.models import User
from core import clock
from core.ids import log_range, split_log_id
from core.logs import get_logger
from messaging.models import Conversation, Message
from moderation.filter.live import as_rule
from moderation.filter.rules import RuleSet
from moderation.models import FilterPlace, FilterRehearsal, FilterRule, RehearsalState
from moderation.services.audit import record
from moderation.services.filtering_rules import check_pattern

DAYS: Final = 30
MAX_SCANNED: Final = 1_000_000
MAX_PER_CONVERSATION: Final = 100_000
SAMPLES: Final = 30
SLICE_S: Final = 3.0
_PAGE: Final = 2_000
_CONVERSATIONS: Final = 100
_OPEN: Final = (RehearsalState.WAITING, RehearsalState.RUNNING)
log = get_logger(__name__)


@transaction.atomic
def start_rehearsal(rule: FilterRule, *, actor: User, request: HttpRequest | None = None) -> FilterRehearsal:
    """Begins a rehearsal of the rule as it is now, and ends the others of this rule. Raises INVALID_REQUEST."""
    check_pattern(rule.pattern, by_sound=rule.by_sound)
    cancel_rehearsals(rule)
    since = clock.now() - timedelta(days=DAYS)
    rehearsal = FilterRehearsal.objects.create(
        rule=rule,
        asked_by=actor,
        pattern=rule.pattern,
        by_sound=rule.by_sound,
        exceptions=rule.exceptions,
        since=since,
        conversations=_due(since, None)[:MAX_SCANNED].count(),
    )
    record(actor=actor, action="filter-rule-rehearsed", target=rule, why="", request=request)
    transaction.on_commit(lambda: _request(rehearsal.pk))
    return rehearsal


def cancel_rehearsals(rule: FilterRule) -> None:
    """Ends what is still being looked at for this rule."""
    rows = FilterRehearsal.objects.filter(rule=rule, state__in=_OPEN)
    rows.update(state=RehearsalState.CANCELLED, finished_at=clock.now())


def rehearse(rehearsal_id: int) -> None:
    """Looks at messages for SLICE_S and asks for the next slice. Does nothing for one that has ended."""
    with transaction.atomic():
        found = FilterRehearsal.objects.select_for_update(skip_locked=True).filter(pk=rehearsal_id, state__in=_OPEN)
        rehearsal = found.first()
        if rehearsal is None:
            return
        _Slice(rehearsal).run()
        rehearsal.save()
    if rehearsal.state == RehearsalState.RUNNING:
        _request(rehearsal_id)


def resume_rehearsals() -> None:
    """Goes on with those that nobody works at: a lost task, a worker that died."""
    for rehearsal_id in FilterRehearsal.objects.filter(state__in=_OPEN).values_list("pk", flat=True)[:20]:
        _request(rehearsal_id)


def access_samples(rehearsal: FilterRehearsal, *, actor: User, request: HttpRequest) -> list[dict[str, object]]:
    """Excerpts around the sampled hits, as the messages are now, newest first; looking at them is audited.

    Each `{"before", "hit", "after", "at", "id"}`; what has been recalled, hidden or changed is left out.
    """
    rows = Message.objects.filter(pk__in=rehearsal.samples, recalled_at=None, hidden_at=None)
    rules = _rules_of(rehearsal)
    shown = []
    for message in rows.order_by("-created_at"):
        if found := rules.find(message.text, FilterPlace.MESSAGES):
            before, hit, after = _excerpt(message.text, found[0].start, found[0].end)
            shown.append({"before": before, "hit": hit, "after": after, "at": message.created_at, "id": message.pk})
    if shown:
        details = {"rehearsal": rehearsal.pk, "messages": [str(one["id"]) for one in shown]}
        record(actor=actor, action="looked-at-filter-samples", target=rehearsal.rule, why=rehearsal.pattern,
               request=request, details=details)  # fmt: skip
    return shown


@dataclass(slots=True)
class _Slice:
    """A few seconds of a rehearsal, on its locked row."""

    rehearsal: FilterRehearsal
    rules: RuleSet = field(init=False)
    by_day: Counter[str] = field(init=False)
    ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self.rules = _rules_of(self.rehearsal)
        self.by_day = Counter(self.rehearsal.by_day)
        self.ends_at = time.monotonic() + SLICE_S

    def run(self) -> None:
        row = self.rehearsal
        row.state = RehearsalState.RUNNING
        while time.monotonic() < self.ends_at:
            ids = list(_due(row.since, row.cursor).values_list("pk", "last_seq")[:_CONVERSATIONS])
            if not ids or row.scanned >= MAX_SCANNED:
                row.is_partial = row.is_partial or bool(ids)
                row.state, row.finished_at = RehearsalState.DONE, clock.now()
                break
            for conversation_id, last_seq in ids:
                self._look_through(conversation_id, last_seq)
                row.cursor = conversation_id
                row.conversations_done += 1
                if time.monotonic() >= self.ends_at or row.scanned >= MAX_SCANNED:
                    break
        row.by_day = dict(self.by_day)

    def _look_through(self, conversation_id: int, last_seq: int) -> None:
        for message_id, text, created_at in self._recent(conversation_id, last_seq):
            self.rehearsal.scanned += 1
            if self.rules.find(text, FilterPlace.MESSAGES):
                self.rehearsal.hits += 1
                self.by_day[created_at.date().isoformat()] += 1
                if len(self.rehearsal.samples) < SAMPLES:
                    self.rehearsal.samples.append(message_id)

    def _recent(self, conversation_id: int, last_seq: int) -> Iterator[tuple[int, str, datetime]]:
        """The texts since the beginning, newest first, a page of the primary key at a time."""
        seq, seen = last_seq, 0
        while seq > 0:
            rows = Message.objects.filter(pk__range=log_range(conversation_id, 0, seq)).order_by("-pk")
            page = list(rows.values_list("pk", "text", "created_at")[:_PAGE])
            for message_id, text, created_at in page:
                if created_at < self.rehearsal.since:
                    return
                if text:
                    yield message_id, text, created_at
            seen += len(page)
            if len(page) < _PAGE:
                return
            if seen >= MAX_PER_CONVERSATION:
                self.rehearsal.is_partial = True
                return
            seq = split_log_id(page[-1][0])[1] - 1


def _due(since: datetime, cursor: int | None) -> "QuerySet[Conversation]":
    """The conversations in which something may have been written since, newest first, after `cursor`."""
    rows = Conversation.objects.filter(changed_at__gte=since, last_ordinal__gt=0)
    return (rows if cursor is None else rows.filter(pk__lt=cursor)).order_by("-pk")


def _rules_of(rehearsal: FilterRehearsal) -> RuleSet:
    row = FilterRule(pattern=rehearsal.pattern, by_sound=rehearsal.by_sound, exceptions=rehearsal.exceptions)
    return RuleSet([as_rule(row)])


def _excerpt(text: str, start: int, end: int, around: int = 24) -> tuple[str, str, str]:
    before, after = text[max(0, start - around) : start], text[end : end + around]
    return (
        ("…" if start > around else "") + before,
        text[start:end],
        after + ("…" if end + around < len(text) else ""),
    )


def _request(rehearsal_id: int) -> None:
    try:
        current_app.send_task("moderation.tasks.rehearse_rule", args=[rehearsal_id], retry=False)
    except OperationalError as exc:
        log.warning("nobody could be asked to rehearse a rule", rehearsal_id=rehearsal_id, error=str(exc))
