"""Flow 1: log in, come onto the socket, be seen online, and be off it at once when the session ends."""

import asyncio
import base64
import contextlib
import os
from collections.abc import Awaitable

from django.test import tag
from websockets.exceptions import InvalidStatus

from tests.client import ApiError, ChatClient
from tests.client.connection import open_socket
from tests.client.record import Frame
from tests.flows.base import PASSWORD, FlowCase

REVOKED_WITHIN_S = 2.0


class LoginCase(FlowCase):
    async def closing_code(self, client: ChatClient, *, timeout_s: float = 20.0) -> int:
        """The code with which the server closes this socket."""
        assert client.connection is not None
        return await asyncio.wait_for(asyncio.shield(client.connection.closed), timeout_s)

    async def assert_status(self, status: int, attempt: Awaitable[object]) -> ApiError:
        """A call that must fail with this status."""
        with self.assertRaises(ApiError) as caught:
            await attempt
        self.assertEqual(caught.exception.status, status, str(caught.exception))
        return caught.exception

    async def assert_no_upgrade(self, status: int, attempt: Awaitable[object]) -> None:
        """A handshake that must be answered with this status."""
        with self.assertRaises(InvalidStatus) as caught:
            await attempt
        self.assertEqual(caught.exception.response.status_code, status)


@tag("flows")
class AccountsTest(LoginCase):
    async def test_who_registers_is_signed_in_and_can_log_in_from_another_device(self) -> None:
        async with self.people("ann"):
            ben = await self.client_of("ben").register("ben.b", PASSWORD)
            me = await ben.api.get("users/me")
            self.assertEqual((me["id"], me["username"], me["kind"]), (ben.user_id, "ben.b", "person"))
            phone = await self.client_of("phone").login("ben.b", PASSWORD)
            self.assertEqual(phone.user_id, ben.user_id)
            names = {s["device_name"]: s["current"] for s in (await phone.api.get("auth/sessions"))["results"]}
            self.assertTrue(names["phone"])
            self.assertEqual(len(names), 2)

    async def test_a_wrong_password_and_an_unknown_name_are_answered_alike(self) -> None:
        async with self.people("ann"):
            await self.client_of("ben").register("ben", PASSWORD)
            wrong = await self.assert_status(401, self.client_of("x").login("ben", "not the password"))
            unknown = await self.assert_status(401, self.client_of("y").login("nobody", "not the password"))
            self.assertEqual(wrong.body, unknown.body)
            self.assertEqual(wrong.code, "AUTH_FAILED")

    async def test_a_name_is_taken_once_and_a_weak_password_is_refused(self) -> None:
        async with self.people("ann"):
            await self.client_of("ben").register("ben", PASSWORD)
            taken = await self.assert_status(409, self.client_of("x").register("BEN", PASSWORD))
            self.assertEqual(taken.code, "CONFLICT")
            await self.assert_status(400, self.client_of("y").register("carl", "12345678"))

    async def test_a_guest_becomes_an_account_and_keeps_its_history(self) -> None:
        async with self.people("ann", "guest") as (ann, guest):
            chat = await self.direct(ann, guest)
            await guest.say(chat, "I was a guest")
            upgraded = await guest.api.call("POST", "auth/upgrade", {"username": "grace", "password": PASSWORD})
            self.assertEqual(upgraded.body["user"]["kind"], "person")
            self.assertEqual(upgraded.body["user"]["id"], guest.user_id)
            again = await self.client_of("again").login("grace", PASSWORD)
            history = await again.api.get(f"conversations/{chat}/messages")
            self.assertEqual(history["results"][0]["content"], {"text": "I was a guest"})

    async def test_a_used_refresh_token_gives_the_same_successor_for_a_while(self) -> None:
        async with self.people("ann") as (ann,):
            body = {"refresh": ann.refresh_token}
            first, again = await ann.api.post("auth/refresh", body), await ann.api.post("auth/refresh", body)
            self.assertEqual(first["refresh"], again["refresh"])
            self.assertNotEqual(first["refresh"], ann.refresh_token)


