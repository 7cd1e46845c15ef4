"""What answers cite, as it is kept: written with the answer, withdrawn when the cited message changes (flow 6)."""

from collections.abc import Iterable, Sequence

from core.ids import split_log_id
from messaging.models import Citation, ConversationKind, Message
from messaging.records import Source
from messaging.selectors.citations import has_changed, view_citation
from messaging.services.batch import LogState
from messaging.wire import CitationView


def save_citations(log: LogState, answer_id: int, sources: Sequence[Source]) -> list[CitationView]:
    """Keeps what the answer cites, in the place of what it cited before; as it is pushed to all members.

    What has been taken back, or edited, since it was read is withdrawn from the start. Called in the transaction that
    stores the answer. Three queries.
    """
    Citation.objects.filter(answer_id=answer_id).delete()
    found = Message.objects.in_bulk({source.message_id for source in sources}) if sources else {}
    rows = [_make_row(answer_id, position, source, found) for position, source in enumerate(sources, 1)]
    Citation.objects.bulk_create(rows)
    may_quote = _are_all_readers(log, sources)
    return [view_citation(row, quote=row.quote if may_quote else "") for row in rows]


def withdraw_citations(message_ids: Iterable[int]) -> None:
    """These messages no longer say what they said: whatever quotes them keeps nothing of it."""
    rows = Citation.objects.filter(message_id__in=list(message_ids), withdrawn=False)
    rows.update(quote="", withdrawn=True)


def forget_citations(answer: Message) -> None:
    """The answer is gone, and what it quoted with it. Nothing is asked for messages that can be no answer."""
    if answer.reply_to is not None:
        Citation.objects.filter(answer_id=answer.pk).delete()


def _make_row(answer_id: int, position: int, source: Source, found: dict[int, Message]) -> Citation:
    withdrawn = has_changed(found.get(source.message_id), source.taken_at)
    return Citation(
        answer_id=answer_id,
        position=position,
        message_id=source.message_id,
        quote="" if withdrawn else source.quote,
        taken_at=source.taken_at,
        withdrawn=withdrawn,
    )


def _are_all_readers(log: LogState, sources: Sequence[Source]) -> bool:
    """Whether everyone who gets the push may read everything that is quoted: in an agent's conversation the asker alone
    does; in a group, what everyone there sees of it."""
    if log.row.kind == ConversationKind.AGENT:
        return True
    if log.roster is None:
        return False
    places = [split_log_id(source.message_id) for source in sources]
    latest = max((seat.visible_from for seat in log.roster.seats.values()), default=1)
    return all(conversation_id == log.row.id and seq >= latest for conversation_id, seq in places)
