"""Flow 5: what is written is found, by keyword and by meaning; what is edited, recalled or left is found no more."""

import asyncio
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.test import tag

from devstack import testing
from search.embeddings import current_model
from search.models import EmbeddingModel
from tests.client import ChatClient
from tests.flows.base import FlowCase

FOUND_WITHIN_S = 120.0
"""Patience on a busy machine; docs/performance.md has how long it takes."""


@tag("flows")
class IndexingFlowTest(FlowCase):
    databases = {"default", settings.VECTOR_DATABASE}

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stack = ExitStack()
        cls.addClassCleanup(stack.close)
        for kind in ("indexing", "embedding"):
            stack.enter_context(testing.worker(kind, env=cls.env))
        stack.enter_context(testing.celery_worker(queues="indexing,embedding", env=cls.env))

    def setUp(self) -> None:
        super().setUp()
        # The means of a new model take a while on a busy machine, and tests before this one have emptied the table.
        EmbeddingModel.objects.bulk_create([current_model()], ignore_conflicts=True)

    async def find(self, client: ChatClient, q: str, *, mode: str = "keyword") -> list[str]:
        answer: dict[str, Any] = await client.api.get("search/messages", q=q, mode=mode)
        return [hit["message"]["message_id"] for hit in answer["results"]]

    async def assert_found(self, client: ChatClient, q: str, *ids: str, mode: str = "keyword") -> None:
        """Sooner or later the search gives exactly these."""
        deadline = asyncio.get_running_loop().time() + FOUND_WITHIN_S
        while set(found := await self.find(client, q, mode=mode)) != set(ids):
            if asyncio.get_running_loop().time() > deadline:
                self.fail(f"{q!r} finds {found}, not {ids}")
            await asyncio.sleep(0.1)

    async def test_a_message_is_found_by_its_words_as_long_as_it_has_them(self) -> None:
        async with self.people("ann", "ben", "eve") as (ann, ben, eve):
            group = await self.group(ann, ben)
            ack = await ann.say(group, "发布 checklist 在文档里")
            message_id = ack["message_id"]
            for word in ("checklist", "发布"):
                await self.assert_found(ben, word, message_id)
            self.assertEqual(await self.find(eve, "checklist"), [])
            content = {"text": "the schedule is in the wiki"}
            await ann.command("edit-message", group, message_id=message_id, content=content)
            await self.assert_found(ben, "schedule", message_id)
            self.assertEqual(await self.find(ben, "checklist"), [])
            await ann.command("recall-message", group, message_id=message_id)
            await self.assert_found(ben, "schedule")

    async def test_a_message_is_found_by_its_meaning_in_the_other_language(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            direct = await self.direct(ann, ben)
            ack = await ann.say(direct, "明天的会议取消了")
            await self.assert_found(ben, "tomorrow's meeting is cancelled", ack["message_id"], mode="semantic")

    async def test_people_and_groups_are_found_by_the_names_they_have_now(self) -> None:
        async with self.people("ann", "ben") as (ann, ben):
            group = await self.group(ann, ben, name="Rockets 火箭")
            await self.assert_name(ann, "groups", "火箭", group)
            await ann.api.call("PATCH", f"groups/{group}", {"name": "Comets"})
            await self.assert_name(ann, "groups", "Comets", group)
            await ben.api.call("PATCH", "users/me", {"display_name": "Zebedee"})
            await self.assert_name(ann, "users", "Zebedee", ben.user_id)

    async def assert_name(self, client: ChatClient, kind: str, q: str, wanted: str) -> None:
        deadline = asyncio.get_running_loop().time() + FOUND_WITHIN_S
        while True:
            answer: dict[str, Any] = await client.api.get(f"search/{kind}", q=q)
            found = [str(hit["id"]) for hit in answer["results"]]
            if found == [wanted]:
                return
            self.assertLess(asyncio.get_running_loop().time(), deadline, f"{q!r} finds {found}")
            await asyncio.sleep(0.1)