@tag("flows")
class SocketTest(LoginCase):
    async def test_there_are_three_ways_onto_the_socket(self) -> None:
        async with self.people("ann") as (ann,):
            for way in ("header", "ticket", "frame"):
                device = self.client_of(way, way=way)
                device.api.access = ann.api.access
                await device.connect()
                ready = await device.wait_for("ready")
                self.assertEqual(ready["user_id"], ann.user_id)
                self.assertEqual(ready["gateway_id"], self.gateways[0].gateway_id)
                self.assertGreater(ready["heartbeat_ms"], 0)
            assert ann.ready is not None
            ids = {c.ready["connection_id"] for c in self.clients if c.ready is not None}
            self.assertEqual(len(ids), 4)

    async def test_a_bad_header_is_answered_401_and_a_token_in_the_url_403_before_the_upgrade(self) -> None:
        async with self.people("ann") as (ann,):
            token, url = ann.api.access, self.gateways[0].ws_url
            ann.api.access = "not.a.token"
            await self.assert_no_upgrade(401, open_socket(url, ann.api, print))
            ann.api.access = token
            await self.assert_no_upgrade(403, open_socket(f"{url}?token={token}", ann.api, print, way="none"))
            await self.assert_no_upgrade(403, open_socket(f"{url}?access_token={token}", ann.api, print, way="none"))

    async def test_a_ticket_opens_one_socket(self) -> None:
        async with self.people("ann") as (ann,):
            ticket = (await ann.api.post("auth/ws-ticket"))["ticket"]
            url = f"{self.gateways[0].ws_url}?ticket={ticket}"
            frames: list[Frame] = []
            connection = await open_socket(url, ann.api, frames.append, way="none")
            await self.assert_no_upgrade(401, open_socket(url, ann.api, print, way="none"))
            await connection.close()

    async def test_foreign_origins_are_refused_and_the_site_s_own_is_not(self) -> None:
        async with self.people("ann") as (ann,):
            url, own = self.gateways[0].ws_url, self.gateways[0].url
            for origin in ("https://evil.example", "null", f"{own}.evil.example", "http://127.0.0.1:1"):
                await self.assert_no_upgrade(403, open_socket(url, ann.api, print, origin=origin))
            connection = await open_socket(url, ann.api, lambda frame: None, origin=own)
            await connection.close()

    async def test_without_a_first_frame_the_socket_is_closed(self) -> None:
        async with self.people("ann") as (ann,):
            frames: list[Frame] = []
            silent = await open_socket(self.gateways[0].ws_url, ann.api, frames.append, way="none")
            wrong = await open_socket(self.gateways[0].ws_url, ann.api, frames.append, way="none")
            wrong.send({"type": "auth", "token": "not.a.token"})
            self.assertEqual(await asyncio.wait_for(wrong.closed, 20), 4401)
            self.assertEqual(await asyncio.wait_for(silent.closed, 20), 4401)
            self.assertNotIn("ready", [frame["type"] for frame in frames])

    async def test_a_malformed_frame_is_answered_and_the_socket_stays_open(self) -> None:
        async with self.people("ann") as (ann,):
            assert ann.connection is not None
            bad = ('{"type": "fly"}', "[]", "{", '{"type": "ping", "colour": "red"}', '{"type": "send-message"}', '""')
            for number, text in enumerate(bad, start=1):
                await ann.connection.send_text(text)
                count = number
                await ann.wait_until(lambda n=count: len(ann.record.frames("error")) == n, text)  # type: ignore[misc]
            self.assertEqual({error["code"] for error in ann.record.frames("error")}, {"INVALID_MESSAGE"})
            pong = await ann.ask("ping")
            self.assertEqual(pong["type"], "pong")

    async def test_an_error_repeats_the_ids_of_the_frame_that_it_answers(self) -> None:
        async with self.people("ann") as (ann,):
            assert ann.connection is not None
            half = '{"type": "send-message", "id": 7, "client_msg_id": "c1", "content": {"text": "half \\ud83d"}}'
            await ann.connection.send_text(half)
            error = await ann.wait_for("error")
            self.assertEqual((error["id"], error["client_msg_id"]), (7, "c1"))

    async def test_a_frame_over_256_kib_closes_the_socket(self) -> None:
        async with self.people("ann") as (ann,):
            device = await self.another_device(ann)
            assert device.connection is not None
            with contextlib.suppress(Exception):
                await device.connection.send_text("x" * (256 * 1024 + 1))
            self.assertEqual(await self.closing_code(device), 1009)
            self.assertTrue(ann.is_online)


