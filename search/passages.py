"""How the messages of a conversation become passages: the pieces that get a vector. Pure: rows in, drafts out.

A vector of "ok, ten tonight then" says nothing, one of twenty messages says everything and nothing. So short messages
that follow each other closely make one passage, whoever writes them, and a long one is divided where a sentence ends.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from search.embeddings.languages import LETTERS_A_HAN_CHARACTER, Language, detect_language, is_han

JOINED_SIZE: Final = 60
"""Short messages are joined up to this size, in letters; a Chinese character counts for three. What says something has
a passage of its own: measured by `bench.relevance`, in passages of 400 letters half as many messages were found, and
the model's time goes by letters, not by texts."""
JOINED_MESSAGES: Final = 6
JOINED_GAP: Final = timedelta(minutes=5)
"""Who comes back later talks about something else."""
PART_SIZE: Final = 800
"""A longer message is divided into parts of about this size."""
OVERLAP_SIZE: Final = 120
"""What is said across a boundary is found in one of the two parts."""
TELLING: Final = 24
"""Letters from which on a message speaks for itself."""
_SENTENCE: Final = re.compile(r"[^.!?。！？；;…\n]*[.!?。！？；;…\n]+[\s”’」』）)\"']*|[^.!?。！？；;…\n]+")


class TextMessage(Protocol):
    """What of a message counts here: messaging.models.Message has it."""

    id: int
    seq: int
    sender_id: int
    text: str
    created_at: datetime


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A passage without its vector. `text` is what the vector is of; it is not stored."""

    first_seq: int
    last_seq: int
    part: int
    message_ids: list[int]
    sender_ids: list[int]
    language: Language
    text: str

    @property
    def text_hash(self) -> str:
        """Equal for equal texts, in 32 characters."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()


def cut(messages: Sequence[TextMessage]) -> list[Draft]:
    """The passages of consecutive messages of one conversation, in order. Messages without text are left out.

    Decided from the first message to the last, so that adding messages changes the last passage and those after it,
    never an earlier one: `cut(a + b)` begins with all passages of `cut(a)` but the last.
    """
    drafts: list[Draft] = []
    for group in _group([message for message in messages if message.text.strip()]):
        if len(group) == 1 and measure(group[0].text) > PART_SIZE:
            drafts += [_draft(group, text, part) for part, text in enumerate(divide(group[0].text))]
        else:
            drafts.append(_draft(group, "\n".join(message.text.strip() for message in group), 0))
    return drafts


def measure(text: str) -> int:
    """The size of a text in letters."""
    return len(text) + (LETTERS_A_HAN_CHARACTER - 1) * sum(map(is_han, text))


def tell(text: str) -> float:
    """How far a message speaks for itself, 0 to 1: "thanks!" comes near everything."""
    return min(1.0, measure(text) / TELLING)


def divide(text: str) -> list[str]:
    """Parts of about PART_SIZE that end where a sentence ends, where there is one; each begins with the end of the one
    before it, up to OVERLAP_SIZE."""
    parts: list[str] = []
    current: list[str] = []
    size = 0
    for sentence in _sentences(text):
        length = measure(sentence)
        if current and size + length > PART_SIZE:
            parts.append("".join(current).strip())
            current = _tail(current)
            size = sum(map(measure, current))
        current.append(sentence)
        size += length
    parts.append("".join(current).strip())
    return parts


def _group(messages: Sequence[TextMessage]) -> Iterator[list[TextMessage]]:
    group: list[TextMessage] = []
    size = 0
    for message in messages:
        length = measure(message.text)
        if group and (
            size + length > JOINED_SIZE
            or len(group) == JOINED_MESSAGES
            or message.created_at - group[-1].created_at > JOINED_GAP
        ):
            yield group
            group, size = [], 0
        group.append(message)
        size += length
    if group:
        yield group


def _sentences(text: str) -> Iterator[str]:
    """Sentences, none longer than half a part: what has no end is cut by length."""
    limit = PART_SIZE // 2
    for match in _SENTENCE.finditer(text):
        piece, size = "", 0
        for character in match.group():
            length = LETTERS_A_HAN_CHARACTER if is_han(character) else 1
            if size + length > limit:
                yield piece
                piece, size = "", 0
            piece += character
            size += length
        yield piece


def _tail(sentences: Sequence[str]) -> list[str]:
    """The last sentences, as far as OVERLAP_SIZE goes."""
    kept: list[str] = []
    size = 0
    for sentence in reversed(sentences):
        size += measure(sentence)
        if size > OVERLAP_SIZE:
            break
        kept.insert(0, sentence)
    return kept


def _draft(group: Sequence[TextMessage], text: str, part: int) -> Draft:
    return Draft(
        first_seq=group[0].seq,
        last_seq=group[-1].seq,
        part=part,
        message_ids=[message.id for message in group],
        sender_ids=list(dict.fromkeys(message.sender_id for message in group)),
        language=detect_language(text),
        text=text,
    )
