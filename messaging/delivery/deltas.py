"""An agent's answer on its way to the screen: `message-delta` frames over the channel layer, kept nowhere (flow 6)."""

import asyncio
import concurrent.futures
import os
import threading
import time
from typing import ClassVar, Final, NamedTuple

from django.db import DatabaseError

from core.logs import get_logger
from core.moments import apush_to_users
from messaging import frames
from messaging.delivery.rosters import find_small_roster
from messaging.models import Message

MAX_READERS: Final = 500
"""Above this nobody sees an answer being written; the stored one reaches all."""
_EVERY_S: Final = 0.05
_LOOK_AGAIN_S: Final = 1.0
_FINISH_WITHIN_S: Final = 3.0
log = get_logger(__name__)


class DeltaStream:
    """The answer to one question, pushed to the members who may see it, about twenty times a second at most.

    `push`, `restart` and `finish` are for one thread; they return at once but for `finish`, which waits until its frame
    has left. Nothing here raises: a piece that is lost is in the stored message.
    """

    def __init__(self, conversation_id: int, question: Message) -> None:
        self._conversation_id = conversation_id
        self._question = question
        self._readers: list[int] = []
        self._look_at = 0.0
        self._next_at = 0.0
        # What the caller's thread and the loop share:
        self._lock = threading.Lock()
        self._text = ""
        self._index = 0
        self._ending: _Ending | None = None
        self._pump: concurrent.futures.Future[None] | None = None

    def push(self, text: str) -> None:
        """More of the answer. The first piece leaves at once, later ones together with what comes within 50 ms."""
        self._look_for_readers()
        with self._lock:
            self._text += text
            self._wake()

    def restart(self) -> None:
        """The answer begins anew: what was pushed so far is void, and the next piece has index 0."""
        with self._lock:
            self._text, self._index = "", 0

    def finish(self, error: str | None = None) -> None:
        """The last frame, `done`, with what is left to push. With `error`, no stored message follows."""
        self._look_for_readers()
        with self._lock:
            self._ending = _Ending(error)
            pump = self._wake()
        concurrent.futures.wait([pump], timeout=_FINISH_WITHIN_S)

    def _wake(self) -> "concurrent.futures.Future[None]":
        """Sees to it that what there is gets pushed. Called with the lock held."""
        if self._pump is None:
            self._pump = asyncio.run_coroutine_threadsafe(self._run(), _get_loop())
        return self._pump

    async def _run(self) -> None:
        """Pushes until nothing is left."""
        while True:
            await asyncio.sleep(max(0.0, self._next_at - time.monotonic()))
            with self._lock:
                frame = self._take()
                if frame is None:
                    self._pump = None
                    return
            self._next_at = time.monotonic() + _EVERY_S
            await apush_to_users(self._readers, frames.encode(frame))

    def _take(self) -> frames.MessageDelta | None:
        """The next frame, where there is something to say."""
        text, ending = self._text, self._ending
        if not text and ending is None:
            return None
        frame = frames.MessageDelta(
            conversation_id=str(self._conversation_id),
            reply_to=str(self._question.pk),
            index=self._index,
            text=text,
            done=ending is not None,
            error=ending.error if ending is not None else None,
        )
        self._text, self._ending, self._index = "", None, self._index + 1
        return frame

    def _look_for_readers(self) -> None:
        """Who may see the question now; whoever leaves gets no more of the answer within a second."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK_AGAIN_S
        try:
            roster = find_small_roster(self._conversation_id, max_members=MAX_READERS)
        except DatabaseError as exc:
            log.warning("who may see an answer cannot be looked up", error=str(exc))
            return
        seats = roster.seats.items() if roster is not None else ()
        self._readers = [user_id for user_id, seat in seats if seat.visible_from <= self._question.seq]


class _Ending(NamedTuple):
    error: str | None


class _Loops:
    """One event loop a process, in a thread of its own: the channel layer keeps its connection from frame to frame."""

    lock: ClassVar = threading.Lock()
    by_pid: ClassVar[dict[int, asyncio.AbstractEventLoop]] = {}


def _get_loop() -> asyncio.AbstractEventLoop:
    with _Loops.lock:
        loop = _Loops.by_pid.get(os.getpid())
        if loop is None:
            loop = _Loops.by_pid[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="deltas", daemon=True).start()
        return loop
