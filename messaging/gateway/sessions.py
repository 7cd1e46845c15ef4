"""Sockets live no longer than their session and token: expiry, its announcement, and the check for ended sessions."""

import heapq
import time
from typing import Final

from accounts.selectors import find_ended_sessions
from core import clock
from core.logs import get_logger
from messaging import frames, framing
from messaging.gateway.connection import Connection
from messaging.gateway.hub import Hub
from messaging.gateway.threads import Threads

WARN_S: Final = 60.0
RECHECK_S: Final = 30.0
log = get_logger(__name__)


class Sessions:
    """Closes what has ended. `tick` once a second."""

    def __init__(self, hub: Hub, threads: Threads) -> None:
        self._hub = hub
        self._threads = threads
        # (when to look, expiry it belongs to, connection id): an entry of an earlier token is dropped when it comes up.
        self._due: list[tuple[float, float, str]] = []
        self._fresh: set[int] = set()
        self._recheck_at = time.monotonic() + RECHECK_S  # a clock that is set back must not put it off

    def watch(self, connection: Connection) -> None:
        """A connection became ready, or got a new token."""
        self._fresh.add(connection.session_id)
        if connection.expires_at is not None:
            expiry = connection.expires_at.timestamp()
            heapq.heappush(self._due, (expiry - WARN_S, expiry, connection.id))

    def end(self, session_ids: list[int], code: int, reason: str) -> None:
        """Close the sockets of these sessions."""
        for session_id in session_ids:
            for connection in self._hub.of_session(session_id):
                connection.close(code, reason)

    def expire(self) -> None:
        """Announce what ends within a minute, close what has ended."""
        now = clock.now().timestamp()
        while self._due and self._due[0][0] <= now:
            _, expiry, connection_id = heapq.heappop(self._due)
            connection = self._hub.by_id.get(connection_id)
            if connection is None or connection.expires_at is None or connection.expires_at.timestamp() != expiry:
                continue
            if expiry <= now:
                connection.close(framing.UNAUTHENTICATED, "token expired")
                continue
            heapq.heappush(self._due, (expiry, expiry, connection_id))
            self._hub.send(connection, frames.AuthExpiring(expires_in_ms=int((expiry - now) * 1000)))

    async def recheck(self) -> None:
        """Ask the database about sessions that have just connected (one may have ended between its check and its
        registration) and, every RECHECK_S, about all: the message that one has ended may have been lost."""
        now = time.monotonic()
        if now >= self._recheck_at:
            self._recheck_at = now + RECHECK_S
            asked = self._hub.sessions()
        else:
            asked = list(self._fresh)
        self._fresh.clear()
        if not asked:
            return
        try:
            ended = await self._threads.run(find_ended_sessions, asked)
        except Exception:  # the database is away; who is asked about now is asked about again
            self._recheck_at = now + 1
            log.exception("sessions could not be checked", sessions=len(asked))
            return
        self.end(list(ended), framing.SESSION_ENDED, "session ended")
