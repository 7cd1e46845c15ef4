"""Answers as they are written: pieces in order, joined while they come fast, to those who may see the question."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from unittest.mock import patch

import msgspec
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.test import TransactionTestCase

from accounts.models import User
from core import moments
from messaging.delivery import deltas, rosters
from messaging.delivery.deltas import DeltaStream
from messaging.models import Conversation, Member, Message
from tests.messaging.building import Log, make_group, make_user

DEADLINE_S = 15.0


class DeltaTests(TransactionTestCase):
    def setUp(self) -> None:
        rosters.forget_all()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.question = Log(self.group).send(self.ann, "what is it?")

    @contextlib.asynccontextmanager
    async def gateway(self) -> AsyncIterator["asyncio.Queue[dict[str, Any]]"]:
        """What a gateway hears, once it hears anything."""
        heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        task = asyncio.create_task(moments.listen(heard.put_nowait))
        try:
            async with asyncio.timeout(DEADLINE_S):
                while heard.empty():
                    await moments.atell_gateways({"type": "hello"})
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.1)
            while not heard.empty():
                heard.get_nowait()
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def pushes(self, work: Callable[[DeltaStream], None]) -> list[tuple[list[int], dict[str, Any]]]:
        """(users, frame) of everything up to the last frame of an answer that `work` writes."""
        found: list[tuple[list[int], dict[str, Any]]] = []
        async with self.gateway() as heard, asyncio.timeout(DEADLINE_S):
            await sync_to_async(work)(DeltaStream(self.group.pk, self.question))
            while not found or not found[-1][1].get("done"):
                message = await heard.get()
                found.append((message["user_ids"], msgspec.json.decode(message["frame"])))
        return found

    async def test_an_answer_arrives_whole_and_in_order_in_few_frames(self) -> None:
        words = [f"w{number} " for number in range(200)]

        def write(stream: DeltaStream) -> None:
            for word in words:
                stream.push(word)
                time.sleep(0.001)
            stream.finish()

        pushed = [frame for _users, frame in await self.pushes(write)]
        self.assertEqual("".join(frame["text"] for frame in pushed), "".join(words))
        self.assertEqual([frame["index"] for frame in pushed], list(range(len(pushed))))
        self.assertLess(len(pushed), 60)
        for frame in pushed:
            named = (frame["type"], frame["conversation_id"], frame["reply_to"])
            self.assertEqual(named, ("message-delta", str(self.group.pk), str(self.question.pk)))
        self.assertNotIn("error", pushed[-1])

    async def test_the_first_piece_leaves_at_once_and_what_comes_last_is_not_kept_back(self) -> None:
        def write(stream: DeltaStream) -> None:
            stream.push("first ")
            time.sleep(0.3)
            stream.push("second")
            stream.push(" and third")
            time.sleep(0.3)
            stream.finish()

        texts = [frame["text"] for _users, frame in await self.pushes(write)]
        self.assertEqual(texts[0], "first ")
        self.assertEqual("".join(texts[1:-1]), "second and third")
        self.assertEqual(texts[-1], "")

    async def test_an_answer_that_begins_anew_has_index_0_again(self) -> None:
        def write(stream: DeltaStream) -> None:
            stream.push("wrong")
            time.sleep(0.2)
            stream.restart()
            stream.push("right")
            stream.finish(error="UNAVAILABLE")

        pushed = [frame for _users, frame in await self.pushes(write)]
        self.assertEqual((pushed[0]["index"], pushed[0]["text"]), (0, "wrong"))
        self.assertEqual((pushed[1]["index"], pushed[1]["text"][:5]), (0, "right"))
        self.assertEqual((pushed[-1]["done"], pushed[-1]["error"]), (True, "UNAVAILABLE"))

    async def test_only_who_may_see_the_question_gets_it_and_who_leaves_gets_no_more(self) -> None:
        cho, dan = await sync_to_async(make_user)("cho"), await sync_to_async(make_user)("dan")
        await sync_to_async(self.join)(cho, self.question.seq)
        await sync_to_async(self.join)(dan, self.question.seq + 1)

        def write(stream: DeltaStream) -> None:
            stream.push("a")
            time.sleep(0.2)
            Member.objects.filter(conversation=self.group, user=self.ben).delete()
            self.raise_version()
            stream._look_at = 0.0  # a second later
            stream.push("b")
            stream.finish()

        pushed = await self.pushes(write)
        self.assertEqual(set(pushed[0][0]), {self.ann.pk, self.ben.pk, cho.pk})
        self.assertEqual(set(pushed[-1][0]), {self.ann.pk, cho.pk})

    def join(self, user: User, visible_from: int) -> None:
        """A member who sees the log from there on."""
        Member.objects.create(conversation=self.group, user=user, visible_from=visible_from)
        self.raise_version()

    def raise_version(self) -> None:
        """What every change of members does."""
        row = Conversation.objects.get(pk=self.group.pk)
        Conversation.objects.filter(pk=row.pk).update(members_version=row.members_version + 1)

    def test_above_its_size_nobody_is_told_and_nothing_fails_without_a_database(self) -> None:
        stream = DeltaStream(self.group.pk, self.question)
        with patch.object(deltas, "MAX_READERS", 1):
            self.raise_version()
            stream._look_for_readers()
        self.assertEqual(stream._readers, [])
        with patch.object(deltas, "find_small_roster", side_effect=OperationalError("away")):
            broken = DeltaStream(self.group.pk, Message(pk=1, seq=1))
            broken.push("x")
            broken.finish()
