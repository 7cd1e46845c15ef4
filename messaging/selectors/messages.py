"""Messages as clients see them: a reader's view with reactions, in a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, Count, F, Max, Value, When, Window
from django.db.models.functions import RowNumber

from files.selectors import view_files
from messaging.models import Message, Reaction
from messaging.selectors.citations import find_citations
from messaging.wire import MAX_REACTION_USERS, MessageView, ReactionView, view_message

ReactionsByMessage = dict[int, dict[str, ReactionView]]


def view_messages(messages: Sequence[Message], reader_id: int | None) -> list[MessageView]:
    """The messages in their present state, in the order given, with their reactions.

    `me` is there when a reader is named, and left out of what goes to many (None). One query, none where no message can
    have reactions; one more where a message carries a file, and one where one is a reply (four if it cites).
    """
    shown = [message for message in messages if message.recalled_at is None and message.hidden_at is None]
    reactions = find_reactions([message.pk for message in shown], reader_id) if shown else {}
    files = view_files({message.file_id for message in shown if message.file_id is not None})
    citations = find_citations(shown, reader_id)
    return [
        view_message(message, reactions.get(message.pk), files.get(message.file_id or 0), citations.get(message.pk, ()))
        for message in messages
    ]


def find_reactions(message_ids: Sequence[int], reader_id: int | None) -> ReactionsByMessage:
    """`{message_id: {emoji: ReactionView}}`, emoji in the order of their first use. One query.

    At most MAX_REACTION_USERS rows an emoji leave the database, however many people reacted: ranks, counts and `me`
    are window functions over the whole.
    """
    found: ReactionsByMessage = {}
    users: dict[tuple[int, str], list[str]] = {}
    for row in _ranked(message_ids, reader_id):
        key = (row["message_id"], row["emoji"])
        if key not in users:
            users[key] = []
            view = ReactionView(
                count=row["total"],
                user_ids=users[key],
                me=None if reader_id is None else bool(row["mine"]),
            )
            found.setdefault(row["message_id"], {})[row["emoji"]] = view
        users[key].append(str(row["user_id"]))
    return found


def _ranked(message_ids: Sequence[int], reader_id: int | None) -> Iterable[Mapping[str, Any]]:
    same = [F("message_id"), F("emoji")]
    mine = Max(Case(When(user_id=reader_id or 0, then=Value(1)), default=Value(0)))
    return (
        Reaction.objects.filter(message_id__in=message_ids)
        .annotate(
            place=Window(RowNumber(), partition_by=same, order_by="id"),
            total=Window(Count("id"), partition_by=same),
            mine=Window(mine, partition_by=same),
        )
        .filter(place__lte=MAX_REACTION_USERS)
        .order_by("id")
        .values("message_id", "emoji", "user_id", "total", "mine")
    )
