"""The gateway as a client meets it: a real process, real sockets, Kafka, Redis and the database."""

import asyncio
import signal
import socket
import uuid
from datetime import timedelta
from typing import Any, ClassVar
from urllib.request import urlopen

from asgiref.sync import sync_to_async

from accounts.models import Friendship, User
from accounts.presence import list_online
from accounts.services.tokens import issue_access
from core import clock, moments
from core.kafka import get_producer, open_tail
from core.kafka.port import TailReader
from core.kafka.topics import UPSTREAM, downstream, partition_of
from core.redis import get_redis
from messaging import records
from messaging.framing import frame_text
from messaging.records import Push
from tests.factories import make_session, make_user
from tests.messaging.gateway_case import DEADLINE_S, GatewayCase

CONVERSATION = 77


class FramesTest(GatewayCase):
    async def test_what_is_malformed_is_answered_with_its_ids_and_the_socket_stays(self) -> None:
        own_id = str(uuid.uuid4())
        bad: list[tuple[str | bytes, dict[str, Any]]] = [
            ("garbage", {}),
            ("[1]", {}),
            ('{"type":"no-such-frame","id":7}', {"id": 7}),
            ('{"type":"ping","id":"a","extra":1}', {"id": "a"}),
            ('{"type":"ping","id":"\\ud800"}', {}),
            (b"binary", {}),
            ("[" * 100_000, {}),
            (_send(own_id, "nul \\u0000"), {"client_msg_id": own_id}),
            (_send(own_id, ""), {"client_msg_id": own_id}),
            (_send(own_id, "  "), {"client_msg_id": own_id}),
            (_send("not-a-uuid", "x"), {"client_msg_id": "not-a-uuid"}),
        ]
        async with self.open() as client:
            for data, ids in bad:
                with self.subTest(data[:60]):
                    await client.socket.send(data)
                    error = await client.receive()
                    self.assertEqual((error["type"], error["code"]), ("error", "INVALID_MESSAGE"))
                    self.assertEqual({key: error[key] for key in ("id", "client_msg_id") if key in error}, ids)
            await client.send("ping")
            self.assertEqual(await client.receive(), {"type": "pong"})

    async def test_a_text_over_the_limit_is_too_large(self) -> None:
        async with self.open() as client:
            await client.socket.send(_send(str(uuid.uuid4()), "字" * 16_001))
            self.assertEqual((await client.receive())["code"], "MESSAGE_TOO_LARGE")

    async def test_an_error_has_details_even_where_there_are_none(self) -> None:
        async with self.open() as client:
            await client.send("mark-read", conversation_id="nowhere", seq=1)
            error = await client.next("error")
        self.assertEqual((error["code"], error["details"]), ("CONVERSATION_NOT_FOUND", {}))

    async def test_a_sync_token_that_is_not_ours_is_an_invalid_message_that_names_since(self) -> None:
        async with self.open() as client:
            await client.send("sync", id="s1", since="garbage")
            error = await client.next("error")
        self.assertEqual((error["code"], list(error["details"]["fields"])), ("INVALID_MESSAGE", ["since"]))

    async def test_a_position_past_every_log_is_no_malformed_frame(self) -> None:
        async with self.open() as client:
            for seq in (1 << 30, (1 << 53) - 1):
                await client.send("mark-read", conversation_id="1", seq=seq)
            await client.send("ping")
            self.assertEqual(await client.receive(), {"type": "pong"})

    async def test_a_frame_over_256_kib_closes_with_1009(self) -> None:
        async with self.open() as client:
            await client.socket.send("x" * (256 * 1024 + 1))
            self.assertEqual(await client.wait_closed(), 1009)

    async def test_a_command_goes_upstream_as_the_session_that_sent_it(self) -> None:
        tail = await sync_to_async(open_tail)(UPSTREAM, partition_of(CONVERSATION))
        own_id = str(uuid.uuid4())
        async with self.open() as client:
            await client.socket.send(_send(own_id, "hello"))
            item = await sync_to_async(_read_item)(tail)
        await sync_to_async(tail.close)()
        self.assertEqual((item.sender_id, item.session_id), (self.user.pk, self.session.pk))
        self.assertEqual((item.gateway_id, item.connection_id), ("gw-test", client.ready["connection_id"]))
        self.assertEqual(item.command.client_msg_id, own_id)

    async def test_more_commands_than_the_budget_are_rate_limited(self) -> None:
        async with self.open() as client:
            for _ in range(70):
                await client.socket.send(_send(str(uuid.uuid4()), "x"))
            error = await client.next("error")
        self.assertEqual(error["code"], "RATE_LIMITED")
        self.assertGreater(error["details"]["retry_after_ms"], 0)

    async def test_sync_is_answered_with_the_frames_id(self) -> None:
        async with self.open() as client:
            await client.send("sync", id="s1")
            result = await client.next("sync-result")
        self.assertEqual((result["id"], result["conversations"], result["has_more"]), ("s1", [], False))


