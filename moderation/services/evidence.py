"""What a report keeps: the message, what it said before, what was said around it, as the reporter could see it."""

from collections.abc import Sequence
from typing import Any, Final

from accounts.models import User
from core import clock
from core.clock import to_wire
from core.ids import log_range
from groups.models import Group
from messaging.models import Conversation, Message
from moderation.models import Case, Evidence, KeptOriginal

AROUND: Final = 10
"""How many messages on either side of the one reported."""


def keep_message(case: Case, message: Message, *, first_seq: int, last_seq: int) -> Evidence:
    """Copies a message, its earlier texts, and up to AROUND messages on either side within the seqs that the reporter
    may see. Five queries at most."""
    conversation_id = message.conversation_id
    before = Message.objects.filter(pk__range=log_range(conversation_id, first_seq, message.seq - 1))
    after = Message.objects.filter(pk__range=log_range(conversation_id, message.seq + 1, last_seq))
    around = [*before.order_by("-pk")[:AROUND], message, *after.order_by("pk")[:AROUND]]
    around.sort(key=lambda each: each.seq)
    originals = _find_originals(around, message.sender_id)
    versions = [
        {"text": each.text, "file_id": _as_id(each.file_id), "ended": each.ended, "at": to_wire(each.kept_at)}
        for each in originals
        if each.message_id == message.pk
    ]
    return Evidence.objects.create(case=case, entries=_copy(around, originals), versions=versions, taken_at=clock.now())


def keep_conversation(case: Case, conversation: Conversation, *, first_seq: int, last_seq: int) -> Evidence:
    """Copies what a conversation calls itself, and its newest messages that the reporter may see."""
    rows = Message.objects.filter(pk__range=log_range(conversation.pk, first_seq, last_seq))
    newest = list(rows.order_by("-pk")[: 2 * AROUND])[::-1]
    group = Group.objects.filter(pk=conversation.pk).first()
    profile = {"name": conversation.title}
    if group is not None:
        profile |= {"description": group.description, "announcement": group.announcement}
    return Evidence.objects.create(case=case, entries=_copy(newest, []), profile=profile, taken_at=clock.now())


def keep_profile(case: Case, user: User) -> Evidence:
    """Copies what a person calls themselves."""
    profile = {"username": user.username, "display_name": user.display_name}
    return Evidence.objects.create(case=case, profile=profile, taken_at=clock.now())


def _find_originals(messages: Sequence[Message], sender_id: int) -> list[KeptOriginal]:
    """What this sender's messages among them said before; of others, a recall is respected."""
    changed = [
        each.pk
        for each in messages
        if each.sender_id == sender_id and (each.recalled_at is not None or each.edited_at is not None)
    ]
    return list(KeptOriginal.objects.filter(message_id__in=changed).order_by("pk")) if changed else []


def _copy(messages: Sequence[Message], originals: Sequence[KeptOriginal]) -> list[dict[str, Any]]:
    names = dict(User.objects.filter(pk__in={each.sender_id for each in messages}).values_list("pk", "display_name"))
    last_words = {each.message_id: each for each in originals}
    return [_copy_one(each, names.get(each.sender_id, ""), last_words.get(each.pk)) for each in messages]


def _copy_one(message: Message, sender: str, original: KeptOriginal | None) -> dict[str, Any]:
    is_recalled = message.recalled_at is not None
    told = original if is_recalled and original is not None else message
    return {
        "seq": message.seq,
        "message_id": str(message.pk),
        "sender_id": str(message.sender_id),
        "sender": sender,
        "kind": message.kind,
        "text": told.text,
        "file_id": _as_id(told.file_id),
        "created_at": to_wire(message.created_at),
        "edited_at": to_wire(message.edited_at) if message.edited_at else None,
        "state": "recalled" if is_recalled else "hidden" if message.hidden_at is not None else "",
    }


def _as_id(value: int | None) -> str | None:
    return str(value) if value is not None else None
