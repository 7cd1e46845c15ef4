"""The reference's gateway: `python -m bench.reference.gateway`. One event loop, and one thread that reads the
downstream."""

import argparse
import asyncio
import base64
import gc
import hashlib
import signal
import threading
from collections import defaultdict
from typing import Any

import confluent_kafka as ck
import msgspec
import uvloop
from websockets.speedups import apply_mask

from bench.reference.wire import Command, Push, Ready, SendMessage, partition_of, text_frame

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BATCH = 500
_POLL_S = 0.05

_decode_command = msgspec.json.Decoder(SendMessage).decode
_decode_pushes = msgspec.msgpack.Decoder(list[Push]).decode
_encode_commands = msgspec.msgpack.Encoder().encode


class Gateway:
    """The sockets by user and by number, and the commands of this turn of the loop."""

    def __init__(self, servers: str, prefix: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._topic = f"{prefix}upstream"
        self._producer = ck.Producer(
            {
                "bootstrap.servers": servers,
                "acks": "all",
                "enable.idempotence": True,
                "linger.ms": 0,
                "delivery.report.only.error": True,
                "socket.nagle.disable": True,
            }
        )
        self._consumer = ck.Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": "bench",
                "enable.auto.commit": False,
                "socket.nagle.disable": True,
            }
        )
        place = ck.TopicPartition(f"{prefix}downstream", 0)
        place.offset = self._consumer.get_watermark_offsets(place, timeout=10)[1]
        self._consumer.assign([place])
        self._waiting: dict[int, list[Command]] = defaultdict(list)
        self._is_polling = False
        self._handled = threading.Semaphore(2)
        self._next_socket_id = 1
        self.sockets: dict[int, ServerSocket] = {}
        self.by_user: dict[int, dict[int, ServerSocket]] = defaultdict(dict)
        threading.Thread(target=self._read, daemon=True).start()

    def add(self, socket: "ServerSocket") -> int:
        """A number for a socket whose user is known."""
        number = self._next_socket_id
        self._next_socket_id += 1
        self.sockets[number] = self.by_user[socket.user_id][number] = socket
        return number

    def remove(self, socket: "ServerSocket") -> None:
        """The socket is gone."""
        if self.sockets.pop(socket.number, None) is not None:
            del self.by_user[socket.user_id][socket.number]

    def submit(self, command: Command) -> None:
        """Send a command to the worker, with all others of this turn of the loop that share its partition."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting[partition_of(command.command.conversation_id)].append(command)

    def _flush(self) -> None:
        for partition, commands in self._waiting.items():
            self._producer.produce(self._topic, _encode_commands(commands), None, partition)
        self._waiting.clear()
        if not self._is_polling:
            self._is_polling = True
            self._loop.call_later(_POLL_S, self._poll)

    def _poll(self) -> None:
        """Let the client forget what was delivered; nothing else is done with its reports."""
        self._producer.poll(0)
        self._is_polling = len(self._producer) > 0
        if self._is_polling:
            self._loop.call_later(_POLL_S, self._poll)

    def _read(self) -> None:
        """Wait for records and hand them to the loop, one batch ahead at most."""
        while True:
            first = self._consumer.poll(1.0)
            if first is None:
                continue
            messages = [first, *self._consumer.consume(_BATCH, 0)]
            self._handled.acquire()
            self._loop.call_soon_threadsafe(self._push, [message.value() or b"" for message in messages])

    def _push(self, values: list[bytes]) -> None:
        for value in values:
            for push in _decode_pushes(value):
                if not push.users:
                    socket = self.sockets.get(push.socket_id)
                    if socket is not None:
                        socket.transport.write(push.frame)
                for user in push.users:
                    for number, socket in self.by_user[user].items():
                        if number != push.socket_id:
                            socket.transport.write(push.frame)
        self._handled.release()


class ServerSocket(asyncio.Protocol):
    """One client: the handshake, then masked text frames. The bearer token is the user's id."""

    __slots__ = ("_buffer", "_gateway", "number", "transport", "user_id")

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._buffer = b""
        self.number = 0
        self.user_id = 0
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._gateway.remove(self)

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if not self.number:
            self._shake_hands(data)
            return
        at, size = 0, len(data)
        while size - at >= 6:
            length, start = data[at + 1] & 0x7F, at + 6
            if length == 126:
                start = at + 8
                length = data[at + 2] << 8 | data[at + 3]
            end = start + length
            if end > size:
                break
            if data[at] == 0x81:
                command = _decode_command(apply_mask(data[start:end], data[start - 4 : start]))
                self._gateway.submit(Command(self.user_id, self.number, command))
            at = end
        if at < size:
            self._buffer = data[at:]

    def _shake_hands(self, data: bytes) -> None:
        if not data.endswith(b"\r\n\r\n"):
            self._buffer = data
            return
        headers = {name.lower(): value for name, _, value in (line.partition(b": ") for line in data.split(b"\r\n"))}
        digest = hashlib.sha1(headers[b"sec-websocket-key"] + _GUID, usedforsecurity=False).digest()
        self.user_id = int(headers[b"authorization"].removeprefix(b"Bearer "))
        self.number = self._gateway.add(self)
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            + base64.b64encode(digest)
            + b"\r\n\r\n"
            + text_frame(msgspec.json.encode(Ready(str(self.user_id))))
        )


async def serve(options: argparse.Namespace) -> None:
    """Serve until SIGTERM."""
    gateway = Gateway(options.servers, options.prefix)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await loop.create_server(lambda: ServerSocket(gateway), "127.0.0.1", 0, backlog=1024)
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--servers", required=True)
    parser.add_argument("--prefix", required=True)
    gc.freeze()
    uvloop.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
