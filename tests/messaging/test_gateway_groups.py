"""Pushes that name a large group, at a real gateway: it asks the database who of its users is in it."""

import asyncio
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from django.test import TestCase

from accounts.models import User
from accounts.services.tokens import issue_access
from messaging.framing import frame_text
from messaging.models import Conversation, Member
from messaging.records import Push, SeatChange
from messaging.selectors.seats import UserSeat, list_user_seats, read_group_seats
from tests.factories import make_session, make_user
from tests.messaging.building import make_group
from tests.messaging.gateway_case import GatewayCase


class GroupsTest(GatewayCase):
    env: ClassVar[dict[str, str]] = {"LARGE_GROUP_THRESHOLD": "2"}

    def setUp(self) -> None:
        super().setUp()
        self.others = [make_user() for _ in range(3)]
        self.group = make_group(self.user, *self.others)
        self.outsider = make_user()

    async def access_of(self, user: User) -> str:
        """A token of a new session."""
        return await sync_to_async(lambda: issue_access(make_session(user)))()

    def push(self, seq: int, text: str) -> Push:
        """A frame for the members who may see `seq`."""
        return Push(frame_text(f'{{"type":"{text}"}}'.encode()), conversation=self.group.pk, seq=seq)

    def change(self, seq: int, **fields: Any) -> Push:
        """A change of members at `seq`."""
        return Push(b"", count=0, conversation=self.group.pk, seq=seq, seats=SeatChange(**fields))

    async def test_members_get_what_is_pushed_to_their_group_and_nobody_else_does(self) -> None:
        async with self.open() as member, self.open(await self.access_of(self.outsider)) as outsider:
            await self.produce(self.push(1, "one"), self.push(2, "two"))
            self.assertEqual([(await member.receive())["type"] for _ in range(2)], ["one", "two"])
            async with self.open(await self.access_of(self.others[0])) as late:
                await self.produce(self.push(3, "three"), Push(frame_text(b'{"type":"end"}'), everyone=True))
                self.assertEqual((await late.receive())["type"], "three")
            self.assertEqual((await outsider.receive())["type"], "end")

    async def test_changes_of_members_are_followed_without_asking_again(self) -> None:
        leaver = self.others[0]
        async with (
            self.open(await self.access_of(leaver)) as left,
            self.open(await self.access_of(self.outsider)) as joined,
        ):
            await self.produce(self.push(1, "one"))
            self.assertEqual((await left.receive())["type"], "one")
            await self.produce(
                self.change(2, left=[leaver.pk]),
                self.change(3, joined=[self.outsider.pk], visible_from=3),
                self.push(2, "late"),
                self.push(4, "four"),
                Push(frame_text(b'{"type":"end"}'), everyone=True),
            )
            self.assertEqual((await left.receive())["type"], "end")
            self.assertEqual([(await joined.receive())["type"] for _ in range(2)], ["four", "end"])

    async def test_many_connect_at_once_while_the_group_is_spoken_to(self) -> None:
        access = [await self.access_of(user) for user in self.others]
        async with self.open() as member:
            await self.produce(self.push(1, "one"))
            await member.next("one")
            clients = [self.open(token) for token in access * 5]
            opened = await asyncio.gather(*(client.__aenter__() for client in clients))
            await self.produce(self.push(2, "two"))
            self.assertEqual({(await client.receive())["type"] for client in opened}, {"two"})
            for client in clients:
                await client.__aexit__(None, None, None)


class SeatsTest(TestCase):
    """What is read of the database."""

    def setUp(self) -> None:
        self.user = make_user()
        self.others = [make_user() for _ in range(3)]
        self.group = make_group(self.user, *self.others)
        Conversation.objects.filter(pk=self.group.pk).update(last_seq=7)

    def test_only_present_members_among_those_asked_about_have_seats(self) -> None:
        here, gone, hidden = self.others
        Member.objects.filter(conversation=self.group, user=gone).update(left_at=self.group.created_at)
        Member.objects.filter(conversation=self.group, user=hidden).update(visible_from=5)
        asked = [here.pk, gone.pk, hidden.pk, make_user().pk]
        expected = {here.pk: 1, hidden.pk: 5}
        with self.settings(LARGE_GROUP_THRESHOLD=3), self.assertNumQueries(2):
            self.assertEqual(read_group_seats(self.group.pk, asked), (7, True, expected))
        with self.settings(LARGE_GROUP_THRESHOLD=4):
            self.assertEqual(read_group_seats(self.group.pk, [*asked, 0, -1]), (7, False, expected))
        self.assertEqual(
            sorted(list_user_seats([self.group.pk, 0], asked)),
            sorted(UserSeat(self.group.pk, user_id, first) for user_id, first in expected.items()),
        )

    def test_a_dissolved_group_has_no_seats(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at=self.group.created_at)
        self.assertEqual(read_group_seats(self.group.pk, [self.user.pk]), (0, False, {}))
