"""One WebSocket: the three ways onto it, frames out in order, frames in until it closes."""

import asyncio
import contextlib
import json
from collections.abc import Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.client.http import Api
from tests.client.record import Frame

BROKEN = 1006


class Connection:
    """A live socket. `closed` ends with the close code (`reason` is the server's); `on_frame` gets what arrives."""

    def __init__(self, websocket: ClientConnection, on_frame: Callable[[Frame], None]) -> None:
        self._websocket = websocket
        self._on_frame = on_frame
        self.reason = ""
        self._out: asyncio.Queue[Frame] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())
        self._reading = asyncio.Event()
        self._reading.set()
        self.closed: asyncio.Task[int] = asyncio.create_task(self._read())

    def send(self, frame: Frame) -> None:
        """Queue a frame; what is queued when the socket ends is lost."""
        self._out.put_nowait(frame)

    async def send_text(self, text: str) -> None:
        """Send a text as it is, for what no frame can hold."""
        await self._websocket.send(text)

    def stop_reading(self) -> None:
        """Be a client that takes nothing more off its socket."""
        self._reading.clear()

    def resume_reading(self) -> None:
        """Read on."""
        self._reading.set()

    async def close(self) -> int:
        """Close it as a client does; returns the close code."""
        self._reading.set()
        with contextlib.suppress(OSError, ConnectionClosed):
            await self._websocket.close()
        return await self.closed

    def drop(self) -> None:
        """Let the connection break without a word."""
        self._reading.set()
        self._websocket.transport.abort()

    async def _read(self) -> int:
        try:
            while True:
                await self._reading.wait()
                frame = json.loads(await self._websocket.recv())
                self._on_frame(frame)
        except ConnectionClosed as closed:
            self.reason = closed.rcvd.reason if closed.rcvd is not None else ""
            return closed.rcvd.code if closed.rcvd is not None else BROKEN
        finally:
            self._writer.cancel()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self._websocket.send(json.dumps(await self._out.get()))


async def open_socket(
    ws_url: str, api: Api, on_frame: Callable[[Frame], None], *, way: str = "header", origin: str | None = None
) -> Connection:
    """Open a socket with the caller's token as a "header", a "ticket" or the first "frame".

    Raises websockets.exceptions.InvalidStatus where the handshake is refused, OSError where nobody answers.
    """
    headers = {"Authorization": f"Bearer {api.access}"} if way == "header" else {}
    url = ws_url
    if way == "ticket":
        ticket = (await api.post("auth/ws-ticket"))["ticket"]
        url = f"{ws_url}?ticket={ticket}"
    websocket = await connect(
        url,
        additional_headers=headers,
        origin=origin,  # type: ignore[arg-type] # a NewType of str
        compression=None,
        max_size=4 * 1024 * 1024,
        max_queue=16,
        ping_interval=None,
        close_timeout=2,
        open_timeout=10,
    )
    connection = Connection(websocket, on_frame)
    if way == "frame":
        connection.send({"type": "auth", "token": api.access})
    return connection
