"""What an agent's answer cites, as one reader may see it now: a source that was taken back says no more (flow 6)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec

from core.ids import split_log_id
from messaging.models import Citation, Member, Message
from messaging.selectors.world import find_world
from messaging.wire import CitationView, MessageView

CitationsByAnswer = dict[int, list[CitationView]]


def find_citations(messages: Sequence[Message], reader_id: int | None) -> CitationsByAnswer:
    """What those of the messages cite that are answers: see `citations_of`. No query where none can be one."""
    answer_ids = [message.pk for message in messages if message.reply_to is not None]
    return citations_of(answer_ids, reader_id) if answer_ids else {}


def citations_of(answer_ids: Collection[int], reader_id: int | None) -> CitationsByAnswer:
    """The citations of these messages by message id, in the order of their numbers.

    `withdrawn` is said, and the quote empty, where the cited message was recalled, hidden or edited since it was read,
    or where the reader may not see it now. For many readers (None) neither is told. One query, and at most three more
    where there are citations.
    """
    rows = list(Citation.objects.filter(answer_id__in=answer_ids).order_by("answer_id", "position"))
    found: defaultdict[int, list[CitationView]] = defaultdict(list)
    if reader_id is None:
        for row in rows:
            found[row.answer_id].append(view_citation(row, quote=""))
        return found
    cited = {row.message_id for row in rows}
    present = Message.objects.in_bulk(cited) if cited else {}
    readable = _find_readable(reader_id, cited) if cited else set()
    for row in rows:
        changed = row.withdrawn or has_changed(present.get(row.message_id), row.taken_at)
        withdrawn = changed or row.message_id not in readable
        found[row.answer_id].append(view_citation(row, quote="" if withdrawn else row.quote, withdrawn=withdrawn))
    return found


def has_changed(message: Message | None, taken_at: datetime) -> bool:
    """Whether a message no longer says what it said at that time."""
    if message is None or message.recalled_at is not None or message.hidden_at is not None:
        return True
    return message.edited_at is not None and message.edited_at > taken_at


def view_citation(row: Citation, *, quote: str, withdrawn: bool | None = None) -> CitationView:
    """As it goes out; without `withdrawn` where it goes to many."""
    conversation_id, seq = split_log_id(row.message_id)
    return CitationView(
        message_id=str(row.message_id),
        conversation_id=str(conversation_id),
        seq=seq,
        quote=quote,
        withdrawn=msgspec.UNSET if withdrawn is None else withdrawn,
    )


def without_quotes(view: MessageView) -> MessageView:
    """The message as it may be kept for everybody: what it quotes is looked up for each reader."""
    if isinstance(view.citations, msgspec.UnsetType):
        return view
    bare = [msgspec.structs.replace(one, quote="", withdrawn=msgspec.UNSET) for one in view.citations]
    return msgspec.structs.replace(view, citations=bare)


def with_citations(views: Sequence[MessageView], reader_id: int) -> list[MessageView]:
    """Messages that were kept for everybody, with what this reader may see of their sources. No query where none has
    any."""
    citing = {int(view.message_id) for view in views if not isinstance(view.citations, msgspec.UnsetType)}
    if not citing:
        return list(views)
    found = citations_of(citing, reader_id)
    return [
        msgspec.structs.replace(view, citations=found.get(int(view.message_id), msgspec.UNSET))
        if int(view.message_id) in citing
        else view
        for view in views
    ]


def _find_readable(reader_id: int, message_ids: Collection[int]) -> set[int]:
    """Those of the messages that lie in conversations that the reader is in now, within what they see there."""
    places = {message_id: split_log_id(message_id) for message_id in message_ids}
    wanted = {conversation_id for conversation_id, _seq in places.values()}
    rows = Member.objects.filter(user_id=reader_id, conversation_id__in=wanted).values_list(
        "conversation_id", "visible_from", "left_at", "conversation__dissolved_at"
    )
    first_seq: dict[int, int | None] = {
        key: visible_from if left_at is None and dissolved_at is None else None
        for key, visible_from, left_at, dissolved_at in rows
    }
    if wanted - first_seq.keys() and (world := find_world()) is not None:
        first_seq.setdefault(world.pk, 1)
    readable = set()
    for message_id, (conversation_id, seq) in places.items():
        first = first_seq.get(conversation_id)
        if first is not None and seq >= first:
            readable.add(message_id)
    return readable
