"""Whose messages an agent or a summary may read: what each sender has set, per chat, capped by the group (flow 6)."""

from collections.abc import Iterable, Sequence
from typing import Final

from messaging.models import AiSetting, Conversation, Member, Message

_RANK: Final = {AiSetting.OFF: 0, AiSetting.ON_REQUEST: 1, AiSetting.INDEXED: 2}


def readable_by_ai(messages: Sequence[Message], *, asked_in: int | None) -> list[Message]:
    """Those of the messages, in their order, whose senders let AI read them. At most two queries.

    For what a member asks in the conversation `asked_in`, its own messages count unless their sender has said `off`;
    those of any other conversation (and all, for None) only where the sender has said `indexed`. A sender's setting is
    that of their membership, as they left it if they have gone, and no more than the conversation's `ai_max`.
    """
    settings = _find_settings((message.conversation_id, message.sender_id) for message in messages)

    def is_readable(message: Message) -> bool:
        needed = AiSetting.ON_REQUEST if message.conversation_id == asked_in else AiSetting.INDEXED
        given = settings[message.conversation_id, message.sender_id]
        return _RANK[given] >= _RANK[needed]

    return [message for message in messages if is_readable(message)]


def _find_settings(keys: Iterable[tuple[int, int]]) -> dict[tuple[int, int], AiSetting]:
    """The effective setting of each (conversation, sender). Who has no row (in the world room) has the default."""
    wanted = set(keys)
    if not wanted:
        return {}
    conversation_ids = {conversation_id for conversation_id, _sender in wanted}
    caps = dict(Conversation.objects.filter(pk__in=conversation_ids).values_list("pk", "ai_max"))
    members = Member.objects.filter(
        conversation_id__in=conversation_ids, user_id__in={sender for _conversation, sender in wanted}
    )
    given = {(c, u): setting for c, u, setting in members.values_list("conversation_id", "user_id", "ai")}
    return {
        key: min(
            AiSetting(given.get(key, AiSetting.ON_REQUEST)),
            AiSetting(caps.get(key[0], AiSetting.OFF)),
            key=_RANK.__getitem__,
        )
        for key in wanted
    }
