"""Who gets a push, in which order, and in how many writes."""

from datetime import UTC, datetime

import msgspec
from django.test import SimpleTestCase

from accounts.services.tokens import AccessGrant
from messaging import frames
from messaging.framing import frame_text, split_frames
from messaging.gateway.connection import Connection
from messaging.gateway.hub import Hub, Waiter
from messaging.gateway.lag import count_unsent_bytes
from messaging.records import Push


class FakeSocket:
    """Keeps each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, framed: bytes) -> None:
        self.writes.append(framed)

    def close(self, code: int, reason: str = "") -> None:
        self.code = code

    def unsent_bytes(self) -> int:
        return 7

    def is_closed(self) -> bool:
        return False

    @property
    def texts(self) -> list[bytes]:
        return [text for write in self.writes for text in split_frames(write)]


class HubCase(SimpleTestCase):
    def setUp(self) -> None:
        self.hub = Hub()

    def connect(self, user_id: int, *, session_id: int = 0, ready: bool = True) -> tuple[Connection, FakeSocket]:
        socket = FakeSocket()
        connection = Connection(f"c{user_id}-{id(socket)}", socket, address="", language="en")
        connection.authenticate(AccessGrant(user_id, session_id or user_id, datetime.now(UTC), "person"))
        self.hub.register(connection)
        if ready:
            self.hub.release(connection, frames.Pong())
            socket.writes.clear()
        return connection, socket


class PushTest(HubCase):
    def test_a_batch_is_one_write_per_socket_with_the_frames_in_order(self) -> None:
        _, ann = self.connect(1)
        _, ben = self.connect(2)
        for text, users in ((b"a", [1, 2]), (b"b", [1]), (b"c", [2, 1, 99])):
            self.hub.push(Push(frame_text(text), users))
        self.assertEqual(ann.writes, [])
        self.hub.flush()
        self.assertEqual((len(ann.writes), ann.texts), (1, [b"a", b"b", b"c"]))
        self.assertEqual((len(ben.writes), ben.texts), (1, [b"a", b"c"]))
        self.hub.flush()
        self.assertEqual(len(ann.writes), 1)

    def test_every_device_of_a_user_gets_it_but_the_excluded_socket(self) -> None:
        first, one = self.connect(1)
        _, two = self.connect(1)
        self.hub.push(Push(frame_text(b"x"), [1], exclude=[first.id]))
        self.hub.flush()
        self.assertEqual((one.texts, two.texts), ([], [b"x"]))

    def test_a_push_to_a_socket_reaches_that_socket_alone(self) -> None:
        first, one = self.connect(1)
        _, two = self.connect(1)
        self.hub.push(Push(frame_text(b"ack"), sockets=[first.id, "of another gateway"]))
        self.hub.flush()
        self.assertEqual((one.texts, two.texts), ([b"ack"], []))

    def test_everyone_is_everyone_but_the_excluded(self) -> None:
        first, one = self.connect(1)
        _, two = self.connect(2)
        self.hub.push(Push(frame_text(b"x"), everyone=True, exclude=[first.id]))
        self.hub.flush()
        self.assertEqual((one.texts, two.texts), ([], [b"x"]))

    def test_what_comes_before_ready_is_written_after_it_in_order(self) -> None:
        connection, socket = self.connect(1, ready=False)
        for text in (b"a", b"b"):
            self.hub.push(Push(frame_text(text), [1]))
            self.hub.flush()
        self.assertEqual(socket.writes, [])
        self.hub.release(connection, frames.Pong(id="first"))
        self.assertEqual(socket.texts, [b'{"type":"pong","id":"first"}', b"a", b"b"])

    def test_who_has_left_gets_nothing_more(self) -> None:
        connection, socket = self.connect(1)
        self.assertTrue(self.hub.unregister(connection))
        self.assertFalse(self.hub.unregister(connection))
        self.hub.push(Push(frame_text(b"x"), [1], sockets=[connection.id], everyone=True))
        self.hub.flush()
        self.assertEqual((socket.writes, len(self.hub), self.hub.sessions()), ([], 0, []))

    def test_the_last_of_several_sockets_is_told_apart(self) -> None:
        first, _ = self.connect(1, session_id=7)
        second, _ = self.connect(1, session_id=7)
        self.assertFalse(self.hub.unregister(first))
        self.assertEqual(self.hub.of_session(7), [second])
        self.assertTrue(self.hub.unregister(second))
        self.assertFalse(self.hub.has_user(1))


class WaiterTest(HubCase):
    def test_a_waiting_call_gets_the_first_answer(self) -> None:
        waiter = self.hub.waiters["w"] = Waiter("w")
        for seq in (1, 2):
            self.hub.push(Push(frame_text(msgspec.json.encode({"type": "message-ack", "seq": seq})), sockets=["w"]))
            self.hub.flush()
        self.assertEqual(waiter.future.result(0), {"type": "message-ack", "seq": 1})

    def test_a_waiter_is_no_socket(self) -> None:
        self.hub.waiters["w"] = Waiter("w")
        self.hub.push(Push(frame_text(b"{}"), everyone=True))
        self.hub.flush()
        self.assertFalse(self.hub.waiters["w"].future.done())


class SharingTest(HubCase):
    def test_a_frame_is_encoded_once_for_all_its_recipients(self) -> None:
        sockets = [self.connect(user_id)[1] for user_id in (1, 2, 3)]
        self.hub.push(Push(frame_text(b"same"), [1, 2, 3]))
        self.hub.flush()
        written = [socket.writes[0] for socket in sockets]
        self.assertEqual(written[0], frame_text(b"same"))
        self.assertTrue(all(data is written[0] for data in written))

    def test_what_waits_to_be_written_is_added_up_over_the_sockets(self) -> None:
        for user_id in (1, 2):
            self.connect(user_id)
        self.assertEqual(count_unsent_bytes(self.hub), 14)
