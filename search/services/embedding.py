"""From the log to passages and their vectors (docs/flows.md, flow 5).

The vectors have a position of their own: while the embeddings API is away documents go on, and the vectors catch up.
Whoever saves passages has planned them from the position that still stands when they are saved, under its lock; so of
two that work on one conversation, the later one sees what the earlier one did, and an older text never comes back.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from core.ids import log_range
from messaging.models import Conversation, Message
from search.embeddings import Vector, current_model, embed_passages
from search.models import EmbeddedConversation, Passage
from search.passages import Draft, cut
from search.services.log import Changes, Span, get_conversations, read_changes

ENTRIES_AT_ONCE: Final = 200
"""Log entries of a conversation that are made into passages together."""
DRAFTS_AT_ONCE: Final = 16
"""Passages that are embedded before what they belong to is saved."""
FAR_BEHIND: Final = 2000
"""A conversation that is further behind is left to the sweep."""


Progress = Callable[[int], None]


@dataclass(slots=True)
class Plan:
    """One span's passages: `drafts` replace all that is stored in `ranges` of seqs, but for the unchanged rows, whose
    primary keys are `kept`."""

    span: Span
    model_id: int
    ranges: list[tuple[int, int]] = field(default_factory=list)
    kept: set[int] = field(default_factory=set)
    drafts: list[Draft] = field(default_factory=list)


def embed_conversations(conversation_ids: Collection[int]) -> None:
    """Brings the passages of these conversations up to their logs' end; those of dissolved ones are deleted.

    What is far behind is left to the sweep, so that nobody's new messages wait for it. Raises
    EmbeddingsUnavailableError.
    """
    conversations = get_conversations(conversation_ids)
    retire([row.pk for row in conversations.values() if row.dissolved_at is not None])
    _follow([row for row in conversations.values() if row.dissolved_at is None], limit=FAR_BEHIND)


def catch_up(
    conversation_ids: Collection[int], *, deadline: float = float("inf"), progress: Progress = lambda _count: None
) -> None:
    """As `embed_conversations`, however far behind they are, or as far as it comes before `deadline` (of the monotonic
    clock). `progress` is told how many log entries have been done since the last time."""
    rows = get_conversations(conversation_ids).values()
    _follow([row for row in rows if row.dissolved_at is None], limit=None, deadline=deadline, progress=progress)


def retire(conversation_ids: Collection[int]) -> None:
    """Deletes what dissolved conversations had."""
    if not conversation_ids:
        return
    with transaction.atomic(using=settings.VECTOR_DATABASE):
        Passage.objects.filter(conversation_id__in=conversation_ids).delete()
        EmbeddedConversation.objects.filter(conversation_id__in=conversation_ids).delete()


def read_positions(conversation_ids: Collection[int], model_id: int) -> dict[int, int]:
    """How far each conversation is with this version of the model; those that are missing are at 0."""
    rows = EmbeddedConversation.objects.filter(conversation_id__in=conversation_ids, model_id=model_id)
    return dict(rows.values_list("conversation_id", "embedded_seq"))


def _follow(
    conversations: Collection[Conversation],
    *,
    limit: int | None,
    deadline: float = float("inf"),
    progress: Progress = lambda _count: None,
) -> None:
    """Page by page: every conversation gets its next page before any gets the one after."""
    model_id = current_model().pk
    waiting = {row.pk: row for row in conversations}
    while waiting:
        positions = read_positions(waiting.keys(), model_id)
        spans = []
        for key, row in list(waiting.items()):
            after = positions.get(key, 0)
            if row.last_seq <= after or (limit is not None and row.last_seq - after > limit):
                del waiting[key]
                continue
            spans.append(Span(row, after, min(row.last_seq, after + ENTRIES_AT_ONCE), row.last_seq))
        for plans in _gather(_plan(span, model_id) for span in spans):
            _embed_and_save(plans)
            progress(sum(plan.span.size for plan in plans))
            if time.monotonic() > deadline:  # asked afterwards: every turn gets somewhere
                return


def _gather(plans: Iterable[Plan]) -> Iterator[list[Plan]]:
    """Plans together, until they have DRAFTS_AT_ONCE drafts."""
    gathered: list[Plan] = []
    for plan in plans:
        gathered.append(plan)
        if sum(len(each.drafts) for each in gathered) >= DRAFTS_AT_ONCE:
            yield gathered
            gathered = []
    if gathered:
        yield gathered


def _plan(span: Span, model_id: int) -> Plan:
    plan = Plan(span, model_id)
    plan.ranges = _ranges(span, read_changes([span])[span.conversation.pk])
    for first, last in plan.ranges:
        stored = {
            (row.first_seq, row.last_seq, row.part, row.text_hash): row.pk
            for row in _stored(span.conversation.pk, first, last).filter(model_id=model_id).defer("embedding")
        }
        rows = Message.objects.filter(pk__range=log_range(span.conversation.pk, first, last)).order_by("pk")
        shown = rows.filter(recalled_at=None, hidden_at=None)
        for draft in cut(list(shown)):
            key = stored.get((draft.first_seq, draft.last_seq, draft.part, draft.text_hash))
            if key is None:
                plan.drafts.append(draft)
            else:
                plan.kept.add(key)
    return plan


def _ranges(span: Span, changes: Changes) -> list[tuple[int, int]]:
    """The stretches of seqs whose passages are made again, disjoint, in order.

    From the last passage before the span, which may still grow, to the span's end; and each earlier passage that holds
    a message that has changed.
    """
    conversation_id = span.conversation.pk
    start = span.after + 1
    new = [message.seq for message in changes.messages if message.seq > span.after]
    if new:
        before = Passage.objects.filter(conversation_id=conversation_id, first_seq__lte=span.after)
        open_one = before.order_by("-first_seq").values_list("first_seq", flat=True).first()
        start = min(start, open_one or start)
    ranges = {(start, span.up_to)}
    for message in changes.messages:
        if message.seq < start:
            ranges.add(_range_around(conversation_id, message.seq))
    return sorted(ranges)


def _range_around(conversation_id: int, seq: int) -> tuple[int, int]:
    around = _stored(conversation_id, seq, seq).values_list("first_seq", "last_seq").first()
    return around or (seq, seq)


def _stored(conversation_id: int, first: int, last: int) -> QuerySet[Passage]:
    return Passage.objects.filter(conversation_id=conversation_id, first_seq__lte=last, last_seq__gte=first)


def _embed_and_save(plans: Collection[Plan]) -> None:
    vectors = iter(embed_passages([draft.text for plan in plans for draft in plan.drafts]))
    for plan in plans:
        _save(plan, [(draft, next(vectors)) for draft in plan.drafts])


def _save(plan: Plan, made: list[tuple[Draft, Vector | None]]) -> None:
    span, conversation_id = plan.span, plan.span.conversation.pk
    rows = [
        Passage(
            conversation_id=conversation_id,
            first_seq=draft.first_seq,
            last_seq=draft.last_seq,
            part=draft.part,
            message_ids=draft.message_ids,
            sender_ids=draft.sender_ids,
            language=draft.language,
            text_hash=draft.text_hash,
            embedding=vector,
            model_id=plan.model_id,
        )
        for draft, vector in made
        if vector is not None
    ]
    with transaction.atomic(using=settings.VECTOR_DATABASE):
        if not _take_position(plan):
            return
        for first, last in plan.ranges:
            _stored(conversation_id, first, last).exclude(pk__in=plan.kept).delete()
        Passage.objects.bulk_create(rows)
        EmbeddedConversation.objects.filter(pk=conversation_id).update(embedded_seq=span.up_to, embedded_at=Now())


def _take_position(plan: Plan) -> bool:
    """Locks the conversation's position; False where it is not the one that was planned from."""
    key, after = plan.span.conversation.pk, plan.span.after
    fresh = {"embedded_seq": 0, "model_id": plan.model_id}
    EmbeddedConversation.objects.bulk_create([EmbeddedConversation(pk=key, **fresh)], ignore_conflicts=True)
    row = EmbeddedConversation.objects.select_for_update().get(pk=key)
    if row.model_id != plan.model_id:
        # Vectors of another version go as their turn comes; the position begins anew, once.
        row.model_id, row.embedded_seq = plan.model_id, 0
        row.save()
    return row.embedded_seq == after
