"""Who may open a socket to a gateway, and what ends it: the handshake, sessions, tokens."""

import asyncio
import json

from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect

from accounts.services.sessions import end_session
from accounts.services.tickets import issue_ticket
from accounts.services.tokens import authenticate_access, issue_access
from core import clock, moments
from tests.factories import make_session
from tests.messaging.gateway_case import Client, GatewayCase


class HandshakeTest(GatewayCase):
    async def test_a_header_opens_a_socket_and_ready_says_who_where_and_how(self) -> None:
        async with self.open() as client:
            ready = client.ready
        self.assertEqual((ready["user_id"], ready["session_id"]), (str(self.user.pk), str(self.session.pk)))
        self.assertEqual((ready["gateway_id"], ready["heartbeat_ms"]), ("gw-test", 25_000))
        self.assertTrue(ready["connection_id"])
        self.assertRegex(ready["server_time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    async def test_a_ticket_opens_one_socket_and_not_a_second(self) -> None:
        grant = await sync_to_async(authenticate_access)(self.access)
        query = "?ticket=" + await sync_to_async(issue_ticket)(grant)
        async with self.open(query=query) as client:
            self.assertEqual(client.ready["user_id"], str(self.user.pk))
        await self.assert_refused(401, "AUTH_FAILED", query=query)

    async def test_a_first_frame_may_bring_the_token(self) -> None:
        async with connect(self.gateway.ws_url) as plain:
            client = Client(plain)
            await client.send("auth", token=self.access)
            await client.send("ping", id="held until ready")
            self.assertEqual((await client.receive())["type"], "ready")
            self.assertEqual(await client.receive(), {"type": "pong", "id": "held until ready"})

    async def test_a_wrong_first_frame_closes_with_4401(self) -> None:
        for frame in ({"type": "auth", "token": "nonsense"}, {"type": "ping", "id": 1}):
            async with connect(self.gateway.ws_url) as plain:
                client = Client(plain)
                await plain.send(json.dumps(frame))
                self.assertEqual((await client.next("error"))["code"], "AUTH_FAILED")
                self.assertEqual(await client.wait_closed(), 4401)

    async def test_silence_instead_of_a_token_closes_with_4401(self) -> None:
        async with connect(self.gateway.ws_url) as plain:
            self.assertEqual(await Client(plain).wait_closed(), 4401)

    async def test_a_bad_header_is_401_before_the_upgrade(self) -> None:
        for value in ("Bearer nonsense", "Basic dTpw", "Bearer"):
            await self.assert_refused(401, "AUTH_FAILED", additional_headers={"Authorization": value})

    async def test_an_ended_session_opens_nothing(self) -> None:
        await sync_to_async(end_session)(self.session, reason="test")
        await self.assert_refused(401, "AUTH_FAILED", additional_headers={"Authorization": f"Bearer {self.access}"})

    async def test_a_token_in_the_url_is_403_whatever_its_name(self) -> None:
        for name in ("token", "ticket", "x"):
            await self.assert_refused(403, "FORBIDDEN", query=f"?{name}={self.access}")

    async def test_only_the_own_origin_is_let_in(self) -> None:
        headers = {"Authorization": f"Bearer {self.access}"}
        own = self.gateway.url
        foreign = [
            "http://evil.example",
            "null",
            f"{own}.evil.example",
            f"http://127.0.0.1:{self.gateway.port + 1}",
            own.replace("http:", "https:"),
            "",
        ]
        for origin in foreign:
            with self.subTest(origin):
                await self.assert_refused(403, "FORBIDDEN", additional_headers={**headers, "Origin": origin})
        async with self.open(origin=own):
            pass

    async def test_another_path_is_404(self) -> None:
        await self.assert_refused(404, "NOT_FOUND", query="other")


class SessionsTest(GatewayCase):
    async def test_ending_a_session_closes_its_sockets_and_no_others(self) -> None:
        stays = issue_access(await sync_to_async(make_session)(self.user))
        async with self.open() as one, self.open() as two, self.open(stays) as other:
            await moments.atell_gateways(
                {"type": "sessions.ended", "session_ids": [self.session.pk], "code": 4403, "reason": "logout"}
            )
            self.assertEqual((await one.wait_closed(), await two.wait_closed()), (4403, 4403))
            await other.send("ping")
            self.assertEqual((await other.receive())["type"], "pong")

    async def test_a_session_that_ended_while_the_socket_was_opened_is_found_in_the_database(self) -> None:
        async with self.open() as client:
            # Behind the services' back: nobody tells the gateways.
            await type(self.session).objects.filter(pk=self.session.pk).aupdate(revoked_at=clock.now())
            self.assertEqual(await client.wait_closed(), 4403)

    async def test_a_token_about_to_end_is_announced_and_its_end_closes_with_4401(self) -> None:
        short = issue_access(self.session, lifetime_s=4)
        async with self.open(short) as client:
            warning = await client.next("auth-expiring")
            self.assertLessEqual(warning["expires_in_ms"], 4000)
            self.assertEqual(await client.wait_closed(), 4401)

    async def test_a_fresh_token_of_the_same_session_keeps_the_socket(self) -> None:
        short = issue_access(self.session, lifetime_s=4)
        async with self.open(short) as client, self.open(short) as control:
            await client.next("auth-expiring")
            await client.send("auth", token=self.access)
            self.assertEqual(await control.wait_closed(), 4401)
            await asyncio.sleep(1.5)
            await client.send("ping")
            self.assertEqual((await client.receive())["type"], "pong")

    async def test_a_token_of_another_session_is_refused_and_the_socket_stays(self) -> None:
        other = issue_access(await sync_to_async(make_session)(self.user))
        async with self.open() as client:
            await client.send("auth", token=other, id=1)
            error = await client.next("error")
            self.assertEqual((error["code"], error["id"]), ("AUTH_FAILED", 1))
            await client.send("ping")
            self.assertEqual((await client.receive())["type"], "pong")
