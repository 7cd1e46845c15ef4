"""Everything that is known about one message's way: what the database is certain of, and the sampled steps beside it.

For operators: who and when, never what was written. Nothing here is on the way of messages.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec
from django.conf import settings
from django.db.models import Count, Q
from django.utils.module_loading import import_string

from accounts.models import User
from core.ids import log_id, split_log_id
from core.kafka import dead_letters
from core.kafka.topics import LARGE_GROUP_FANOUT, UPSTREAM
from core.models import OutboxEntry
from messaging.delivery.tracing import Sampler, Step, read_steps
from messaging.models import Conversation, LogEvent, Member, Message
from messaging.records import UnknownVersionError, decode_fanout, decode_upstream

MAX_MEMBERS: Final = 50
MAX_EVENTS: Final = 50
LOOKED_AT_AFTER: Final = 10_000
"""Entries of the log after the message among which those about it are looked for."""


class EventFact(msgspec.Struct, frozen=True):
    """An entry of the log about the message: an edit, a recall, a reaction, a pin."""

    seq: int
    event: str
    actor_id: int
    at: datetime


class MemberFact(msgspec.Struct, frozen=True):
    """How far a member who may see the message is."""

    user_id: int
    username: str
    has_received: bool
    has_read: bool


class Reach(msgspec.Struct, frozen=True):
    """Of the present members who may see it (in the world room: of those who have a row), how many have it."""

    members: int
    received: int
    read: int


class LetterFact(msgspec.Struct, frozen=True):
    """A record with this message that was set aside (`manage.py dead_letters show NUMBER`)."""

    number: int
    topic: str
    failed_at: str
    reason: str


class Trace(msgspec.Struct, frozen=True):
    """One message. `members` names them where they are no more than MAX_MEMBERS; `facts` is what higher apps know
    (settings.TRACE_HOOKS); `steps` is None where Redis did not answer, and empty for what is not sampled or too old.
    `dead_letters` is None where nobody has looked."""

    message_id: int
    conversation_id: int
    seq: int
    conversation_kind: str
    sender_id: int
    sender: str
    client_msg_id: str
    kind: str
    stored_at: datetime
    edited_at: datetime | None
    recalled_at: datetime | None
    hidden_at: datetime | None
    events: list[EventFact]
    reach: Reach
    members: list[MemberFact]
    outbox: int
    facts: dict[str, str]
    is_sampled: bool
    steps: list[Step] | None
    dead_letters: list[LetterFact] | None = None


def find_trace(message_id: int, *, with_dead_letters: bool = False) -> Trace | None:
    """All of it, None for what is no message. A dozen queries by key; counting the members of a group of 100,000 takes
    some 50 ms. `with_dead_letters` reads their whole topic and raises KafkaError."""
    rows = Message.objects.defer("text", "mentions")
    message = rows.filter(pk=message_id).first()
    if message is None:
        return None
    conversation = Conversation.objects.filter(pk=message.conversation_id).first()
    sender = User.objects.filter(pk=message.sender_id).values_list("username", flat=True).first()
    reach = _count_reach(message)
    return Trace(
        message_id=message.pk,
        conversation_id=message.conversation_id,
        seq=message.seq,
        conversation_kind=conversation.kind if conversation is not None else "",
        sender_id=message.sender_id,
        sender=sender or "",
        client_msg_id=message.client_msg_id,
        kind=message.kind,
        stored_at=message.created_at,
        edited_at=message.edited_at,
        recalled_at=message.recalled_at,
        hidden_at=message.hidden_at,
        events=_list_events(message),
        reach=reach,
        members=_list_members(message) if reach.members <= MAX_MEMBERS else [],
        outbox=OutboxEntry.objects.filter(conversation_id=message.conversation_id).count(),
        facts=_ask_hooks(message),
        is_sampled=Sampler().takes(message.pk),
        steps=read_steps(message.pk),
        dead_letters=list(_find_letters(message)) if with_dead_letters else None,
    )


def _readers(conversation_id: int, seq: int) -> Q:
    return Q(conversation_id=conversation_id, left_at=None, visible_from__lte=seq)


def _count_reach(message: Message) -> Reach:
    seq = message.seq
    counts = Member.objects.filter(_readers(message.conversation_id, seq)).aggregate(
        members=Count("pk"),
        received=Count("pk", filter=Q(received_seq__gte=seq)),
        read=Count("pk", filter=Q(read_seq__gte=seq)),
    )
    return Reach(**counts)


def _list_members(message: Message) -> list[MemberFact]:
    rows = Member.objects.filter(_readers(message.conversation_id, message.seq)).order_by("pk")
    return [
        MemberFact(user_id, name, received >= message.seq, read >= message.seq)
        for user_id, name, received, read in rows.values_list("user_id", "user__username", "received_seq", "read_seq")[
            :MAX_MEMBERS
        ]
    ]


def _list_events(message: Message) -> list[EventFact]:
    conversation_id, seq = split_log_id(message.pk)
    following = LogEvent.objects.filter(
        pk__gt=message.pk, pk__lte=log_id(conversation_id, seq + LOOKED_AT_AFTER), message_id=message.pk
    )
    rows = following.order_by("pk").values_list("seq", "event", "actor_id", "at")
    return [EventFact(*row) for row in rows[:MAX_EVENTS]]


def _ask_hooks(message: Message) -> dict[str, str]:
    facts: dict[str, str] = {}
    for path in settings.TRACE_HOOKS:
        told: Mapping[str, str] = import_string(path)(message.conversation_id, message.seq)
        facts |= told
    return facts


def _find_letters(message: Message) -> Iterator[LetterFact]:
    for entry in dead_letters.list_entries():
        letter = entry.letter
        if _is_about(letter, message):
            yield LetterFact(entry.number, letter.topic, letter.failed_at, letter.reason)


def _is_about(letter: dead_letters.DeadLetter, message: Message) -> bool:
    try:
        if letter.topic == UPSTREAM.base:
            named = (message.sender_id, message.client_msg_id)
            items = decode_upstream(letter.value).items
            return any((item.sender_id, getattr(item.command, "client_msg_id", "")) == named for item in items)
        if letter.topic == LARGE_GROUP_FANOUT.base:
            record = decode_fanout(letter.value)
            is_within = record.seq <= message.seq < record.seq + record.count
            return record.conversation_id == message.conversation_id and is_within
    except (msgspec.DecodeError, UnknownVersionError):
        return False  # what nobody can read names no message
    return False
