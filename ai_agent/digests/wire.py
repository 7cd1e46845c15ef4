"""The contract's objects of summaries, briefs and the ledger."""

from typing import Final

import msgspec

from core.struct_schema import page_struct

WAIT_MS: Final = 1_000
"""How soon a client that was answered 202 asks again."""


class DigestCitation(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a digest names: `[n]` in a text is the n-th of them. `quote` is its beginning.

    `withdrawn` is false in every answer: a digest with a source that has been withdrawn is not given out.
    """

    message_id: str
    conversation_id: str
    seq: int
    sender_id: str
    quote: str
    withdrawn: bool = False


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What happened in a part of one log, `from_seq` to `to_seq`, as of a moment.

    `text` is plain, a line a point, with `[n]` for the n-th citation. `model` is null where no language model wrote it:
    then it lists the messages that stand out. `message_count` messages were read; `left_out` were not, because their
    senders do not let AI read them or because there were too many.
    """

    text: str
    citations: list[DigestCitation]
    from_seq: int
    to_seq: int
    message_count: int
    left_out: int
    model: str | None
    as_of: str


class ChatBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One chat of a brief. Each item is a plain line with `[n]` for the n-th of this chat's citations.

    `highlights` (mentions, pins, announcements) are what stands out where no language model was asked.
    """

    conversation_id: str
    title: str
    from_seq: int
    to_seq: int
    unread_count: int
    message_count: int
    left_out: int
    decisions: list[str]
    questions: list[str]
    open_points: list[str]
    highlights: list[str]
    citations: list[DigestCitation]
    model: str | None


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A brief over the chats with something new, the most pressing first. `text` says in a line what it is about.

    `more_chats` have something new too and are not in it.
    """

    text: str
    chats: list[ChatBrief]
    more_chats: int
    since: str | None
    model: str | None
    as_of: str


class StillWorking(msgspec.Struct, frozen=True):
    """It is being made: ask again, the same way, after so many milliseconds."""

    retry_after_ms: int = WAIT_MS


class LedgerLine(msgspec.Struct, frozen=True, kw_only=True):
    """A message of the caller's went to a language model. `purpose` is `answer`, `summary` or `brief`; `agent_id` is
    the agent's that was asked, if one was; `asked_by` is who asked."""

    message_id: str
    conversation_id: str
    seq: int
    model: str
    purpose: str
    agent_id: str | None
    asked_by: str
    at: str


LedgerPage: Final = page_struct("LedgerPage", LedgerLine)
