"""RFC 6455 as the gateway's sockets speak it, without a network: bytes in, bytes and calls out."""

import asyncio
import os
from typing import Any, cast

from django.test import SimpleTestCase
from websockets.speedups import apply_mask

from messaging import framing
from messaging.gateway import sockets
from messaging.gateway.heartbeat import Heartbeats
from messaging.gateway.sockets import MAX_FRAME_BYTES, FramedSocket


class FakeTransport:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.is_aborted = False
        self.has_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def abort(self) -> None:
        self.is_aborted = True

    def close(self) -> None:
        self.has_closed = True

    def is_closing(self) -> bool:
        return self.has_closed or self.is_aborted

    def set_write_buffer_limits(self, high: int) -> None:
        self.high = high


def masked(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame."""
    key = os.urandom(4)
    length = len(payload)
    if length < 126:
        head = bytes([first, 128 | length])
    elif length < 65536:
        head = bytes([first, 254]) + length.to_bytes(2, "big")
    else:
        head = bytes([first, 255]) + length.to_bytes(8, "big")
    return head + key + apply_mask(payload, key)


class SocketCase(SimpleTestCase):
    """A socket on a fake transport, with what it called."""

    def open(self, *, guard_floods: bool = True) -> FramedSocket:
        self.transport = FakeTransport()
        self.texts: list[bytes] = []
        self.binaries = 0
        self.codes: list[int] = []
        socket = FramedSocket(cast(Any, self.transport), {"other"}, guard_floods=guard_floods)
        socket.on_text = self.texts.append
        socket.on_closed = self.codes.append
        return socket

    def close_code(self) -> int:
        """The code of the close frame at the end of what was written."""
        at = self.transport.written.rindex(bytes([0x88]))
        return int.from_bytes(self.transport.written[at + 2 : at + 4], "big")


class ParsingTest(SocketCase):
    async def test_frames_are_found_however_the_bytes_are_cut(self) -> None:
        payloads = [b"", b"a", b"b" * 125, b"c" * 126, b"d" * 65535, b"e" * 65536, "你好".encode()]
        stream = b"".join(masked(payload) for payload in payloads)
        for step in (1, 3, 1000, len(stream)):
            if step == 1:
                stream, wanted = b"".join(masked(payload) for payload in payloads[:4]), payloads[:4]
            else:
                stream, wanted = b"".join(masked(payload) for payload in payloads), payloads
            socket = self.open()
            for at in range(0, len(stream), step):
                socket.data_received(stream[at : at + step])
            self.assertEqual(self.texts, wanted, step)

    async def test_fragments_are_one_message_and_control_frames_may_stand_between(self) -> None:
        socket = self.open()
        first, ping = masked(b"one ", 0x01), masked(b"p", 0x89)
        socket.data_received(first + ping + masked(b"two ", 0x00) + masked(b"three", 0x80))
        self.assertEqual(self.texts, [b"one two three"])
        self.assertEqual(self.transport.written, framing.frame(framing.PONG, b"p"))

    async def test_a_frame_over_256_kib_is_refused_by_its_header(self) -> None:
        socket = self.open()
        socket.data_received(masked(b"x" * (MAX_FRAME_BYTES + 1))[:14])
        self.assertEqual((self.close_code(), self.codes), (1009, [1009]))

    async def test_a_frame_of_256_kib_is_taken(self) -> None:
        socket = self.open()
        socket.data_received(masked(b"x" * MAX_FRAME_BYTES))
        self.assertEqual([len(text) for text in self.texts], [MAX_FRAME_BYTES])

    async def test_fragments_that_grow_over_256_kib_are_refused(self) -> None:
        socket = self.open()
        half = b"x" * (MAX_FRAME_BYTES // 2)
        socket.data_received(masked(half, 0x01) + masked(half, 0x00) + masked(b"y", 0x00))
        self.assertEqual((self.close_code(), self.texts), (1009, []))

    async def test_what_breaks_the_protocol_is_closed_with_1002(self) -> None:
        broken = {
            "unmasked": b"\x81\x01a",
            "reserved bit": masked(b"a", 0xC1),
            "unknown opcode": masked(b"a", 0x83),
            "continuation of nothing": masked(b"a", 0x80),
            "text inside fragments": masked(b"a", 0x01) + masked(b"b", 0x81),
            "fragmented ping": masked(b"a", 0x09),
            "long ping": masked(b"a" * 126, 0x89),
            "close with half a code": masked(b"a", 0x88),
            "close with a code nobody may send": masked((1005).to_bytes(2, "big"), 0x88),
        }
        for name, data in broken.items():
            with self.subTest(name):
                socket = self.open()
                socket.data_received(data + masked(b"after"))
                self.assertEqual((self.close_code(), self.codes, self.texts), (1002, [1002], []))


class ClosingTest(SocketCase):
    async def test_a_clients_close_is_echoed_and_nothing_after_it_is_read(self) -> None:
        socket = self.open()
        socket.data_received(masked(b"\x03\xe8bye", 0x88) + masked(b"late"))
        self.assertEqual(self.transport.written, framing.frame(framing.CLOSE, b"\x03\xe8bye"))
        self.assertEqual((self.codes, self.texts, self.transport.has_closed), ([1000], [], True))

    async def test_a_servers_close_waits_for_the_client_and_reads_no_more_texts(self) -> None:
        socket = self.open()
        socket.close(4403, "session ended")
        socket.write(framing.frame_text(b"too late"))
        self.assertEqual(self.transport.written, framing.frame_close(4403, "session ended"))
        socket.data_received(masked(b"ignored"))
        self.assertFalse(self.transport.has_closed)
        socket.data_received(masked(b"\x11\x33", 0x88))
        self.assertEqual((self.transport.has_closed, self.codes, self.texts), (True, [4403], []))

    async def test_closing_is_told_once_and_a_lost_connection_counts(self) -> None:
        socket = self.open()
        socket.connection_lost(None)
        socket.connection_lost(None)
        self.assertEqual(self.codes, [1006])

    async def test_who_does_not_read_is_closed_with_1013(self) -> None:
        socket = self.open()
        socket.pause_writing()
        self.assertEqual((self.close_code(), self.transport.high), (1013, sockets.MAX_UNSENT_BYTES))

    async def test_who_floods_is_closed_with_4429(self) -> None:
        socket = self.open()
        socket.data_received(masked(b"x") * (sockets.FLOOD_BURST + 200))
        self.assertEqual((self.close_code(), self.codes), (4429, [4429]))
        self.assertLessEqual(len(self.texts), sockets.FLOOD_BURST + 1)

    async def test_the_flood_guard_can_be_off(self) -> None:
        socket = self.open(guard_floods=False)
        socket.data_received(masked(b"x") * (sockets.FLOOD_BURST * 3))
        self.assertEqual((len(self.texts), self.codes), (sockets.FLOOD_BURST * 3, []))


class HeartbeatTest(SocketCase):
    async def test_two_pings_without_a_sign_of_life_close_with_4408(self) -> None:
        socket = self.open()
        socket.alive = False
        socket.beat()
        self.assertEqual(self.transport.written, framing.PING_FRAME)
        socket.beat()
        self.assertEqual((self.close_code(), self.codes), (4408, [4408]))

    async def test_any_frame_counts_as_a_sign_of_life(self) -> None:
        for sign in (masked(b"", 0x8A), masked(b"text"), masked(b"p", 0x89)):
            socket = self.open()
            for _ in range(5):
                socket.data_received(sign)
                socket.beat()
            self.assertEqual(self.codes, [])

    async def test_every_socket_is_visited_once_a_heartbeat(self) -> None:
        heartbeats = Heartbeats()
        opened = []
        for _ in range(60):
            socket = self.open()
            heartbeats.add(socket)
            opened.append((socket, self.transport))
        for _ in range(25):
            heartbeats.tick()
        self.assertEqual([transport.written for _, transport in opened], [framing.PING_FRAME] * 60)

    async def test_closed_sockets_are_forgotten(self) -> None:
        heartbeats = Heartbeats()
        socket = self.open()
        heartbeats.add(socket)
        socket.connection_lost(None)
        for _ in range(25):
            heartbeats.tick()
        self.assertEqual([len(bucket) for bucket in heartbeats._buckets], [0] * 25)


class FramingTest(SimpleTestCase):
    def test_frames_of_every_length_can_be_split_again(self) -> None:
        payloads = [b"x" * length for length in (0, 1, 125, 126, 65535, 65536)]
        run = b"".join(map(framing.frame_text, payloads))
        self.assertEqual(list(framing.split_frames(run)), payloads)

    def test_a_close_reason_is_cut_between_characters(self) -> None:
        frame = framing.frame_close(4401, "原因" * 50)
        self.assertLessEqual(len(frame), 127)
        self.assertEqual(frame[4:].decode(), "原因" * 20 + "原")

    async def test_an_unanswered_close_ends_in_an_abort(self) -> None:
        transport: Any = FakeTransport()
        socket = FramedSocket(transport, set())
        socket.close(1000)
        timer = socket._timer
        assert timer is not None
        self.assertLessEqual(timer.when() - asyncio.get_running_loop().time(), sockets.CLOSE_TIMEOUT_S)
        timer._run()
        self.assertTrue(transport.is_aborted)