class PushTest(GatewayCase):
    async def test_pushes_reach_users_sockets_and_everyone_in_order(self) -> None:
        other = await sync_to_async(make_user)()
        theirs = issue_access(await sync_to_async(make_session)(other))
        async with self.open() as one, self.open() as two, self.open(theirs) as three:
            own = one.ready["connection_id"]
            await self.produce(
                Push(frame_text(b'{"type":"a"}'), [self.user.pk], exclude=[own]),
                Push(frame_text(b'{"type":"b"}'), sockets=[own]),
                Push(frame_text(b'{"type":"c"}'), [self.user.pk, other.pk]),
                Push(frame_text(b'{"type":"end"}'), everyone=True),
            )
            heard = [[(await client.receive())["type"]] for client in (one, two, three)]
            for client, types in zip((one, two, three), heard, strict=True):
                while types[-1] != "end":
                    types.append((await client.receive())["type"])
        self.assertEqual(heard, [["b", "c", "end"], ["a", "c", "end"], ["c", "end"]])

    async def test_a_record_that_cannot_be_read_makes_every_socket_resync(self) -> None:
        async with self.open() as client:
            await self.produce(Push(frame_text(b'{"type":"before"}'), everyone=True))
            self.assertEqual((await client.receive())["type"], "before")
            await sync_to_async(_produce_raw)(self.gateway_id, b"\xc1 nonsense")
            self.assertEqual(await client.receive(), {"type": "resync", "reason": "unreadable"})

    async def test_moments_reach_the_sockets_of_the_named_users(self) -> None:
        async with self.open() as one, self.open() as two:
            await moments.apush_to_users(
                [self.user.pk, 10**9], b'{"type":"moment"}', exclude=[one.ready["connection_id"]]
            )
            self.assertEqual((await two.receive())["type"], "moment")
            await one.send("ping")
            self.assertEqual((await one.receive())["type"], "pong")

    async def test_who_is_watched_is_told_about_with_permission_alone(self) -> None:
        friend, stranger = await sync_to_async(make_user)(), await sync_to_async(make_user)()
        await Friendship.objects.acreate(user=self.user, friend=friend)
        theirs = issue_access(await sync_to_async(make_session)(friend))
        async with self.open() as client:
            await client.send("presence-subscribe", user_ids=[str(friend.pk), str(stranger.pk), "x"])
            first = await client.receive()
            self.assertEqual((first["user_id"], first["online"]), (str(friend.pk), False))
            async with self.open(theirs):
                came = await client.receive()
            left = await client.receive()
        self.assertEqual(
            [(f["type"], f["user_id"], f["online"]) for f in (came, left)],
            [
                ("online-status", str(friend.pk), True),
                ("online-status", str(friend.pk), False),
            ],
        )
        self.assertIsNotNone((await User.objects.aget(pk=friend.pk)).last_seen_at)

    async def test_when_someone_left_is_told_only_where_their_privacy_allows(self) -> None:
        for audience, is_told in (("friends", True), ("nobody", False)):
            friend = await sync_to_async(make_user)()
            await User.objects.filter(pk=friend.pk).aupdate(privacy={"last_seen": audience})
            await Friendship.objects.acreate(user=self.user, friend=friend)
            theirs = issue_access(await sync_to_async(make_session)(friend))
            async with self.open() as client:
                await client.send("presence-subscribe", user_ids=[str(friend.pk)])
                await client.receive()
                async with self.open(theirs):
                    self.assertTrue((await client.receive())["online"])
                left = await client.receive()
            self.assertEqual((left["online"], "last_seen_at" in left), (False, is_told), audience)


class HeartbeatTest(GatewayCase):
    env: ClassVar[dict[str, str]] = {"HEARTBEAT_MS": "300"}

    async def test_who_answers_pings_stays_and_who_does_not_is_closed_with_4408(self) -> None:
        async with self.open() as lively:
            silent = await asyncio.to_thread(_Silent, self.gateway.port, self.access)
            self.assertEqual(await asyncio.to_thread(silent.close_code), 4408)
            await lively.send("ping")
            self.assertEqual((await lively.receive())["type"], "pong")


