"""What a digest is made of: the part of a log that its reader has not read, as far as they and AI may read it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from accounts.models import User
from ai_agent.digests.jobs import Source
from ai_agent.digests.wire import DigestCitation
from core.errors import DomainError
from core.ids import log_range, split_log_id
from messaging.models import Member, Message, Pin
from messaging.selectors.access import Place, access_conversation, implicit_member
from messaging.selectors.consent import readable_by_ai

MAX_MESSAGES: Final = 400
MAX_COUNTED: Final = 1_000
"""Of those left out."""
MAX_LETTERS: Final = 1_500
"""Of one message: the rest of a longer one is cut."""
QUOTE: Final = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Messages by rising seq, and what is known of them. `left_out`: how many there are besides in the range,
    as far as they are counted."""

    place: Place
    from_seq: int
    to_seq: int
    messages: Sequence[Message]
    left_out: int
    names: dict[int, str]
    pinned: frozenset[int] = frozenset()

    @property
    def reader_id(self) -> int:
        """For whom."""
        return self.place.member.user_id

    def name(self, message: Message) -> str:
        """Who wrote it."""
        return self.names.get(message.sender_id, "?")

    def keep(self, newest: int) -> "Reading":
        """The same with only so many of the newest messages."""
        if newest >= len(self.messages):
            return self
        dropped = len(self.messages) - newest
        return replace(self, messages=self.messages[dropped:], left_out=self.left_out + dropped)


def read_unread(place: Place, after_seq: int | None, since: datetime | None = None) -> Reading:
    """The newest MAX_MESSAGES after `after_seq` (without it: after what the reader has read; with `since`: from then
    on), none from before the reader's history begins. At most seven queries, none of which reads a whole log."""
    key, member = place.conversation.pk, place.member
    first = max(_first(member, after_seq, since), member.visible_from)
    last = place.conversation.last_seq
    rows = Message.objects.filter(pk__range=log_range(key, first, last), recalled_at=None, hidden_at=None)
    newest = list(rows.exclude(text="").order_by("-pk")[:MAX_MESSAGES])
    # A log is written in the order of time: what is not from then on is older than all that is.
    found = [message for message in newest if since is None or message.created_at >= since][::-1]
    beyond = _count_older(rows, newest[-1], since) if len(found) == MAX_MESSAGES else 0
    readable = readable_by_ai(found, asked_in=key)
    ids = [message.pk for message in readable]
    return Reading(
        place=place,
        from_seq=found[0].seq if since is not None and found else first,
        to_seq=last,
        messages=readable,
        left_out=beyond + len(found) - len(readable),
        names=dict(User.objects.filter(pk__in={m.sender_id for m in readable}).values_list("pk", "display_name")),
        pinned=frozenset(Pin.objects.filter(message_id__in=ids).values_list("message_id", flat=True)),
    )


def _count_older(rows: "QuerySet[Message]", oldest: Message, since: datetime | None) -> int:
    """How many of the next MAX_COUNTED older ones belong to the range too."""
    older = rows.exclude(text="").filter(pk__lt=oldest.pk).order_by("-pk").values_list("created_at", flat=True)
    return sum(since is None or at >= since for at in older[:MAX_COUNTED])


def _first(member: Member, after_seq: int | None, since: datetime | None) -> int:
    if since is not None:
        return 1
    return (member.read_seq if after_seq is None else after_seq) + 1


def as_source(message: Message) -> Source:
    """The message as it went into a digest."""
    return Source(message.pk, _edited(message))


def _edited(message: Message) -> float:
    return message.edited_at.timestamp() if message.edited_at else 0.0


def cite(message: Message) -> DigestCitation:
    """The message as a digest names it."""
    text = " ".join(message.text.split())
    return DigestCitation(
        message_id=str(message.pk),
        conversation_id=str(message.conversation_id),
        seq=message.seq,
        sender_id=str(message.sender_id),
        quote=text if len(text) <= QUOTE else text[: QUOTE - 1] + "…",
    )


def all_stand(reader_id: int, sources: Sequence[Source]) -> bool:
    """Whether every source may still be read: not recalled, hidden or edited since, in a chat that the reader is in and
    within their history, and still open to AI. At most five queries a conversation."""
    by_chat: dict[int, list[Source]] = {}
    for source in sources:
        by_chat.setdefault(split_log_id(source.message_id)[0], []).append(source)
    return all(_stand(reader_id, key, of_chat) for key, of_chat in by_chat.items())


def _stand(reader_id: int, conversation_id: int, sources: Sequence[Source]) -> bool:
    try:
        conversation, member = access_conversation(reader_id, conversation_id)
    except DomainError:
        return False
    visible_from = (member or implicit_member(conversation, reader_id)).visible_from
    found = {message.pk: message for message in Message.objects.filter(pk__in=[s.message_id for s in sources])}
    for source in sources:
        message = found.get(source.message_id)
        if message is None or message.recalled_at or message.hidden_at or message.seq < visible_from:
            return False
        if _edited(message) != source.edited:
            return False
    return len(readable_by_ai(list(found.values()), asked_in=conversation_id)) == len(found)
