"""A TCP proxy that stands before a server and, when told, is a bad network: slow, cut, resetting or half-open.

For the fault tests, on Linux. It runs in a thread of its own; every method may be called from any other.
"""

import asyncio
import contextlib
import ctypes
import socket
import struct
import threading
from collections.abc import Callable

from devstack.ports import HOST

_CHUNK = 65_536
_CALL_TIMEOUT_S = 60.0
# Linux: a classic BPF program of one instruction, "accept 0 bytes", makes a socket deaf below TCP: what comes in is
# neither acknowledged nor answered, as if the other machine had vanished. Keepalives go unanswered too.
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))
_FILTER = struct.pack("HL", 1, ctypes.addressof(_DROP_ALL))
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Link:
    """One connection through the proxy: the client's half and the server's."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.is_dead = False

    def die(self) -> None:
        """Vanish for the client without a word, for good; the server still believes in it."""
        self.is_dead = True
        with contextlib.suppress(OSError):  # it was closed a moment ago
            self._client_socket().setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _FILTER)

    def reset(self) -> None:
        """RST to the client, and the end for the server."""
        with contextlib.suppress(OSError):
            self._client_socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.client.transport.abort()
        self.server.transport.abort()

    def _client_socket(self) -> socket.socket:
        found: socket.socket = self.client.get_extra_info("socket")
        return found


class Proxy:
    """Passes 127.0.0.1:`port` on to 127.0.0.1:`target` until it is told otherwise; `heal` ends whatever was told."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._links: set[_Link] = set()
        self._delay_s = 0.0
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy-{target}", daemon=True)
        self._thread.start()
        self._call(self._serve)

    def delay(self, seconds: float) -> None:
        """Everything arrives this much later, either way."""
        self._delay_s = seconds

    def cut(self) -> None:
        """Connections are reset, new ones refused."""
        self._call(self._close_listener)
        self.reset()

    def reset(self) -> None:
        """Connections are reset; new ones pass."""
        self._call(self._reset_links)

    def half_open(self) -> None:
        """Connections die without a word, and new ones get no answer: the machine behind them has vanished.

        `heal` lets new ones pass; the dead stay dead.
        """
        self._call(self._go_deaf)

    def heal(self) -> None:
        """A sound network again."""
        self._delay_s = 0.0
        self._call(self._listen_again)

    def close(self) -> None:
        """End every connection and the thread."""
        self.cut()
        self._call(_cancel_tasks)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=_CALL_TIMEOUT_S)

    def _call(self, action: "Callable[[], object]") -> None:
        async def run() -> None:
            outcome = action()
            if asyncio.iscoroutine(outcome):
                await outcome

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=_CALL_TIMEOUT_S)

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._join, sock=self._listener)

    def _close_listener(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _listen_again(self) -> None:
        if self._server is None:
            self._listener = _listen(self.port)
            await self._serve()
        else:
            for listener in self._server.sockets:
                with contextlib.suppress(OSError):  # it was not deaf
                    listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)

    def _reset_links(self) -> None:
        for link in list(self._links):
            link.reset()
        self._links.clear()

    def _go_deaf(self) -> None:
        for listener in self._server.sockets if self._server is not None else ():
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, _FILTER)
        for link in self._links:
            link.die()

    async def _join(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        try:
            server_reader, server = await asyncio.open_connection(HOST, self._target)
        except OSError:
            client.transport.abort()
            return
        for writer in (client, server):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link = _Link(client, server)
        self._links.add(link)
        with contextlib.suppress(asyncio.CancelledError):  # the proxy is closed
            await asyncio.gather(self._pump(link, reader, server), self._pump(link, server_reader, client))
        if not link.is_dead:
            self._links.discard(link)
            client.transport.abort()
            server.transport.abort()

    async def _pump(self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if link.is_dead:
                    return
                writer.write(data)
                await writer.drain()
            if not link.is_dead and writer.can_write_eof():
                writer.write_eof()


async def _cancel_tasks() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(512)
    listener.setblocking(False)
    return listener
