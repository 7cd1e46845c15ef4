"""The newest page of history out of Redis (`messaging.delivery.recent`), made fit for one reader."""

from collections.abc import Sequence

import msgspec

from messaging.delivery.recent import PAGE, fill_recent, read_recent
from messaging.selectors.access import Place, has_history_before
from messaging.selectors.citations import with_citations, without_quotes
from messaging.selectors.system import describe, find_names, people_to_name
from messaging.wire import MAX_REACTION_USERS, MessageView, ReactionView


def find_recent_page(place: Place, limit: int) -> tuple[list[MessageView], bool] | None:
    """`(messages by rising seq, has_before)`, or None when Redis does not hold exactly this reader's newest page.

    Redis holds what is the same for everybody, at this very `last_seq`; `me`, the sources of answers and the text of
    system messages are added here. Only for who sees the whole log.
    """
    if place.member.visible_from > 1 or limit > PAGE or place.conversation.last_seq == 0:
        return None
    raw = read_recent(place.conversation.pk, place.conversation.last_seq)
    if raw is None:
        return None
    held = [msgspec.json.decode(message, type=MessageView) for message in raw]
    has_older = _has_older(place, held)
    if len(held) < limit and has_older:
        return None
    page = [_for_reader(message, place.member.user_id) for message in held[-limit:]]
    if any(message is None for message in page):
        return None
    shown = with_citations([message for message in page if message is not None], place.member.user_id)
    return _with_system_text(shown), has_older or len(held) > limit


def keep_recent_page(place: Place, limit: int, results: Sequence[MessageView], *, has_before: bool) -> None:
    """Lets Redis hold a newest page that was read from the database, where it is what any reader would be given."""
    if place.member.visible_from > 1 or (has_before and limit < PAGE):
        return
    fill_recent(
        place.conversation.pk,
        place.conversation.last_seq,
        [msgspec.json.encode(_for_everybody(message)) for message in results[-PAGE:]],
    )


def _has_older(place: Place, held: Sequence[MessageView]) -> bool:
    """Whether history has more than what is held: messages are counted in the conversation's row, without a query."""
    messages = sum(message.kind != "system" for message in held)
    return messages < place.conversation.last_ordinal or has_history_before(place, held[0].seq)


def _for_reader(message: MessageView, reader_id: int) -> MessageView | None:
    """With `me`; None where more people reacted than are named, so that it cannot be told."""
    reactions: dict[str, ReactionView] = {}
    for emoji, reaction in message.reactions.items():
        me = str(reader_id) in reaction.user_ids
        if not me and reaction.count > MAX_REACTION_USERS:
            return None
        reactions[emoji] = msgspec.structs.replace(reaction, me=me)
    return msgspec.structs.replace(message, reactions=reactions) if reactions else message


def _for_everybody(message: MessageView) -> MessageView:
    reactions = {emoji: msgspec.structs.replace(reaction, me=None) for emoji, reaction in message.reactions.items()}
    content = {**message.content, "text": ""} if message.kind == "system" else message.content
    return without_quotes(msgspec.structs.replace(message, reactions=reactions, content=content))


def _with_system_text(page: list[MessageView]) -> list[MessageView]:
    """System messages get their sentence in the reader's language. One query, none where there is no such message."""
    about = {
        message.seq: [int(user_id) for user_id in message.content["user_ids"]]
        for message in page
        if message.kind == "system"
    }
    if not about:
        return page
    names = find_names(
        user_id
        for message in page
        if message.seq in about
        for user_id in people_to_name(int(message.sender_id), about[message.seq])
    )
    return [
        msgspec.structs.replace(
            message,
            content={
                **message.content,
                "text": describe(message.content["event"], int(message.sender_id), about[message.seq], names),
            },
        )
        if message.seq in about
        else message
        for message in page
    ]
