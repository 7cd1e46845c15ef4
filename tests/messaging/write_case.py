"""What the write path's tests share: people, conversations, and batches made as the gateway makes them."""

from typing import Any
from uuid import uuid4

import msgspec
from django.test import TestCase

from accounts.models import User
from core.generations import Generations
from messaging import frames
from messaging.commands import Command, Content, EditMessage, React, RecallMessage, SendMessage
from messaging.delivery import rosters
from messaging.models import Conversation, ConversationKind, Member, Role, direct_key
from messaging.records import UpstreamItem
from messaging.services.batch import Confirmed, Outgoing, Pending
from messaging.services.membership import add_members
from messaging.services.writing import Written, write_batch


def item(sender: User, command: Command) -> UpstreamItem:
    """A command as it comes from a gateway."""
    return UpstreamItem(sender.pk, 1, f"socket-of-{sender.pk}", "gw-1", 0, "en", command)


def text(conversation: Conversation, body: str = "hello", **fields: Any) -> SendMessage:
    """A send-message command with a new client_msg_id."""
    fields.setdefault("client_msg_id", str(uuid4()))
    return SendMessage(conversation_id=str(conversation.pk), kind="text", content=Content(text=body), **fields)


def edit(conversation: Conversation, message_id: str, body: str) -> EditMessage:
    """An edit-message command."""
    return EditMessage(
        client_msg_id=str(uuid4()),
        conversation_id=str(conversation.pk),
        message_id=message_id,
        content=Content(text=body),
    )


def recall(conversation: Conversation, message_id: str) -> RecallMessage:
    """A recall-message command."""
    return RecallMessage(client_msg_id=str(uuid4()), conversation_id=str(conversation.pk), message_id=message_id)


def react(conversation: Conversation, message_id: str, emoji: str = "👍", op: Any = "add") -> React:
    """A react command."""
    return React(
        client_msg_id=str(uuid4()), conversation_id=str(conversation.pk), message_id=message_id, emoji=emoji, op=op
    )


def ack_of(pending: Pending) -> frames.MessageAck:
    """The ack of a command that was stored."""
    if not isinstance(pending.answer, frames.MessageAck):
        raise AssertionError(f"not acknowledged: {pending.answer}")
    return pending.answer


def error_of(pending: Pending) -> frames.Error:
    """The error of a command that was refused."""
    if not isinstance(pending.answer, frames.Error):
        raise AssertionError(f"not refused: {pending.answer}")
    return pending.answer


def outgoing_of(pending: Pending) -> Outgoing:
    """What is pushed of a command."""
    if pending.outgoing is None:
        raise AssertionError(f"nothing is pushed: {pending.answer}")
    return pending.outgoing


def frame_of(pending: Pending) -> dict[str, Any]:
    """The pushed frame, as a client reads it."""
    frame: dict[str, Any] = msgspec.json.decode(outgoing_of(pending).frame)
    return frame


class WriteCase(TestCase):
    """Ann and Bob talk directly; Ann owns a group with both in it; Eve is outside."""

    def setUp(self) -> None:
        rosters.forget_all()
        self.ann, self.bob, self.eve = (User.objects.create_user(name, None) for name in ("ann", "bob", "eve"))
        self.direct = Conversation.objects.create(
            kind=ConversationKind.DIRECT, direct_key=direct_key(self.ann.pk, self.bob.pk), member_count=2
        )
        Member.objects.bulk_create(Member(conversation=self.direct, user=user) for user in (self.ann, self.bob))
        self.group = Conversation.objects.create(kind=ConversationKind.GROUP, title="group")
        add_members(self.group, [self.ann.pk], actor_id=self.ann.pk, role=Role.OWNER)
        add_members(self.group, [self.bob.pk], actor_id=self.ann.pk)
        self.group.refresh_from_db()
        self.confirmed = Confirmed()
        self.published: Generations[int, int] = Generations(100)

    def write(self, *items: UpstreamItem) -> Written:
        """One batch, as the worker runs it."""
        return write_batch(list(items), self.published, self.confirmed)

    def send(self, sender: User, command: Command) -> Pending:
        """A batch of one."""
        return self.write(item(sender, command)).pendings[0]

    def store(self, sender: User, command: Command) -> frames.MessageAck:
        """The ack of a batch of one, which must be stored."""
        return ack_of(self.send(sender, command))

    def assert_refused(self, pending: Pending, code: str) -> None:
        """The command was answered with an error of this code, and nothing is pushed."""
        self.assertEqual(error_of(pending).code, code)
        self.assertIsNone(pending.outgoing)
