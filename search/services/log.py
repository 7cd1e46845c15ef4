"""What has happened in a stretch of a conversation's log, as far as search cares: which messages to look at again.

State, not deltas: a message is taken as it is now, whatever brought it there, so the same stretch may be read twice.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q

from core.ids import log_range, split_log_id
from messaging.models import Conversation, LogEvent, Message

_LEAVES_MESSAGES_ALONE: Final = ("reaction-added", "reaction-removed", "message-pinned", "message-unpinned")
_HAS_CHANGED_THE_GROUP: Final = "group-updated"


@dataclass(frozen=True, slots=True)
class Span:
    """The entries after seq `after` up to and with `up_to` of one log, to be taken as they are at `version` or later.

    `version` is the conversation's last_seq, read before anything else of the log is.
    """

    conversation: Conversation
    after: int
    up_to: int
    version: int

    @property
    def size(self) -> int:
        """How many entries."""
        return self.up_to - self.after


@dataclass(slots=True)
class Changes:
    """What a span touches: messages in their present state, in the order of the log; whether the group's name may have
    changed."""

    messages: list[Message] = field(default_factory=list)
    renamed: bool = False


def get_conversations(conversation_ids: Collection[int]) -> dict[int, Conversation]:
    """The conversations' rows as far as search needs them."""
    rows = Conversation.objects.filter(pk__in=conversation_ids)
    return rows.only("id", "kind", "title", "last_seq", "dissolved_at").in_bulk()


def read_changes(spans: Sequence[Span]) -> dict[int, Changes]:
    """What each span touches, by conversation, in three queries for all."""
    if not spans:
        return {}
    ranges = [Q(pk__range=log_range(span.conversation.pk, span.after + 1, span.up_to)) for span in spans]
    within = reduce(or_, ranges)
    events = LogEvent.objects.filter(within).exclude(event__in=_LEAVES_MESSAGES_ALONE)
    touched, renamed = set[int](), set[int]()
    for conversation_id, event, message_id in events.values_list("conversation_id", "event", "message_id"):
        if message_id is not None:
            touched.add(message_id)
        elif event == _HAS_CHANGED_THE_GROUP:
            renamed.add(conversation_id)
    found = {message.pk: message for message in Message.objects.filter(within)}
    found |= Message.objects.in_bulk(touched - found.keys())
    changes = {
        span.conversation.pk: Changes(renamed=span.after == 0 or span.conversation.pk in renamed) for span in spans
    }
    for message in sorted(found.values(), key=lambda message: message.pk):
        changes[split_log_id(message.pk)[0]].messages.append(message)
    return changes
