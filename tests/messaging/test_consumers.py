"""The consumer where the server does not let the socket be taken over, and what it reads from a handshake."""

import asyncio
import json
from typing import Any

from channels.testing import WebsocketCommunicator
from django.test import SimpleTestCase, TransactionTestCase, override_settings

from accounts.services.tokens import issue_access
from core.errors import DomainError, ErrorCode
from gochat_site.asgi import application
from messaging import framing
from messaging.framing import frame_text
from messaging.gateway import handshake
from messaging.gateway.runtime import get_gateway, stop_gateway
from messaging.gateway.sockets import MAX_FRAME_BYTES
from messaging.records import Push
from tests.factories import make_session, make_user

DEADLINE_S = 15


class WithoutTakeOverTest(TransactionTestCase):
    """As under `runserver`: Channels carries the frames, the gateway's code does the rest."""

    def setUp(self) -> None:
        self.user = make_user()
        self.access = issue_access(make_session(self.user))

    def communicator(self, *headers: tuple[bytes, bytes], path: str = "/ws/") -> Any:
        return WebsocketCommunicator(application, path, headers=list(headers))

    async def test_the_same_frames_work(self) -> None:
        socket = self.communicator((b"authorization", f"Bearer {self.access}".encode()))
        try:
            connected, _ = await socket.connect(timeout=DEADLINE_S)
            self.assertTrue(connected)
            ready = json.loads(await socket.receive_from(DEADLINE_S))
            self.assertEqual((ready["type"], ready["user_id"]), ("ready", str(self.user.pk)))
            await socket.send_to('{"type":"ping","id":"a"}')
            self.assertEqual(json.loads(await socket.receive_from(DEADLINE_S)), {"type": "pong", "id": "a"})
            gateway = await get_gateway()
            gateway.hub.push(Push(frame_text(b'{"type":"one"}'), [self.user.pk]))
            gateway.hub.push(Push(frame_text(b'{"type":"two"}'), [self.user.pk]))
            gateway.hub.flush()
            self.assertEqual(await socket.receive_from(DEADLINE_S), '{"type":"one"}')
            self.assertEqual(await socket.receive_from(DEADLINE_S), '{"type":"two"}')
            await socket.disconnect()
            self.assertEqual(len(gateway.hub), 0)
        finally:
            await stop_gateway()

    async def test_a_first_frame_may_bring_the_token_and_binary_is_refused(self) -> None:
        socket = self.communicator()
        try:
            await socket.connect(timeout=DEADLINE_S)
            await socket.send_to(json.dumps({"type": "auth", "token": self.access}))
            self.assertEqual(json.loads(await socket.receive_from(DEADLINE_S))["type"], "ready")
            await socket.send_to(bytes_data=b"binary")
            self.assertEqual(json.loads(await socket.receive_from(DEADLINE_S))["code"], "INVALID_MESSAGE")
            await socket.disconnect()
        finally:
            await stop_gateway()

    async def test_an_ended_session_and_a_large_frame_close_with_their_codes(self) -> None:
        try:
            for make, code in ((self._end_session, 4403), (self._send_too_much, 1009)):
                socket = self.communicator((b"authorization", f"Bearer {self.access}".encode()))
                await socket.connect(timeout=DEADLINE_S)
                await socket.receive_from(DEADLINE_S)
                await make(socket)
                closed = await socket.receive_output(DEADLINE_S)
                self.assertEqual((closed["type"], closed["code"]), ("websocket.close", code))
                await socket.wait()
        finally:
            await stop_gateway()

    async def test_a_server_that_cannot_answer_over_http_closes(self) -> None:
        try:
            for socket in (
                self.communicator((b"authorization", b"Bearer nonsense")),
                self.communicator((b"origin", b"http://evil.example"), (b"host", b"testserver")),
                self.communicator(path="/elsewhere/"),
            ):
                connected, _ = await socket.connect(timeout=DEADLINE_S)
                self.assertFalse(connected)
        finally:
            await stop_gateway()

    async def _end_session(self, _socket: Any) -> None:
        gateway = await get_gateway()
        gateway.sessions.end(gateway.hub.sessions(), framing.SESSION_ENDED, "test")
        await asyncio.sleep(0)

    async def _send_too_much(self, socket: Any) -> None:
        await socket.send_to("x" * (MAX_FRAME_BYTES + 1))