@tag("flows")
class SessionsTest(LoginCase):
    gateway_count = 2

    async def test_logging_out_ends_the_token_and_closes_the_sockets_of_that_session_alone(self) -> None:
        async with self.people("ann"):
            phone = await self.client_of("phone", gateway=1).register("ben", PASSWORD)
            await phone.connect()
            laptop = await self.client_of("laptop", gateway=0).login("ben", PASSWORD)
            await laptop.connect()
            await phone.api.call("POST", "auth/logout", {})
            self.assertEqual(await self.closing_code(phone), 4403)
            await self.assert_status(401, phone.api.get("users/me"))
            self.assertEqual((await laptop.ask("ping"))["type"], "pong")

    async def test_ending_another_device_s_session_closes_its_socket_on_another_gateway(self) -> None:
        async with self.people("ann"):
            phone = await self.client_of("phone", gateway=1).register("ben", PASSWORD)
            await phone.connect()
            laptop = await self.client_of("laptop", gateway=0).login("ben", PASSWORD)
            sessions = (await laptop.api.get("auth/sessions"))["results"]
            other = next(session["id"] for session in sessions if not session["current"])
            await laptop.api.call("DELETE", f"auth/sessions/{other}")
            self.assertEqual(await self.closing_code(phone), 4403)
            await self.assert_status(401, phone.api.get("users/me"))

    async def test_a_changed_password_ends_every_other_session(self) -> None:
        async with self.people("ann"):
            phone = await self.client_of("phone").register("ben", PASSWORD)
            await phone.connect()
            laptop = await self.client_of("laptop").login("ben", PASSWORD)
            await laptop.connect()
            body = {"old_password": PASSWORD, "new_password": "another good pass phrase"}
            await laptop.api.post("auth/password", body)
            self.assertEqual(await self.closing_code(phone), 4403)
            self.assertEqual((await laptop.ask("ping"))["type"], "pong")
            await self.assert_status(401, self.client_of("x").login("ben", PASSWORD))


@tag("flows")
class PresenceTest(LoginCase):
    gateway_count = 2

    async def test_who_shares_a_conversation_sees_one_come_and_go(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            await self.direct(ann, ben)
            await ben.disconnect()
            ann.push({"type": "presence-subscribe", "user_ids": [ben.user_id]})
            first = await ann.wait_for("online-status", user_id=ben.user_id)
            self.assertFalse(first["online"])
            await ben.connect()
            await ann.wait_for("online-status", user_id=ben.user_id, online=True)
            await ben.disconnect()
            statuses = ann.record.frames
            await ann.wait_until(
                lambda: not statuses("online-status", user_id=ben.user_id)[-1]["online"], "Ben to be offline"
            )
            self.assertIn("last_seen_at", statuses("online-status")[-1])

    async def test_a_user_is_online_while_one_device_is(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            await self.direct(ann, ben)
            other = await self.another_device(ben)
            ann.push({"type": "presence-subscribe", "user_ids": [ben.user_id]})
            await ann.wait_for("online-status", user_id=ben.user_id, online=True)
            await other.disconnect()
            await self.fence(ann)
            self.assertFalse(ann.record.frames("online-status", user_id=ben.user_id, online=False))
            await ben.disconnect()
            await ann.wait_for("online-status", user_id=ben.user_id, online=False)

    async def test_a_stranger_s_presence_is_nobody_s_business(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            await self.direct(ann, ben)
            ann.push({"type": "presence-subscribe", "user_ids": [eve.user_id, ben.user_id]})
            await ann.wait_for("online-status", user_id=ben.user_id)
            await eve.disconnect()
            await ben.disconnect()
            await ann.wait_for("online-status", user_id=ben.user_id, online=False)
            self.assertFalse(ann.record.frames("online-status", user_id=eve.user_id))


@tag("flows")
class ExpiringTokenTest(LoginCase):
    env = {"ACCESS_TOKEN_LIFETIME_S": "6"}

    async def test_a_token_is_renewed_on_the_live_socket_and_an_old_one_ends_it(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            expiring = await ann.wait_for("auth-expiring")
            self.assertGreater(expiring["expires_in_ms"], 0)
            bens_end = asyncio.ensure_future(self.closing_code(ben))
            while not bens_end.done():
                await ann.refresh()
                ann.push({"type": "auth", "token": ann.api.access})
                await asyncio.wait([bens_end], timeout=1)
            self.assertEqual(bens_end.result(), 4401)
            self.assertEqual((await ann.ask("ping"))["type"], "pong")

    async def test_another_session_s_token_does_not_renew_a_socket(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            ben.push({"type": "auth", "token": ann.api.access})
            self.assertEqual(await self.closing_code(ben), 4401)


@tag("flows")
class HeartbeatTest(LoginCase):
    env = {"HEARTBEAT_MS": "400"}

    async def test_a_client_without_any_sign_of_life_is_closed_with_4408(self) -> None:
        async with self.people("ann") as (ann,):
            reader, writer = await self.raw_socket(ann)
            data = await asyncio.wait_for(reader.read(), 20)
            writer.close()
            self.assertIn((4408).to_bytes(2, "big"), data[-40:])
            self.assertEqual((await ann.ask("ping"))["type"], "pong")

    async def raw_socket(self, client: ChatClient) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A WebSocket that answers nothing, not even pings."""
        gateway = self.gateways[0]
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /ws/ HTTP/1.1", f"Host: 127.0.0.1:{gateway.port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", f"Authorization: Bearer {client.api.access}",
        )  # fmt: skip
        writer.write("\r\n".join((*lines, "", "")).encode())
        head = await reader.readuntil(b"\r\n\r\n")
        self.assertIn(b" 101 ", head.split(b"\r\n")[0])
        return reader, writer
