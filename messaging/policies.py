"""What is checked of a command before any row is locked: sizes, text, emoji; and the policies that settings name.

The gateway asks before it produces, the worker again, since a Kafka record is never trusted: what the worker hears
holds. What counts commands (`check_intake`) is asked once, where they come in.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from core.errors import DomainError, ErrorCode
from messaging.commands import Command, Content, EditMessage, React, SendMessage


@dataclass(frozen=True, slots=True)
class Ruling:
    """A command that may go on, as it is to be stored, and marks for STORED_HOOKS once it is.

    What tells a repetition from another command is still the command that was sent.
    """

    command: Command
    marks: tuple[str, ...] = ()


Policy = Callable[[int, Command], Ruling | None]
"""Of a sender's command: None lets it go on as it is; raises DomainError to refuse it. Asked without a lock, possibly
on an event loop: it reads no database."""
IntakePolicy = Callable[[int, Command], None]


@lru_cache(maxsize=1)
def _policies() -> tuple[Policy, ...]:
    return tuple(import_string(path) for path in settings.MESSAGE_POLICIES)


@lru_cache(maxsize=1)
def _intake_policies() -> tuple[IntakePolicy, ...]:
    return tuple(import_string(path) for path in settings.INTAKE_POLICIES)


def check_intake(sender_id: int, command: Command) -> None:
    """Asks the policies that count what a person sends, once for each time that a command comes in. Raises what they
    raise (RATE_LIMITED, CONTENT_REJECTED)."""
    for policy in _intake_policies():
        policy(sender_id, command)


def check_command(sender_id: int, command: Command) -> Ruling:
    """What the policies make of the command. Raises INVALID_MESSAGE, MESSAGE_TOO_LARGE or what one of them raises
    (CONTENT_REJECTED ...)."""
    if isinstance(command, SendMessage):
        _check_kind(command)
        _check_content(command.content)
    elif isinstance(command, EditMessage):
        _check_content(command.content)
    elif isinstance(command, React):
        _check_emoji(command.emoji)
    marks: tuple[str, ...] = ()
    for policy in _policies():
        ruling = policy(sender_id, command)
        if ruling is not None:
            command, marks = ruling.command, marks + ruling.marks
    return Ruling(command, marks)


def _check_kind(command: SendMessage) -> None:
    """A text carries no file, everything else does; which one, the worker looks up."""
    if command.kind == "text" and command.content.file_id is not None:
        raise _invalid("file_id", _("A text message carries no file."))
    if command.kind != "text" and command.content.file_id is None:
        raise _invalid("file_id", _("This message needs a file."))


def _check_content(content: Content) -> None:
    """Beside a file there need not be a text."""
    text = content.text or ""
    if content.file_id is None and (not text or text.isspace()):
        raise _invalid("text", _("A text message needs a text."))
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        raise DomainError(ErrorCode.MESSAGE_TOO_LARGE, details={"max_characters": settings.MESSAGE_MAX_CHARACTERS})
    if "\x00" in text:
        raise _invalid("text", _("A text may not hold a NUL character."))


def _check_emoji(emoji: str) -> None:
    """An emoji is symbols and what joins them; letters, spaces and control characters are something else."""
    has_symbol = any(unicodedata.category(char) in {"So", "Sk", "Sm", "Po"} or char == "\u20e3" for char in emoji)
    is_clean = not any(unicodedata.category(char)[0] in "LZ" or char == "\x00" for char in emoji)
    if not (has_symbol and is_clean):
        raise _invalid("emoji", _("This is not an emoji."))


def _invalid(field: str, message: str) -> DomainError:
    return DomainError(ErrorCode.INVALID_MESSAGE, message, {"fields": {field: [message]}})