class OriginTest(SimpleTestCase):
    def check(self, *origins: str, host: str = "chat.example:8000", scheme: str = "ws") -> None:
        headers = [(b"host", host.encode()), *((b"origin", origin.encode()) for origin in origins)]
        handshake.check_request({"headers": headers, "scheme": scheme, "query_string": b""})

    def assert_foreign(self, *origins: str, **request: str) -> None:
        with self.assertRaises(DomainError) as caught:
            self.check(*origins, **request)
        self.assertEqual(caught.exception.code, ErrorCode.FORBIDDEN)

    @override_settings(ALLOWED_ORIGINS=[], ALLOWED_HOSTS=["chat.example"])
    def test_without_a_list_the_requests_own_address_is_the_allowed_one(self) -> None:
        self.check()
        self.check("http://chat.example:8000")
        self.check("https://chat.example", host="chat.example", scheme="wss")
        self.check("https://chat.example:443", host="chat.example", scheme="wss")
        self.assert_foreign("http://chat.example")
        self.assert_foreign("https://chat.example:8000")
        self.assert_foreign("http://chat.example:8000.evil.example")
        self.assert_foreign("http://chat.example:8000", "http://chat.example:8000")
        self.assert_foreign("http://user@chat.example:8000")
        self.assert_foreign("http://chat.example:8000/path")
        self.assert_foreign("http://[broken")
        self.assert_foreign("http://evil.example:8000", host="evil.example:8000")

    @override_settings(ALLOWED_ORIGINS=["https://chat.example"])
    def test_with_a_list_only_what_stands_there_is_allowed(self) -> None:
        self.check("https://chat.example")
        for origin in ("http://chat.example:8000", "https://chat.example:443", "https://CHAT.example", "null"):
            self.assert_foreign(origin)

    def test_an_encoded_token_in_the_url_is_found(self) -> None:
        for query in (b"x=eyJhbGciOi.eyJzdWIi.c2ln", b"x=%65yJhbGciOi%2EeyJzdWIi.c2ln"):
            with self.assertRaises(DomainError):
                handshake.check_request({"headers": [], "scheme": "ws", "query_string": query})


class ProxyTest(SimpleTestCase):
    """What is believed of the headers that only a proxy of ours may write."""

    def address(self, *forwarded: bytes, client: tuple[str, int] | None = ("192.0.2.1", 5000)) -> str:
        return handshake.get_address({"client": client, "headers": [(b"x-forwarded-for", one) for one in forwarded]})

    @override_settings(SECURE_PROXY_SSL_HEADER=None)
    def test_without_a_proxy_the_address_is_the_peers_whatever_it_claims(self) -> None:
        self.assertEqual(self.address(), "192.0.2.1")
        self.assertEqual(self.address(b"203.0.113.9"), "192.0.2.1")
        self.assertEqual(self.address(client=None), "")

    @override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))
    def test_behind_a_proxy_the_last_entry_counts_over_all_headers(self) -> None:
        self.assertEqual(self.address(b"198.51.100.7, 203.0.113.9"), "203.0.113.9")
        self.assertEqual(self.address(b"198.51.100.7", b"203.0.113.9"), "203.0.113.9")
        self.assertEqual(self.address(b"rubbish"), "")

    def check_scheme(self, forwarded: bytes, origin: bytes) -> None:
        headers = [(b"host", b"chat.example"), (b"origin", origin), (b"x-forwarded-proto", forwarded)]
        handshake.check_request({"headers": headers, "scheme": "ws", "query_string": b""})

    @override_settings(
        SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"), ALLOWED_ORIGINS=[], ALLOWED_HOSTS=["chat.example"]
    )
    def test_behind_a_proxy_that_speaks_tls_the_pages_own_origin_is_https(self) -> None:
        self.check_scheme(b"https", b"https://chat.example")
        with self.assertRaises(DomainError):
            self.check_scheme(b"https", b"http://chat.example")

    @override_settings(SECURE_PROXY_SSL_HEADER=None, ALLOWED_ORIGINS=[], ALLOWED_HOSTS=["chat.example"])
    def test_without_a_proxy_a_claim_of_tls_is_not_believed(self) -> None:
        with self.assertRaises(DomainError):
            self.check_scheme(b"https", b"https://chat.example")


class LanguageTest(SimpleTestCase):
    def test_the_best_language_that_the_site_speaks_is_taken(self) -> None:
        wanted = {
            b"fr, zh-CN;q=0.8, en;q=0.2": "zh-hans",
            b"zh": "zh-hans",
            b"zh-CN": "zh-hans",
            b"zh-Hans-CN": "zh-hans",
            b"en-GB": "en",
            b"fr": "en",
            b"": "en",
            b"\xff;;;q=x": "en",
        }
        for header, language in wanted.items():
            self.assertEqual(handshake.get_language([(b"accept-language", header)]), language, header)
        self.assertEqual(handshake.get_language([]), "en")
