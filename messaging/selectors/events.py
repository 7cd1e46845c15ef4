"""The log itself, for catching up: messages and other events merged by seq, always in their present state."""

from collections.abc import Iterable
from typing import Any

import msgspec

from core.ids import log_range, split_log_id
from messaging.models import LogEvent, Message
from messaging.selectors.access import Place
from messaging.selectors.messages import view_messages
from messaging.wire import MessageView, view_event, view_stored

EVENTS_WITH_MESSAGE = frozenset({"message-edited", "message-restored"})


def events_page(place: Place, after_seq: int, limit: int) -> dict[str, Any]:
    """The contract's `{events, last_seq, has_more}`: every entry after `after_seq`, as far as the caller sees.

    Messages are as they are now, so recalled and hidden content is empty in every event about it. An event about a
    message that the caller may not see holds its seq as `hidden`, without saying what it was about. Four queries at
    most after the access check.
    """
    last_seq = place.conversation.last_seq
    first = max(after_seq + 1, place.member.visible_from)
    last = min(last_seq, first + limit - 1)
    if first > last:
        return {"events": [], "last_seq": last_seq, "has_more": False}
    within = log_range(place.conversation.pk, first, last)
    messages = list(Message.objects.filter(pk__range=within))
    events = list(LogEvent.objects.filter(pk__range=within))
    present = _view_present(place, messages, events)
    views = [view_stored(present[message.pk]) for message in messages]
    views += [view_log_event(place, event, present) for event in events]
    views.sort(key=lambda view: view["seq"])
    return {"events": msgspec.to_builtins(views), "last_seq": last_seq, "has_more": last < last_seq}


def view_log_event(place: Place, event: LogEvent, present: dict[int, MessageView]) -> dict[str, Any]:
    """An event as this caller may see it; `present` has the messages that need showing, by id."""
    if event.message_id is not None and split_log_id(event.message_id)[1] < place.member.visible_from:
        return view_event(LogEvent(seq=event.seq, event="hidden", actor_id=event.actor_id, at=event.at))
    return view_event(event, present.get(event.message_id or 0) if event.event in EVENTS_WITH_MESSAGE else None)


def _view_present(place: Place, stored: list[Message], events: Iterable[LogEvent]) -> dict[int, MessageView]:
    """The present state of the page's messages, and of those that its edits are about."""
    held = {message.pk: message for message in stored}
    shown = {event.message_id for event in events if event.event in EVENTS_WITH_MESSAGE}
    wanted = {message_id for message_id in shown if message_id is not None} - held.keys()
    held |= Message.objects.filter(pk__in=wanted).in_bulk() if wanted else {}
    views = view_messages(list(held.values()), place.member.user_id)
    return dict(zip(held, views, strict=True))
