"""Rows for messaging's tests: people, conversations, and a log that is written as the write path writes it."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from core import clock
from core.ids import log_id
from messaging.models import (
    Conversation,
    ConversationKind,
    LogEvent,
    Member,
    Mention,
    Message,
    Reaction,
    Role,
    direct_key,
)
from messaging.services.changing import erase_content
from tests import factories


def make_user(name: str = "", **fields: Any) -> User:
    """A person whose display name is the username with a capital."""
    return factories.make_user(name, display_name=name.title(), **fields)


def make_direct(first: User, second: User) -> Conversation:
    """A direct conversation without messages."""
    conversation = Conversation.objects.create(
        kind=ConversationKind.DIRECT, direct_key=direct_key(first.pk, second.pk), member_count=2
    )
    Member.objects.bulk_create(Member(conversation=conversation, user=user) for user in (first, second))
    return conversation


def make_group(owner: User, *others: User, title: str = "Group") -> Conversation:
    """A group; its profile is no concern of messaging."""
    conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title=title, member_count=1 + len(others))
    Member.objects.create(conversation=conversation, user=owner, role=Role.OWNER)
    Member.objects.bulk_create(Member(conversation=conversation, user=user) for user in others)
    return conversation


def make_world() -> Conversation:
    """The world room."""
    return Conversation.objects.create(kind=ConversationKind.WORLD, direct_key="world")


class Log:
    """Appends to a conversation's log with the counters that the write path keeps."""

    def __init__(self, conversation: Conversation) -> None:
        self.conversation = conversation
        # In the past, so that what a test does next is later than every entry here; members joined before it all.
        Member.objects.filter(conversation=conversation).update(joined_at=clock.now() - timedelta(days=2))

    def send(
        self, sender: User, text: str = "hello", *, mentions: Sequence[int] = (), at: datetime | None = None
    ) -> Message:
        """A stored message; `mentions` are user ids, 0 for everyone. The sender's read position moves to it."""
        row = self._next()
        row.last_ordinal += 1
        row.last_message_seq = row.last_seq
        message = Message.objects.create(
            id=log_id(row.pk, row.last_seq),
            conversation_id=row.pk,
            seq=row.last_seq,
            ordinal=row.last_ordinal,
            sender_id=sender.pk,
            client_msg_id=str(uuid.uuid4()),
            payload_hash=0,
            text=text,
            mentions=["all" if user_id == 0 else str(user_id) for user_id in mentions] or None,
            created_at=at or clock.now(),
        )
        Mention.objects.bulk_create(
            Mention(conversation_id=row.pk, seq=message.seq, user_id=user_id, sender_id=sender.pk)
            for user_id in mentions
        )
        Member.objects.filter(conversation=row, user=sender).update(
            read_seq=message.seq, read_ordinal=message.ordinal, received_seq=message.seq
        )
        self._save()
        return message

    def edit(self, message: Message, text: str) -> LogEvent:
        """An edit by the sender."""
        message.text, message.edited_at = text, clock.now()
        message.save(update_fields=["text", "edited_at"])
        return self.append("message-edited", message.sender_id, message)

    def recall(self, message: Message, actor: User | None = None) -> LogEvent:
        """A recall, as the write path does it."""
        erase_content(message, clock.now())
        return self.append("message-recalled", actor.pk if actor else message.sender_id, message)

    def react(self, message: Message, user: User, emoji: str, op: str = "add") -> LogEvent:
        """A reaction, added or removed."""
        if op == "add":
            Reaction.objects.create(message_id=message.pk, user_id=user.pk, emoji=emoji, created_at=clock.now())
        else:
            Reaction.objects.filter(message_id=message.pk, user_id=user.pk, emoji=emoji).delete()
        total = Reaction.objects.filter(message_id=message.pk, emoji=emoji).count()
        event = "reaction-added" if op == "add" else "reaction-removed"
        return self.append(event, user.pk, message, {"emoji": emoji, "count": total})

    def join(self, *users: User, actor: User) -> LogEvent:
        """A membership event (the rows are the test's affair)."""
        return self.append("member-joined", actor.pk, None, {"user_ids": [str(user.pk) for user in users]})

    def append(
        self, event: str, actor_id: int, message: Message | None = None, payload: dict[str, Any] | None = None
    ) -> LogEvent:
        """Any event."""
        row = self._next()
        entry = LogEvent.objects.create(
            id=log_id(row.pk, row.last_seq),
            conversation_id=row.pk,
            seq=row.last_seq,
            event=event,
            actor_id=actor_id,
            message_id=message.pk if message else None,
            payload=payload or {},
            at=clock.now(),
        )
        self._save()
        return entry

    def _next(self) -> Conversation:
        self.conversation.refresh_from_db()
        self.conversation.last_seq += 1
        return self.conversation

    def _save(self) -> None:
        row = self.conversation
        Conversation.objects.filter(pk=row.pk).update(
            last_seq=row.last_seq,
            last_ordinal=row.last_ordinal,
            last_message_seq=row.last_message_seq,
            changed_at=Now(),
        )


def settle(*, seconds: int = 3600) -> None:
    """Makes every change so far an hour old by the database's clock."""
    age = timedelta(seconds=seconds)
    Conversation.objects.update(changed_at=F("changed_at") - age)
    Member.objects.update(changed_at=F("changed_at") - age)
