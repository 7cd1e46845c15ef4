"""Pinned messages, the newest pin first."""

from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q

from core.clock import to_wire
from core.ids import log_range
from core.paging import Page, PageRequest, make_page
from messaging.models import Message, Pin
from messaging.selectors.access import Place
from messaging.selectors.messages import view_messages


def pins_page(place: Place, page: PageRequest) -> Page[dict[str, Any]]:
    """The pinned messages that the caller may see: message objects with `pinned_by` and `pinned_at`. Three queries."""
    first = log_range(place.conversation.pk, place.member.visible_from, 0)[0]
    pins = Pin.objects.filter(conversation_id=place.conversation.pk, message_id__gte=first)
    if (after := page.after_as(datetime, int)) is not None:
        at, pk = after
        pins = pins.filter(Q(pinned_at__lt=at) | Q(pinned_at=at, pk__lt=pk))
    rows = list(pins.order_by("-pinned_at", "-pk")[: page.limit + 1])
    found = make_page(rows, page.limit, lambda pin: (pin.pinned_at, pin.pk))
    messages = Message.objects.in_bulk([pin.message_id for pin in found.rows])
    views = view_messages(list(messages.values()), place.member.user_id)
    by_id = dict(zip(messages, views, strict=True))
    return Page(
        [
            {
                **msgspec.to_builtins(by_id[pin.message_id]),
                "pinned_by": str(pin.pinned_by_id),
                "pinned_at": to_wire(pin.pinned_at),
            }
            for pin in found.rows
            if pin.message_id in by_id
        ],
        found.next_after,
    )
