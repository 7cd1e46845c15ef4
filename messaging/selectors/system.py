"""Membership events as history shows them: `system` messages, in the reader's language and with names."""

from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from messaging.models import LogEvent
from messaging.wire import MessageView, view_system_message

MAX_NAMES = 10
Names = Mapping[int, str]


def view_system_events(events: Sequence[LogEvent]) -> list[MessageView]:
    """The events as messages of kind `system`, in the order given. One query, none without events."""
    names = find_names(person for event in events for person in [event.actor_id, *_first_people(_people(event))])
    return [
        view_system_message(event, describe(event.event, event.actor_id, _people(event), names)) for event in events
    ]


def find_names(user_ids: Iterable[int]) -> Names:
    """Display names by user id. One query, none for nobody."""
    wanted = set(user_ids)
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "display_name")) if wanted else {}


def describe(event: str, actor_id: int, people: Sequence[int], names: Names) -> str:
    """What happened, in one sentence of the language that is active now."""
    actor = _name(actor_id, names)
    listed = _list_names(people, names)
    if event == "member-joined":
        if list(people) == [actor_id]:
            return _("%(name)s joined") % {"name": actor}
        return _("%(actor)s added %(names)s") % {"actor": actor, "names": listed}
    if event == "member-left":
        return _("%(name)s left") % {"name": listed}
    return _("%(actor)s removed %(names)s") % {"actor": actor, "names": listed}


def people_to_name(actor_id: int, people: Sequence[int]) -> list[int]:
    """Whose names `describe` needs for an event."""
    return [actor_id, *_first_people(people)]


def _people(event: LogEvent) -> list[int]:
    return [int(user_id) for user_id in event.payload.get("user_ids", [])]


def _first_people(people: Sequence[int]) -> Sequence[int]:
    return people[:MAX_NAMES]


def _list_names(people: Sequence[int], names: Names) -> str:
    listed = _(", ").join(_name(user_id, names) for user_id in _first_people(people))
    others = len(people) - MAX_NAMES
    if others <= 0:
        return listed
    return ngettext("%(names)s and %(count)d other", "%(names)s and %(count)d others", others) % {
        "names": listed,
        "count": others,
    }


def _name(user_id: int, names: Names) -> str:
    return names.get(user_id) or _("Someone")
