"""What is only of the moment, from any process to all gateways, over the channel layer: nothing is kept or repeated.

One channel a gateway and one group of all gateways, never a channel or a group per socket or conversation. A message is
a dict with a `type`:

- `{"type": "sessions.ended", "session_ids": [int], "code": int, "reason": str}`: close the sockets of these sessions.
- `{"type": "users.push", "user_ids": [int], "frame": str, "exclude": [connection_id]}`: write a frame (its JSON text).
- `{"type": "users.pushes", "pushes": [[user_ids, frame], ...]}`: several of them at once.
- `{"type": "presence.changed", "changes": [[user_id, online, last_seen_at | None], ...]}`: who came and went.

Losing one costs a client nothing for good: ended sessions are re-checked against the database, the rest is seen again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from core.logs import get_logger
from core.metrics import counters

GROUP: Final = "gateways"
_SEND_TIMEOUT_S: Final = 2.0
_RETRY_S: Final = 1.0
_PROBE_S: Final = 5.0
_SILENCE_S: Final = 20.0
"""Who listens sends itself something every _PROBE_S; a connection that brings nothing for this long is dead."""
_PROBE: Final = "probe"
log = get_logger(__name__)


def tell_gateways(message: dict[str, Any]) -> None:
    """Hand a message to every gateway. Never raises: what cannot be sent is logged and lost."""
    try:
        async_to_sync(atell_gateways)(message)
    except Exception as exc:  # noqa: BLE001 -- the edge to a service that may be away
        _note_loss(message, exc)


async def atell_gateways(message: dict[str, Any]) -> None:
    """As `tell_gateways`, on an event loop."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async with asyncio.timeout(_SEND_TIMEOUT_S):
            await layer.group_send(GROUP, message)
    except Exception as exc:  # noqa: BLE001 -- the edge to a service that may be away
        _note_loss(message, exc)


def push_to_users(user_ids: Sequence[int], frame: bytes, *, exclude: Sequence[str] = ()) -> None:
    """Write a frame to every socket of these users, but the excluded ones, on whichever gateway. Never raises."""
    if user_ids:
        tell_gateways(_push(user_ids, frame, exclude))


async def apush_to_users(user_ids: Sequence[int], frame: bytes, *, exclude: Sequence[str] = ()) -> None:
    """As `push_to_users`, on an event loop."""
    if user_ids:
        await atell_gateways(_push(user_ids, frame, exclude))


async def listen(on_message: Callable[[dict[str, Any]], Awaitable[None] | None]) -> None:
    """Be a gateway: hand over each message, until cancelled. A broken layer is joined again; what it lost is lost."""
    while True:
        try:
            await _listen_once(on_message)
        except Exception as exc:  # noqa: BLE001 -- the edge to a service that may be away
            log.warning("the channel layer failed", error=type(exc).__name__)
            await _drop_connections()
            await asyncio.sleep(_RETRY_S)


async def _listen_once(on_message: Callable[[dict[str, Any]], Awaitable[None] | None]) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    channel = await layer.new_channel()
    await layer.group_add(GROUP, channel)
    probing = asyncio.create_task(_probe(layer, channel))
    try:
        while True:
            async with asyncio.timeout(_SILENCE_S):
                message = await layer.receive(channel)
            if message["type"] == _PROBE:
                continue
            counters.moments_in += 1
            await _handle(on_message, message)
    finally:
        probing.cancel()
        await layer.group_discard(GROUP, channel)


async def _probe(layer: Any, channel: str) -> None:
    """A connection may die without a word, and who only listens would never know."""
    while True:
        await asyncio.sleep(_PROBE_S)
        try:
            async with asyncio.timeout(_SEND_TIMEOUT_S):
                await layer.send(channel, {"type": _PROBE})
        except Exception as exc:  # noqa: BLE001 -- the edge to a service that may be away: the silence will tell
            log.warning("the channel layer cannot be probed", error=type(exc).__name__)


async def _drop_connections() -> None:
    """Let the layer make new ones: it would go on listening to a dead one."""
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(_SILENCE_S):
            if layer is not None:
                await layer.flush()
    except Exception as exc:  # noqa: BLE001 -- the same edge
        log.warning("the channel layer could not be closed", error=type(exc).__name__)


async def _handle(on_message: Callable[[dict[str, Any]], Awaitable[None] | None], message: dict[str, Any]) -> None:
    try:
        waiting = on_message(message)
        if waiting is not None:
            await waiting
    except Exception:
        log.exception("a moment could not be handled", kind=message.get("type"))


def _push(user_ids: Sequence[int], frame: bytes, exclude: Sequence[str]) -> dict[str, Any]:
    return {"type": "users.push", "user_ids": list(user_ids), "frame": frame.decode(), "exclude": list(exclude)}


def _note_loss(message: dict[str, Any], exc: Exception) -> None:
    counters.moments_lost += 1
    log.warning("a moment was lost", kind=message.get("type"), error=type(exc).__name__)
