"""The Channels consumer at /ws/: decides who may open a socket, then hands the socket to the gateway.

On `manage.py gateway` the consumer takes the connection over through the ASGI extension of `messaging.gateway.protocol`
and ends, so that an idle socket holds no task and no queue. Elsewhere (`runserver`) it stays and carries frames between
Channels and the same gateway code.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.utils import translation

from core.errors import DomainError, ErrorCode
from core.logs import get_logger
from messaging import framing
from messaging.gateway import handshake
from messaging.gateway.connection import Connection
from messaging.gateway.protocol import EXTENSION
from messaging.gateway.runtime import get_gateway
from messaging.gateway.sockets import MAX_FRAME_BYTES

log = get_logger(__name__)


class ChatConsumer(AsyncWebsocketConsumer):  # type: ignore[misc] # Channels ships no types
    """One handshake; and one socket, where the server does not let it be taken over."""

    # Not configured, on purpose: a channel per socket would cost each frame a third of its time.
    channel_layer_alias = "no channel per socket"
    socket: "ChannelsSocket | None" = None
    connection: Connection | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does, without closing database connections: this consumer's thread has none."""
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def connect(self) -> None:
        """Check the request, authenticate where the request says as whom, accept, and register."""
        gateway = await get_gateway()
        language = handshake.get_language(self.scope["headers"])
        try:
            handshake.check_request(self.scope)
            gateway.check_address(handshake.get_address(self.scope))
            grant = None
            if handshake.has_credentials(self.scope):
                grant = await gateway.threads.run(handshake.find_grant, self.scope)
        except DomainError as error:
            await refuse(self.scope, self.base_send, error)
            raise StopConsumer from error
        except Exception as exc:
            log.exception("a handshake failed")
            await refuse(self.scope, self.base_send, DomainError(ErrorCode.UNAVAILABLE))
            raise StopConsumer from exc
        await self.accept()
        take_over = self.scope.get("extensions", {}).get(EXTENSION)
        if take_over is None:
            self.socket = ChannelsSocket(self)
        socket = self.socket or take_over(guard_floods=settings.RATE_LIMITS)
        connection = gateway.open(socket, address=handshake.get_address(self.scope), language=language)
        if self.socket is not None:
            self.connection = connection
            self.socket.on_closed = lambda code: gateway.on_closed(connection, code)
        if grant is not None:
            await gateway.welcome(connection, grant)
        else:
            gateway.await_token(connection)
        if self.socket is None:
            raise StopConsumer

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A frame, where the socket was not taken over."""
        if self.connection is None:
            return
        gateway = await get_gateway()
        if text_data is None:
            gateway.on_binary(self.connection)
        elif len(data := text_data.encode()) > MAX_FRAME_BYTES:
            self.connection.close(framing.TOO_BIG, "frame too large")
        else:
            gateway.on_text(self.connection, data)

    async def disconnect(self, code: int) -> None:
        """The end, where the socket was not taken over."""
        if self.socket is not None:
            self.socket.end(code)


async def refuse(scope: Any, send: Any, error: DomainError) -> None:
    """Answer a handshake over HTTP, before the upgrade; a server that cannot do that closes with 403."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close"})
        return
    with translation.override(handshake.get_language(scope["headers"])):
        body = msgspec.json.encode(error.as_dict())
    headers = [(b"content-type", b"application/json")]
    if error.http_status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    elif error.http_status in {429, 503}:
        headers.append((b"retry-after", b"10"))
    await send({"type": "websocket.http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def refuse_path(scope: Any, receive: Any, send: Any) -> None:
    """The ASGI application of every other path: 404."""
    await receive()
    await refuse(scope, send, DomainError(ErrorCode.NOT_FOUND))


class ChannelsSocket:
    """A socket whose frames Channels carries; see `messaging.gateway.connection.Socket`."""

    def __init__(self, consumer: ChatConsumer) -> None:
        self.on_closed: Callable[[int], None] = lambda _code: None
        self._consumer = consumer
        self._queue: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()
        self._is_closed = False
        self._task = asyncio.get_running_loop().create_task(self._run())

    def unsent_bytes(self) -> int:
        """What Channels holds is not known here."""
        return 0

    def is_closed(self) -> bool:
        """Whether closing has begun."""
        return self._is_closed

    def write(self, framed: bytes) -> None:
        """Send text frames."""
        if not self._is_closed:
            self._queue.put_nowait(framed)

    def close(self, code: int, reason: str = "") -> None:
        """Send what is queued, then close."""
        if not self._is_closed:
            self._queue.put_nowait((code, reason))
            self._begin_close(code)

    def end(self, code: int) -> None:
        """The client has gone."""
        if not self._is_closed:
            self._begin_close(code)
        self._task.cancel()

    def _begin_close(self, code: int) -> None:
        self._is_closed = True
        self.on_closed(code)

    async def _run(self) -> None:
        while True:
            item = await self._queue.get()
            if isinstance(item, tuple):
                await self._consumer.close(*item)
                return
            for payload in framing.split_frames(item):
                await self._consumer.send(text_data=payload.decode())
