"""Who is typing: throttled, checked against the members, pushed to them, kept nowhere."""

import time
from typing import Final

from core.errors import DomainError, ErrorCode
from core.ids import parse_id
from core.moments import apush_to_users
from messaging import frames
from messaging.delivery.rosters import find_small_roster
from messaging.gateway.connection import Connection
from messaging.gateway.threads import Threads

THROTTLE_S: Final = 3.0
_MAX_REMEMBERED: Final = 20_000


class TypingRelay:
    """One typing push per person and conversation every THROTTLE_S, however often the client says it."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._last: dict[tuple[int, int], float] = {}

    def is_due(self, connection: Connection, conversation_id: str) -> int | None:
        """The conversation, when a push is due, else None. Raises CONVERSATION_NOT_FOUND for what is no id."""
        key = connection.user_id, parse_id(conversation_id, ErrorCode.CONVERSATION_NOT_FOUND)
        now = time.monotonic()
        if now - self._last.get(key, float("-inf")) < THROTTLE_S:
            return None
        if len(self._last) >= _MAX_REMEMBERED:
            self._last = {key: at for key, at in self._last.items() if now - at < THROTTLE_S}
        self._last[key] = now
        return key[1]

    async def push(self, connection: Connection, conversation_id: int) -> None:
        """Tell the other members; nobody where they are many. Raises CONVERSATION_NOT_FOUND for who is no member."""
        roster = await self._threads.run(find_small_roster, conversation_id)
        if roster is None:
            return
        if connection.user_id not in roster.seats:
            raise DomainError(ErrorCode.CONVERSATION_NOT_FOUND)
        deaf = {blocker for blocker, blocked in roster.blocks if blocked == connection.user_id}
        others = [user_id for user_id in roster.seats if user_id != connection.user_id and user_id not in deaf]
        frame = frames.TypingFrame(conversation_id=str(conversation_id), user_id=str(connection.user_id))
        await apush_to_users(others, frames.encode(frame))
