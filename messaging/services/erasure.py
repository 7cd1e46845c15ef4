"""Erasing what a person wrote: every message emptied through the log, so that every client sees it go."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now

from core import clock
from core.errors import DomainError, ErrorCode
from messaging.models import ConversationKind, Member, Message
from messaging.services.changing import erase_content
from messaging.services.log import NewEvent, append_event, lock_conversation

BATCH = 100


def erase_user_messages(user_id: int) -> None:
    """Empties all messages and drafts of a user, in conversations that they have left too; in those with an agent also
    what it has answered them.

    In batches of BATCH messages, a transaction each, so that nobody waits long for the conversation's lock; it can be
    broken off and repeated. Each is a `message-recalled` event; in a dissolved conversation, whose log nobody reads,
    the content goes without one.
    """
    memberships = Member.objects.filter(user_id=user_id)
    memberships.exclude(draft="").update(draft="", changed_at=Now())
    for conversation_id in list(memberships.values_list("conversation_id", flat=True)):
        while erase_batch(user_id, conversation_id, actor_id=user_id):
            pass
    talks = Member.objects.filter(conversation__kind=ConversationKind.AGENT, conversation__members__user=user_id)
    for conversation_id, agent_id in talks.exclude(user=user_id).values_list("conversation_id", "user_id"):
        while erase_batch(agent_id, conversation_id, actor_id=user_id):
            pass


@transaction.atomic
def erase_batch(user_id: int, conversation_id: int, *, actor_id: int, since: datetime | None = None) -> int:
    """Empties the oldest BATCH messages of a user in a conversation that are left (and were written since then), on
    behalf of `actor_id`; how many. There is nothing left when it returns 0."""
    try:
        conversation = lock_conversation(conversation_id)
    except DomainError as exc:
        if exc.code is not ErrorCode.CONVERSATION_NOT_FOUND:
            raise
        conversation = None
    messages = Message.objects.filter(conversation_id=conversation_id, sender_id=user_id, recalled_at=None)
    if since is not None:
        messages = messages.filter(created_at__gte=since)
    batch = list(messages.order_by("pk")[:BATCH])
    for message in batch:
        erase_content(message, clock.now())
        if conversation is not None:
            append_event(conversation, NewEvent(event="message-recalled", actor_id=actor_id, message_id=message.pk))
    return len(batch)
