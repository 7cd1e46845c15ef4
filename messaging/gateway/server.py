"""The gateway's server: uvicorn with the gateway's protocol class, a lifespan that starts and stops the gateway, and a
drain on SIGTERM: stop accepting, close every socket with 1012, flush upstream, take presence out."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any, Final

import uvicorn

from core import health
from core.logs import get_logger
from core.processes import tune_process
from messaging.gateway.protocol import GatewayWebSocketProtocol
from messaging.gateway.runtime import start_gateway, stop_gateway
from messaging.gateway.sockets import MAX_FRAME_BYTES

_BACKLOG: Final = 4096
_GRACE_S: Final = 4
log = get_logger(__name__)


class Application:
    """The site's ASGI application behind the gateway's lifespan; a path without a route refuses the handshake."""

    def __init__(self, application: Any, gateway_id: str) -> None:
        self._application = application
        self._gateway_id = gateway_id

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._application(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        """Answer startup when sockets may come, so that the server does not listen before."""
        await receive()
        try:
            await start_gateway(self._gateway_id)
        except Exception as exc:  # the edge: the server prints it and ends
            log.exception("the gateway cannot start")
            await send({"type": "lifespan.startup.failed", "message": str(exc)})
            return
        tune_process()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await stop_gateway()
        await send({"type": "lifespan.shutdown.complete"})


class Server(uvicorn.Server):
    """uvicorn, which says "not ready" from the moment it is told to stop, and whose clean stop is exit status 0."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        health.start_draining()
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle SIGINT and SIGTERM; unlike uvicorn's own, without raising them again after a clean stop."""
        handled = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def serve(application: Any, *, gateway_id: str, host: str, port: int) -> bool:
    """Serve until SIGTERM or SIGINT; whether the server had started."""
    config = uvicorn.Config(
        Application(application, gateway_id),
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws=GatewayWebSocketProtocol,
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # uvicorn would believe the first entry of X-Forwarded-For, the client's own claim. `accounts.addresses` and
        # `messaging.gateway.handshake` read what the proxy wrote, and only behind one (BEHIND_TLS_PROXY).
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = Server(config)
    server.run()
    return server.started
