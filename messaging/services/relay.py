"""The relay: what HTTP writes left in the outbox becomes frames, in present state, for the worker to publish."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from core import clock
from core.ids import log_id, split_log_id
from core.logs import get_logger
from core.models import OutboxEntry
from messaging import frames
from messaging.models import LogEvent, Member, Message
from messaging.records import SeatChange
from messaging.selectors.conversations import views_for
from messaging.selectors.events import EVENTS_WITH_MESSAGE
from messaging.selectors.messages import view_messages
from messaging.services.batch import Outgoing
from messaging.services.upstream import request_drain
from messaging.wire import view_event

_OVERDUE = timedelta(seconds=5)
_MAX_OVERDUE = 200
_VIEWS_AT_ONCE = 500
_VIEWS_FOR_ALL = 50
log = get_logger(__name__)

FindOnline = Callable[[Sequence[int]], Collection[int]]
"""Those of some users who may have a socket, perhaps more of them, never fewer."""


def render(entries: Iterable[OutboxEntry], find_online: FindOnline) -> list[Outgoing]:
    """The frames of these outbox entries, in their order.

    Views that go to more than 50 people are made only for those whom `find_online` names: of 1,000 who are added to a
    group, most are away, and find it when they sync.
    """
    return [outgoing for entry in entries for outgoing in _render_entry(entry, find_online)]


def _render_entry(entry: OutboxEntry, find_online: FindOnline) -> list[Outgoing]:
    conversation_id, payload = entry.conversation_id, entry.payload
    seq = payload.get("seq", 0)
    rendered = [_render_seats(conversation_id, payload)] if "seats" in payload else []
    added = _pick(payload.get("added", []), find_online)
    rendered += _render_views(conversation_id, added, frames.ConversationAdded)
    if seq:
        rendered += _render_event(conversation_id, seq)
    if "updated" in payload:
        updated = _pick(_updated_users(conversation_id, payload), find_online)
        rendered += _render_views(conversation_id, updated, frames.ConversationUpdated)
    if payload.get("removed"):
        frame = frames.encode(frames.ConversationRemoved(conversation_id=str(conversation_id)))
        rendered.append(Outgoing(conversation_id, seq, frame, users=list(payload["removed"])))
    return rendered


def _render_seats(conversation_id: int, payload: dict[str, Any]) -> Outgoing:
    seats = SeatChange(
        joined=payload.get("added", []),
        visible_from=payload["seats"]["visible_from"],
        left=payload.get("removed", []),
        is_large=payload["seats"]["is_large"],
    )
    return Outgoing(conversation_id, payload.get("seq", 0), b"", seats=seats)


def _pick(user_ids: Sequence[int], find_online: FindOnline) -> Sequence[int]:
    if len(user_ids) <= _VIEWS_FOR_ALL:
        return user_ids
    online = set(find_online(user_ids))
    return [user_id for user_id in user_ids if user_id in online]


def _render_event(conversation_id: int, seq: int) -> list[Outgoing]:
    event = LogEvent.objects.filter(pk=log_id(conversation_id, seq)).first()
    if event is None:
        log.warning("an outbox entry names no event", conversation_id=conversation_id, seq=seq)
        return []
    shown = None
    if event.event in EVENTS_WITH_MESSAGE and event.message_id is not None:
        shown = next(iter(view_messages(list(Message.objects.filter(pk=event.message_id)), None)), None)
    seen_from = split_log_id(event.message_id)[1] if event.message_id is not None else 0
    frame = frames.encode_event(conversation_id, view_event(event, shown))
    return [Outgoing(conversation_id, seq, frame, seen_from=seen_from)]


def _render_views(
    conversation_id: int,
    user_ids: Sequence[int],
    frame_type: type[frames.ConversationAdded] | type[frames.ConversationUpdated],
) -> list[Outgoing]:
    """A conversation looks different to each reader, so each gets a frame of their own."""
    rendered = []
    for start in range(0, len(user_ids), _VIEWS_AT_ONCE):
        views = views_for(conversation_id, user_ids[start : start + _VIEWS_AT_ONCE])
        rendered += [
            Outgoing(conversation_id, 0, frames.encode(frame_type(conversation=view)), users=[user_id])
            for user_id, view in views.items()
        ]
    return rendered


def _updated_users(conversation_id: int, payload: dict[str, list[int] | None]) -> list[int]:
    named = payload["updated"]
    if named is not None:
        return named
    return list(Member.objects.filter(conversation_id=conversation_id, left_at=None).values_list("user_id", flat=True))


def delete_published(entries: Sequence[OutboxEntry]) -> None:
    """Forgets entries whose frames Kafka has confirmed."""
    OutboxEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()


def request_overdue() -> int:
    """Asks again for what has waited for more than a few seconds (its wake-up was lost); how many conversations."""
    overdue = (
        OutboxEntry.objects.filter(created_at__lt=clock.now() - _OVERDUE)
        .values_list("conversation_id", flat=True)
        .distinct()[:_MAX_OVERDUE]
    )
    for conversation_id in overdue:
        request_drain(conversation_id)
    return len(overdue)
