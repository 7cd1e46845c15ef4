"""From the log to the documents of the search engine (docs/flows.md, flow 5).

Idempotent and safe to run twice at once: every document carries its conversation's last_seq as external version, and
positions only grow.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final

from django.conf import settings
from django.db.models import Case, F, Value, When
from django.db.models.functions import Greatest, Now

from core.logs import get_logger
from messaging.models import Conversation, ConversationKind
from search import documents
from search.documents import MESSAGES
from search.engine import ActionsRefusedError, EngineUnavailableError, find_metadata
from search.models import IndexedConversation
from search.services.log import Changes, Span, get_conversations, read_changes

ENTRIES_AT_ONCE: Final = 1000
"""Log entries whose documents are made and written together."""
SPANS_AT_ONCE: Final = 64
FAR_BEHIND: Final = 2000
"""A conversation that is further behind is left to the sweep, but for its newest FRESH entries."""
FRESH: Final = 100
log = get_logger(__name__)


def index_conversations(conversation_ids: Collection[int]) -> None:
    """Brings the documents of these conversations up to their logs' end, those of dissolved ones away.

    Where very much is missing (the engine has come back empty), the newest entries are indexed at once and the position
    stays: the sweep does the rest, and nobody's new messages wait for old ones. Raises EngineUnavailableError.
    """
    identity = live_identity()
    conversations = get_conversations(conversation_ids)
    gone = [row.pk for row in conversations.values() if row.dissolved_at is not None]
    retire(gone, identity)
    there = [row for row in conversations.values() if row.dissolved_at is None]
    spans = list(_list_spans(there, identity))
    far = [span for span in spans if span.size > FAR_BEHIND]
    fresh = [Span(span.conversation, span.up_to - FRESH, span.up_to, span.version) for span in far]
    for chunk in _chunk(fresh):
        _write(chunk, read_changes(chunk), index="")
    _follow([span for span in spans if span.size <= FAR_BEHIND], identity, index="")


def catch_up(
    conversation_ids: Collection[int], *, identity: str, index: str = "", deadline: float = float("inf")
) -> int:
    """Brings the documents of these conversations in one index up to their logs' end, however much that is, or as far
    as it comes before `deadline` (of the monotonic clock).

    `index` is the name of an index that is not in use yet; without it the one in use is meant. Returns how many log
    entries that were. Raises EngineUnavailableError.
    """
    rows = [row for row in get_conversations(conversation_ids).values() if row.dissolved_at is None]
    return _follow(list(_list_spans(rows, identity)), identity, index=index, deadline=deadline)


def retire(conversation_ids: Collection[int], identity: str) -> None:
    """Takes what dissolved conversations had out of the index in use, which `identity` names. Raises
    EngineUnavailableError."""
    for conversation_id in conversation_ids:
        documents.delete_conversation(conversation_id)
        IndexedConversation.objects.filter(conversation_id=conversation_id, index_name=identity).delete()


def live_identity() -> str:
    """Which index is in use; makes the indices where there are none yet. Raises EngineUnavailableError."""
    identity = documents.find_identity(MESSAGES)
    if identity is None:
        documents.ensure_indices()
        identity = documents.find_identity(MESSAGES)
    if identity is None:
        raise EngineUnavailableError("the index was made and is not there")
    return identity


def identity_of_index(index: str) -> str:
    """The identity of an index by its name. Raises EngineUnavailableError."""
    metadata = find_metadata(index)
    if index not in metadata:
        raise EngineUnavailableError(f"there is no index {index}")
    return documents.identity_of(index, metadata[index])


def read_positions(conversation_ids: Collection[int], identity: str) -> dict[int, int]:
    """How far each conversation is in this index; those that are missing are at 0."""
    rows = IndexedConversation.objects.filter(index_name=identity, conversation_id__in=conversation_ids)
    return dict(rows.values_list("conversation_id", "indexed_seq"))


def group_action(conversation: Conversation, *, index: str = "") -> dict[str, Any]:
    """The bulk action for a group's document; an earlier name never replaces a later one."""
    action = documents.group_action(conversation, index=index)
    return action | {"version": conversation.last_seq, "version_type": "external_gte"}


def _list_spans(conversations: Iterable[Conversation], identity: str) -> Iterator[Span]:
    rows = {row.pk: row for row in conversations}
    positions = read_positions(rows.keys(), identity)
    for conversation_id, row in rows.items():
        after = positions.get(conversation_id, 0)
        if row.last_seq > after:
            yield Span(row, after, row.last_seq, row.last_seq)


def _follow(spans: list[Span], identity: str, *, index: str, deadline: float = float("inf")) -> int:
    done = 0
    for chunk in _chunk(spans):
        _write(chunk, read_changes(chunk), index=index)
        _move(chunk, identity)
        done += sum(span.size for span in chunk)
        if time.monotonic() > deadline:  # asked afterwards: every turn gets somewhere
            break
    return done


def _chunk(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """The spans in order, long ones in pieces, so that each chunk has up to ENTRIES_AT_ONCE entries."""
    chunk: list[Span] = []
    room = ENTRIES_AT_ONCE
    for span in spans:
        after = span.after
        while after < span.up_to:
            piece = Span(span.conversation, after, min(span.up_to, after + room), span.version)
            chunk.append(piece)
            room -= piece.size
            after = piece.up_to
            # A conversation's next piece needs a chunk of its own: a chunk knows each conversation once.
            if not room or after < span.up_to or len(chunk) == SPANS_AT_ONCE:
                yield chunk
                chunk, room = [], ENTRIES_AT_ONCE
    if chunk:
        yield chunk


def _write(spans: Collection[Span], changes: dict[int, Changes], *, index: str) -> None:
    actions = []
    for span in spans:
        change = changes[span.conversation.pk]
        actions += [documents.message_action(row, version=span.version, index=index) for row in change.messages]
        if change.renamed and not index and span.conversation.kind == ConversationKind.GROUP:
            actions.append(group_action(span.conversation))
    started = time.monotonic()
    try:
        documents.write(actions)
    except ActionsRefusedError as exc:
        # The engine has named them in the log. To stop here would keep everybody else's messages from being found.
        log.warning("documents were refused", count=len(exc.refused))
    if settings.INDEXING_MAX_PER_S and not index:
        # Where the engine shares a machine with chat: beyond this the lag grows, and chat does not slow down.
        time.sleep(max(0.0, started + len(actions) / settings.INDEXING_MAX_PER_S - time.monotonic()))


def _move(spans: Collection[Span], identity: str) -> None:
    """Positions grow to the ends of these spans; they never shrink."""
    ends = {span.conversation.pk: span.up_to for span in spans}
    known = IndexedConversation.objects.filter(index_name=identity, conversation_id__in=ends)
    missing = ends.keys() - set(known.values_list("conversation_id", flat=True))
    IndexedConversation.objects.bulk_create(
        [IndexedConversation(conversation_id=key, index_name=identity) for key in missing], ignore_conflicts=True
    )
    end = Case(*(When(conversation_id=key, then=Value(seq)) for key, seq in ends.items()))
    known.update(indexed_seq=Greatest(F("indexed_seq"), end), indexed_at=Now())
