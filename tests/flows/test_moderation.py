"""Moderation on running processes: who is muted is refused with the reason, who is banned is off the socket at once."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from unittest import mock

from asgiref.sync import sync_to_async
from django.test import tag
from websockets.exceptions import InvalidStatus

from core import clock
from messaging.services.conversations import ensure_world
from moderation.models import Sanction, SanctionKind
from moderation.services import appeals, grouping, hiding, sanctions
from moderation.services.sanctions import NewSanction
from tests.client import ApiError, ChatClient, RefusedError
from tests.client.connection import open_socket
from tests.client.record import Frame
from tests.factories import make_user
from tests.flows.base import PASSWORD, FlowCase

WITHIN_S = 10.0
WITHIN_WITHOUT_REDIS_S = 60.0
LOOKED_AT_AFTER_S = 3.0
"""A socket that has just become ready is asked about within a second or two; after that, with all the others."""
SESSION_ENDED = 4403


def tell_how_long(what: str, since: float) -> None:
    """Prints a figure for whoever reads the log: how fast a machine is asserts nothing here."""
    sys.stderr.write(f"\n{what}: {(time.monotonic() - since) * 1000:.0f} ms\n")


@tag("flows")
class ModerationFlow(FlowCase):
    def setUp(self) -> None:
        super().setUp()
        self.moderator, self.colleague = make_user("mo", is_staff=True), make_user("colleague", is_staff=True)

    async def impose(self, person: ChatClient, kind: SanctionKind) -> Sanction:
        """A sanction for an hour, by the moderator."""
        ends_at = clock.now() + timedelta(hours=1)
        new = NewSanction(user_id=int(person.user_id), kind=kind, reason="Insults", ends_at=ends_at)
        return await sync_to_async(sanctions.impose)(new, actor=self.moderator)

    async def until_refused(
        self, code: str, attempt: Callable[[], Awaitable[Frame]], *, frozen: bool = False
    ) -> dict[str, Any]:
        """Try until it is refused with this code; the details. With `frozen`, until the worker knows why: that nobody
        may write it reads with the group, before it hears of the freeze."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    await attempt()
                except RefusedError as refusal:
                    self.assertEqual(refusal.code, code)
                    details = dict(refusal.frame["details"])
                    if details.get("frozen") or not frozen:
                        return details
                await asyncio.sleep(0.1)

    async def until_accepted(self, attempt: Callable[[], Awaitable[Frame]]) -> Frame:
        """Try until it is not refused any more; the ack."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    return await attempt()
                except RefusedError:
                    await asyncio.sleep(0.1)

    async def test_a_muted_person_reads_why_appeals_and_writes_again_once_someone_else_has_lifted_it(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            mine = await ben.say(chat, "hello")
            decided = time.monotonic()
            sanction = await self.impose(ben, SanctionKind.MUTE)
            await ben.wait_for("sanctions-changed")
            tell_how_long("a mute, until the person's socket is told", decided)
            details = await self.until_refused("MUTED", lambda: ben.say(chat, "an insult"))
            tell_how_long("a mute, until a worker refuses", decided)
            self.assertEqual((details["reason"], details["sanction_id"]), ("Insults", str(sanction.pk)))
            react = ben.command("react", chat, message_id=mine["message_id"], emoji="👍", op="add")
            await self.assert_refused("MUTED", react)
            await ben.command("recall-message", chat, message_id=mine["message_id"])
            await ann.say(chat, "others go on")

            [shown] = (await ben.api.get("users/me/sanctions"))["results"]
            self.assertEqual((shown["kind"], shown["reason"], shown["until"]), ("mute", "Insults", details["until"]))
            await ben.api.post(f"sanctions/{shown['id']}/appeal", {"text": "It was a joke."})
            appeal = await sync_to_async(lambda: Sanction.objects.get(pk=sanction.pk).appeal)()
            decide = sync_to_async(appeals.decide_appeal)
            told = len(ben.record.frames("sanctions-changed"))
            await decide(appeal.pk, actor=self.colleague, is_granted=True, answer="It was.")
            await ben.wait_until(lambda: len(ben.record.frames("sanctions-changed")) > told, "that it is lifted")
            ack = await self.until_accepted(lambda: ben.say(chat, "thank you"))
            await ann.wait_for_message(chat, ack["seq"])
            self.assertEqual((await ben.api.get("users/me/sanctions"))["results"], [])

    async def test_a_command_that_was_stored_before_the_mute_keeps_its_answer(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            ack = await ben.say(chat, "before")
            sent = ben.record.sent[ack["client_msg_id"]].frame
            await self.impose(ben, SanctionKind.MUTE)
            await self.until_refused("MUTED", lambda: ben.say(chat, "after"))
            answers = len(ben.record.frames("message-ack", client_msg_id=ack["client_msg_id"]))
            ben.push(sent)
            repeated = ben.record.frames
            await ben.wait_until(
                lambda: len(repeated("message-ack", client_msg_id=ack["client_msg_id"])) > answers, "the first answer"
            )
            self.assertEqual(repeated("error", client_msg_id=ack["client_msg_id"]), [])

    async def test_a_ban_takes_every_device_off_and_keeps_it_off(self) -> None:
        async with self.people("ann", "ben") as (ann, _ben):
            phone = await self.client_of("phone").register("dan.d", PASSWORD)
            await phone.connect()
            tablet = await (await self.client_of("tablet").login("dan.d", PASSWORD)).connect()
            chat = await self.direct(ann, phone)
            decided = time.monotonic()
            sanction = await self.impose(phone, SanctionKind.BAN)
            for device in (phone, tablet):
                assert device.connection is not None
                code = await asyncio.wait_for(asyncio.shield(device.connection.closed), WITHIN_S)
                self.assertEqual((code, device.connection.reason), (SESSION_ENDED, "banned: Insults"))
            tell_how_long("a ban, until both devices are off", decided)
            late = await ann.say(chat, "are you there?")
            self.assertEqual(phone.pushed(chat, late["seq"]), [])

            with self.assertRaises(ApiError) as refused:
                await phone.refresh()
            self.assertEqual((refused.exception.status, refused.exception.code), (403, "BANNED"))
            self.assertEqual(refused.exception.details["reason"], "Insults")
            with self.assertRaises(ApiError) as refused:
                await self.client_of("another").login("dan.d", PASSWORD)
            self.assertEqual(refused.exception.code, "BANNED")
            with self.assertRaises(InvalidStatus):  # the old token opens no socket
                await open_socket(self.gateways[0].ws_url, phone.api, lambda frame: None)

            token = refused.exception.details["appeal_token"]
            nobody = self.client_of("nobody").api
            await nobody.post(f"sanctions/{sanction.pk}/appeal", {"text": "Sorry.", "appeal_token": token})
            lift = sync_to_async(sanctions.lift)
            await lift(sanction.pk, actor=self.colleague, why="The person has understood.")
            back = await (await self.client_of("back").login("dan.d", PASSWORD)).connect()
            await self.until_accepted(lambda: back.say(chat, "I am back."))

    async def test_a_ban_of_which_no_gateway_hears_takes_the_device_off_within_a_minute(self) -> None:
        async with self.people("ann", "ben") as (_ann, _ben):
            phone = await (await self.client_of("phone").register("erin.e", PASSWORD)).connect()
            assert phone.connection is not None
            await asyncio.sleep(LOOKED_AT_AFTER_S)
            decided = time.monotonic()
            with (
                mock.patch("accounts.services.sessions.tell_gateways") as lost,
                mock.patch("moderation.services.pushing.push_to_users"),
                mock.patch("moderation.services.enforcing.IN_FORCE._raise_version"),
            ):
                await self.impose(phone, SanctionKind.BAN)
            self.assertEqual(lost.call_count, 1)
            code = await asyncio.wait_for(asyncio.shield(phone.connection.closed), WITHIN_WITHOUT_REDIS_S)
            self.assertEqual(code, SESSION_ENDED)
            tell_how_long("a ban of which no gateway hears, until the device is off", decided)
            with self.assertRaises(ApiError) as refused:
                await phone.refresh()
            self.assertEqual((refused.exception.code, refused.exception.details["reason"]), ("BANNED", "Insults"))

    async def test_a_hidden_message_vanishes_for_everyone_and_comes_back(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            chat = await self.direct(ann, ben)
            sent = await ben.say(chat, "an insult")
            await ann.wait_for_message(chat, sent["seq"])
            await sync_to_async(hiding.hide_message)(int(sent["message_id"]), actor=self.moderator, why="insult")
            event = await ann.wait_for("conversation-event", event="message-hidden", conversation_id=chat)
            self.assertEqual((event["message_id"], event["actor_id"]), (sent["message_id"], "0"))
            page = await ann.api.get(f"conversations/{chat}/messages")
            self.assertEqual(page["results"][0]["content"], {})
            await sync_to_async(hiding.restore_message)(int(sent["message_id"]), actor=self.moderator, why="mistake")
            event = await ann.wait_for("conversation-event", event="message-restored", conversation_id=chat)
            self.assertEqual(event["message"]["content"], {"text": "an insult"})

    async def test_the_frozen_world_room_is_silent_but_for_the_site(self) -> None:
        world = await sync_to_async(ensure_world)()
        async with self.people("ann", "ben") as (ann, ben):
            room = str(world.pk)
            await sync_to_async(grouping.freeze_group)(world.pk, actor=self.moderator, why="A storm of spam.")
            [event] = (await ben.api.get(f"conversations/{room}/events?after_seq=0"))["events"]
            self.assertEqual((event["event"], event["group"]["muted_all"]), ("group-updated", True))
            details = await self.until_refused("MUTED", lambda: ann.say(room, "buy this"), frozen=True)
            self.assertEqual((details["reason"], details["frozen"]), ("A storm of spam.", True))
            await sync_to_async(grouping.unfreeze_group)(world.pk, actor=self.moderator, why="calm")
            await self.until_accepted(lambda: ann.say(room, "calm again"))
            page = await ben.api.get(f"conversations/{room}/messages")
            self.assertEqual(page["results"][-1]["content"], {"text": "calm again"})

    async def test_in_a_frozen_group_the_owner_is_refused_too(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben)
            await sync_to_async(grouping.freeze_group)(int(group), actor=self.moderator, why="A brawl.")
            details = await self.until_refused("MUTED", lambda: ann.say(group, "I own this"), frozen=True)
            self.assertEqual((details["reason"], details["frozen"]), ("A brawl.", True))
            await sync_to_async(grouping.unfreeze_group)(int(group), actor=self.moderator, why="calm")
            ack = await self.until_accepted(lambda: ann.say(group, "calm again"))
            await ben.wait_for_message(group, ack["seq"])
