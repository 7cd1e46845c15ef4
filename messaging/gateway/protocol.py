"""The handshake's protocol class for uvicorn, and the ASGI extension by which an application takes the socket over.

Extension `gochat.socket` (in `scope["extensions"]`): a callable. After it has sent `websocket.accept`, the application
may call it once; it returns a `FramedSocket` and from then on owns the connection: `receive` and `send` are done with,
and the application may return while the connection lives on. An application that never calls it sees plain ASGI.
"""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from messaging.gateway.sockets import FramedSocket

EXTENSION = "gochat.socket"
_MAX_EARLY_BYTES = 64 * 1024


class GatewayWebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O protocol up to the handshake's end; bytes that come before it has ended are kept back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._early = bytearray()
        self._taken_over = False

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated or self.handshake_complete:
            super().data_received(data)
            return
        self._early += data
        if len(self._early) > _MAX_EARLY_BYTES:
            self.transport.abort()

    def take_over(self, *, guard_floods: bool = True) -> FramedSocket:
        """The connection as a `FramedSocket`. Raises RuntimeError before acceptance, after the end, and repeated."""
        if self._taken_over or not self.handshake_complete or self.close_sent or self.disconnected:
            raise RuntimeError("There is no open socket to take over.")
        self._taken_over = True
        socket = FramedSocket(self.transport, self.connections, guard_floods=guard_floods)
        self.connections.discard(self)
        self.connections.add(socket)  # type: ignore[arg-type]  # uvicorn asks of it only shutdown()
        self.transport.set_protocol(socket)
        if self._early:
            self.loop.call_soon(socket.data_received, bytes(self._early))
        return socket

    async def run_asgi(self) -> None:
        """Run the application; when it has taken the socket over, its return ends nothing."""
        app, scope = self.app, self.scope
        extensions: dict[Any, Any] | None = scope.get("extensions")
        if extensions is not None:
            extensions[EXTENSION] = self.take_over
        try:
            await app(scope, self.receive, self._send)
        except ClientDisconnected:
            pass
        except Exception:  # the edge, as in uvicorn: the connection ends, the server goes on
            self.logger.exception("The application failed on a WebSocket.")
        finally:
            if not self._taken_over:
                self._end()

    async def _send(self, message: Any) -> None:
        await self.send(message)
        if message["type"] == "websocket.accept" and self._early:
            self.loop.call_soon(self._release_early)

    def _release_early(self) -> None:
        """Hand what came too early to the plain ASGI path, unless the socket was taken over meanwhile."""
        if not self._taken_over and self._early:
            data, self._early = bytes(self._early), bytearray()
            super().data_received(data)

    def _end(self) -> None:
        if not self.handshake_complete:
            self.send_500_response()
        if self.close_timer is None:
            self.transport.close()