class SlowReaderTest(GatewayCase):
    """With the usual heartbeat: a short one would cut a silent socket off before its queue is full."""

    async def test_who_does_not_read_is_cut_off_and_nobody_waits_for_them(self) -> None:
        async with self.open() as lively:
            stuck = await asyncio.to_thread(_Silent, self.gateway.port, self.access, 4096)
            frame = b'{"type":"big","fill":"' + b"x" * 200_000 + b'"}'
            for _ in range(40):
                await self.produce(Push(frame_text(frame), [self.user.pk]))
                await lively.next("big")
            self.assertIn(await asyncio.to_thread(stuck.close_code), {1013, None})
            metrics = await asyncio.to_thread(lambda: urlopen(self.gateway.url + "/metrics").read())  # noqa: S310 -- ours
        self.assertIn(b"gochat_slow_sockets_total 1.0", metrics)


class LifecycleTest(GatewayCase):
    async def test_presence_is_there_before_ready_and_gone_after_the_last_socket(self) -> None:
        async with self.open(), self.open():
            self.assertEqual(await sync_to_async(list_online)([self.user.pk]), {self.user.pk: True})
        async with asyncio.timeout(DEADLINE_S):
            while (await sync_to_async(list_online)([self.user.pk]))[self.user.pk]:  # noqa: ASYNC110 -- no signal
                await asyncio.sleep(0.05)

    async def test_after_redis_is_flushed_presence_comes_back(self) -> None:
        async with self.open():
            await sync_to_async(get_redis().flushdb)()
            async with asyncio.timeout(DEADLINE_S):
                while not (await sync_to_async(list_online)([self.user.pk]))[self.user.pk]:  # noqa: ASYNC110 -- no signal
                    await asyncio.sleep(0.05)

    async def test_a_gateway_that_stops_drains(self) -> None:
        async with self.open() as client:
            tail = await sync_to_async(open_tail)(UPSTREAM, partition_of(CONVERSATION))
            own_id = str(uuid.uuid4())
            await client.socket.send(_send(own_id, "on the way"))
            await client.send("ping")
            await client.next("pong")
            self.gateway.send(signal.SIGTERM)
            self.assertEqual(await client.wait_closed(), 1012)
        self.assertEqual(await asyncio.to_thread(self.gateway.wait), 0)
        self.assertEqual((await sync_to_async(_read_item)(tail)).command.client_msg_id, own_id)
        await sync_to_async(tail.close)()
        self.assertEqual(await sync_to_async(list_online)([self.user.pk]), {self.user.pk: False})
        await asyncio.to_thread(self.gateway.start)


class _Silent:
    """A client that completes its handshake and then neither answers nor, with `receive_buffer`, reads."""

    def __init__(self, port: int, access: str, receive_buffer: int = 0) -> None:
        self._socket = socket.socket()
        self._socket.settimeout(DEADLINE_S)
        if receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.connect(("127.0.0.1", port))
        lines = [
            "GET /ws/ HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            f"Authorization: Bearer {access}",
        ]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self._socket.recv(1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def close_code(self) -> int | None:
        """The code of the close frame that ends the stream; None when the connection was cut."""
        data = b""
        try:
            while chunk := self._socket.recv(65536):
                data += chunk
        except ConnectionResetError:
            pass
        finally:
            self._socket.close()
        at = data.rfind(b"\x88")
        return int.from_bytes(data[at + 2 : at + 4], "big") if at >= 0 else None


def _send(client_msg_id: str, text: str) -> str:
    """A send-message frame; `text` stands in it as it is, escapes and all."""
    return (
        f'{{"type":"send-message","client_msg_id":"{client_msg_id}","conversation_id":"{CONVERSATION}",'
        f'"kind":"text","content":{{"text":"{text}"}}}}'
    )


def _read_item(tail: TailReader) -> Any:
    """The first command for CONVERSATION that the reader finds."""
    ends_at = clock.now() + timedelta(seconds=DEADLINE_S)
    while clock.now() < ends_at:
        for record in tail.poll_batch(10, 1.0):
            for item in records.decode_upstream(record.value).items:
                if item.command.conversation_id == str(CONVERSATION):
                    return item
    raise AssertionError("no command came")


def _produce_raw(gateway_id: str, value: bytes) -> None:
    get_producer().produce(downstream(gateway_id).name, value)
    assert get_producer().flush(DEADLINE_S) == 0
