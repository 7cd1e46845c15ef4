"""Read and received positions on their way to the database: the maximum per person and conversation, in batches."""

import asyncio
from typing import Final

from core.errors import ErrorCode
from core.ids import parse_id
from core.logs import get_logger
from core.moments import atell_gateways
from messaging import frames
from messaging.gateway.connection import Connection
from messaging.gateway.threads import Threads
from messaging.services.receipts import AppliedReceipt, Receipt, apply_receipts

FLUSH_S: Final = 0.25
_MAX_PENDING: Final = 20_000
log = get_logger(__name__)


class Receipts:
    """Buffers what sockets report; at most one write every 250 ms, and none when there is nothing."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._pending: dict[tuple[int, int], list[int]] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, connection: Connection, conversation_id: str, *, read: int = 0, received: int = 0) -> None:
        """Remember a position. Raises CONVERSATION_NOT_FOUND for what is no id."""
        key = connection.user_id, parse_id(conversation_id, ErrorCode.CONVERSATION_NOT_FOUND)
        highest = self._pending.get(key)
        if highest is None:
            if len(self._pending) >= _MAX_PENDING:
                return  # a position is reported again with the next message
            self._pending[key] = [read, received]
        else:
            highest[0] = max(highest[0], read)
            highest[1] = max(highest[1], received)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Write what is left."""
        if self._task is not None:
            self._task.cancel()
        await self._flush()

    async def _run(self) -> None:
        while self._pending:
            await asyncio.sleep(FLUSH_S)
            await self._flush()

    async def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        receipts = [
            Receipt(
                user_id=user_id, conversation_id=conversation_id, read_seq=read or None, received_seq=received or None
            )
            for (user_id, conversation_id), (read, received) in pending.items()
        ]
        if not receipts:
            return
        try:
            applied = await self._threads.run(apply_receipts, receipts)
        except Exception:  # the database is away; clients report positions again
            log.exception("receipts were not written", receipts=len(receipts))
            return
        pushes = [push for receipt in applied for push in _list_pushes(receipt)]
        if pushes:
            await atell_gateways({"type": "users.pushes", "pushes": pushes})


def _list_pushes(applied: AppliedReceipt) -> list[tuple[list[int], str]]:
    """(recipients, frame) for each position that moved."""
    recipients = list(applied.recipients)
    found: list[frames.ServerFrame] = []
    names = {"conversation_id": str(applied.conversation_id), "user_id": str(applied.user_id)}
    if applied.read_seq is not None:
        found.append(frames.ReadReceipt(seq=applied.read_seq, **names))
    if applied.received_seq is not None:
        found.append(frames.ReceivedReceipt(seq=applied.received_seq, **names))
    return [(recipients, frames.encode(frame).decode()) for frame in found]
