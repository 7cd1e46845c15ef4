"""Digests without a language model: the messages that stand out, named and not retold.

Their content stands in the citations alone, so that a source that is withdrawn leaves nothing behind in the text.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from ai_agent.digests.reading import Reading, cite
from ai_agent.digests.wire import DigestCitation
from messaging.models import ConversationKind, Member, Message, Role

MAX_ITEMS: Final = 8
"""Of one sort."""
_QUESTION: Final = re.compile(r"[?？]|(?:吗|呢|么|是否|能不能|可不可以|有没有)[。.!！~\s]*$")
_EVERYONE: Final = "all"
_SHOWN_NAME: Final = 40
_MARKER: Final = re.compile(r"[\[\]]")


@dataclass(slots=True)
class Extract:
    """What stands out: lines of text with `[n]` for the n-th of `citations`."""

    announcements: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    citations: list[DigestCitation] = field(default_factory=list)

    @property
    def highlights(self) -> list[str]:
        """All but questions."""
        return [*self.announcements, *self.mentions, *self.pins]


def extract(reading: Reading) -> Extract:
    """The newest announcements, mentions of the reader, pins and questions by others; each message once. One query."""
    found = Extract()
    others = [message for message in reading.messages if message.sender_id != reading.reader_id]
    leads = _leads(reading)
    taken: set[int] = set()

    def is_announcement(message: Message) -> bool:
        return message.sender_id in leads and _EVERYONE in (message.mentions or [])

    def names_reader(message: Message) -> bool:
        return str(reading.reader_id) in (message.mentions or []) or _EVERYONE in (message.mentions or [])

    sorts: tuple[tuple[list[str], Callable[[Message], bool], Callable[[str], str]], ...] = (
        (found.announcements, is_announcement, lambda name: _("%(name)s announced") % {"name": name}),
        (found.mentions, names_reader, lambda name: _("%(name)s mentioned you") % {"name": name}),
        (
            found.pins,
            lambda message: message.pk in reading.pinned,
            lambda name: _("Pinned, by %(name)s") % {"name": name},
        ),
        (found.questions, _asks, lambda name: _("%(name)s asked") % {"name": name}),
    )
    for lines, fits, say in sorts:
        chosen = [message for message in others if message.pk not in taken and fits(message)][-MAX_ITEMS:]
        taken.update(message.pk for message in chosen)
        _add(found, lines, chosen, lambda message, say=say: say(_clean(reading.name(message))))  # type: ignore[misc] # bound now
    return found


def extract_text(reading: Reading, said: str) -> tuple[str, list[DigestCitation]]:
    """A summary of it: first what is `said` of why no model wrote it, then a line for each message that stands out."""
    found = extract(reading)
    lines = [*found.highlights, *found.questions]
    if not lines:
        lines = [_("Nothing in it names you, asks anything or is pinned.")]
    return "\n".join([said, *lines]), found.citations


def _leads(reading: Reading) -> set[int]:
    """The owner and the admins of a group."""
    if reading.place.conversation.kind != ConversationKind.GROUP:
        return set()
    roles = [Role.OWNER, Role.ADMIN]
    rows = Member.objects.filter(conversation_id=reading.place.conversation.pk, left_at=None, role__in=roles)
    return set(rows.values_list("user_id", flat=True))


def _asks(message: Message) -> bool:
    return _QUESTION.search(message.text) is not None


def _add(found: Extract, lines: list[str], chosen: Iterable[Message], say: Callable[[Message], str]) -> None:
    for message in chosen:
        found.citations.append(cite(message))
        lines.append(f"{say(message)} [{len(found.citations)}]")


def _clean(name: str) -> str:
    """A name that cannot pass for a marker."""
    return _MARKER.sub("", name)[:_SHOWN_NAME]
