"""Durable commands until their final answer: repeated with the same id, in the original order."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.client.record import Frame, Record, Sent

REPEATABLE = frozenset({"RATE_LIMITED", "UNAVAILABLE"})
PATIENCE_S = 10.0


class RefusedError(Exception):
    """A final error to a command; its id is not used again."""

    def __init__(self, frame: Frame) -> None:
        self.code: str = frame["code"]
        self.frame = frame
        super().__init__(str(frame))


@dataclass(slots=True)
class _Entry:
    sent: Sent
    future: "asyncio.Future[Frame]"
    last_at: float = 0.0


class Outbox:
    """The commands of one client that have no final answer, by conversation and in their original order.

    `transmit` hands a frame to the live socket and says whether there is one; `patience_s` is the silence after which a
    conversation's commands go out again.
    """

    def __init__(self, record: Record, transmit: Callable[[Frame], bool], *, patience_s: float = PATIENCE_S) -> None:
        self._record = record
        self._transmit = transmit
        self._patience_s = patience_s
        self._entries: dict[str, dict[str, _Entry]] = {}
        self._paused_until: dict[str, float] = {}

    @property
    def unanswered(self) -> int:
        """How many commands wait for their answer."""
        return sum(len(entries) for entries in self._entries.values())

    def submit(self, frame: Frame) -> "asyncio.Future[Frame]":
        """Send a command; the future gets its first `message-ack`, or RefusedError."""
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        future.add_done_callback(_retrieve)
        sent = Sent(frame["client_msg_id"], frame["conversation_id"], frame)
        self._record.sent[sent.client_msg_id] = sent
        entry = _Entry(sent, future)
        self._entries.setdefault(sent.conversation_id, {})[sent.client_msg_id] = entry
        if sent.conversation_id not in self._paused_until:
            self._send(entry)
        return future

    def take_answer(self, frame: Frame) -> None:
        """An ack, or an error that names a command. Answers after the first are noted and otherwise ignored."""
        sent = self._record.sent.get(frame.get("client_msg_id", ""))
        if sent is None:
            return
        if frame["type"] == "message-ack":
            sent.acks.append(frame)
            self._settle(sent, frame)
        elif frame["code"] in REPEATABLE:
            sent.refusals.append(frame["code"])
            self._pause(sent.conversation_id, frame.get("details", {}).get("retry_after_ms"))
        else:
            sent.error = sent.error or frame
            self._settle(sent, frame)

    def repeat_all(self) -> None:
        """A new socket is ready: everything unanswered goes out again."""
        self._paused_until.clear()
        for conversation_id in list(self._entries):
            self._repeat(conversation_id)

    def repeat_overdue(self) -> None:
        """What has met silence, or whose pause is over, goes out again with all that waits in its conversation."""
        now = time.monotonic()
        for conversation_id, entries in list(self._entries.items()):
            if (paused_until := self._paused_until.get(conversation_id)) is not None:
                if now >= paused_until:
                    del self._paused_until[conversation_id]
                    self._repeat(conversation_id)
            elif any(now - entry.last_at > self._patience_s for entry in entries.values()):
                self._repeat(conversation_id)

    def _repeat(self, conversation_id: str) -> None:
        for entry in self._entries.get(conversation_id, {}).values():
            self._send(entry)

    def _send(self, entry: _Entry) -> None:
        entry.last_at = time.monotonic()
        if self._transmit(entry.sent.frame):
            self._record.note_transmission(entry.sent)

    def _pause(self, conversation_id: str, retry_after_ms: int | None) -> None:
        delay_s = retry_after_ms / 1000 if retry_after_ms is not None else random.uniform(0.3, 1.0)
        self._paused_until[conversation_id] = time.monotonic() + delay_s

    def _settle(self, sent: Sent, frame: Frame) -> None:
        entries = self._entries.get(sent.conversation_id, {})
        entry = entries.pop(sent.client_msg_id, None)
        if not entries:
            self._entries.pop(sent.conversation_id, None)
            self._paused_until.pop(sent.conversation_id, None)
        if entry is None or entry.future.done():
            return
        if frame["type"] == "message-ack":
            entry.future.set_result(frame)
        else:
            entry.future.set_exception(RefusedError(frame))


def _retrieve(future: "asyncio.Future[Frame]") -> None:
    """A stream of commands looks at its futures at the end, if at all: no complaint about the others."""
    if not future.cancelled():
        future.exception()
