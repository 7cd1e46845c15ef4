"""The search engine and the embeddings API are away while people write: chat goes on, and everything is found later."""

import tempfile
import unittest
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.test import tag

from core.ids import split_log_id
from devstack import testing
from devstack.ports import wait_until
from devstack.services import Embeddings
from messaging.models import Conversation, Message
from search import documents
from search.documents import MESSAGES
from search.engine import get_engine
from search.models import EmbeddedConversation, Passage
from tests.faults.base import FaultCase

CAUGHT_UP_WITHIN_S = 120.0


@tag("faults")
class SearchDownTest(FaultCase):
    """Servers of its own, with the bridges, Celery and beat of search."""

    databases = {"default", settings.VECTOR_DATABASE}
    has_private_world = True
    more_servers: ClassVar = (Embeddings,)

    def setUp(self) -> None:
        super().setUp()
        self.worker()
        for kind in ("indexing", "embedding"):
            self.workers.append(self._stack.enter_context(testing.worker(kind, env=self.env)))
        # A process for each, as in production: documents never wait for vectors.
        for queue in ("indexing", "embedding"):
            self.workers.append(self._stack.enter_context(testing.celery_worker(queues=queue, env=self.env)))
        directory = self._stack.enter_context(tempfile.TemporaryDirectory())
        self._stack.enter_context(testing.celery_beat(Path(directory), env=self.env))

    async def test_the_engine_hangs_and_comes_back(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.world.pause, "search")
            await traffic.flow(60)
            await self.run_aside(self.world.resume, "search")
            await traffic.finish()
            await self.run_sync(self.assert_all_indexed)

    async def test_the_engine_dies_and_comes_back_empty(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "search")
            await traffic.flow(60)
            await self.run_aside(self.world.start, "search")
            await traffic.flow(20)
            await traffic.finish()
            await self.run_sync(self.assert_all_indexed)

    async def test_without_embeddings_documents_go_on_and_vectors_follow(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "embeddings")
            await traffic.flow(40)
            await traffic.finish()
            await self.run_sync(self.assert_all_indexed)
            await self.run_aside(self.world.start, "embeddings")
            await self.run_sync(self.assert_all_embedded)

    @unittest.skipIf(settings.VECTOR_DATABASE == "default", "the vectors are in the main database")
    async def test_without_the_vectors_database_documents_go_on_and_vectors_follow(self) -> None:
        async with self.traffic() as traffic:
            await self.run_aside(self.world.kill, "vectors")
            await traffic.flow(40)
            await traffic.finish()
            await self.run_sync(self.assert_all_indexed)
            await self.run_aside(self.world.start, "vectors")
            await self.run_sync(self.assert_all_embedded)

    def assert_all_indexed(self) -> None:
        """The engine holds every message that has a text, and no other."""
        wanted: set[str] = set()
        found: set[str] = set()

        def is_caught_up() -> bool:
            nonlocal wanted, found
            rows = Message.objects.filter(recalled_at=None).exclude(text="")
            wanted = {str(key) for key in rows.values_list("pk", flat=True)}
            # The servers are the class's: the engine still has what earlier tests wrote in their conversations.
            here = set(Conversation.objects.values_list("pk", flat=True))
            found = {key for key in find_all() if split_log_id(int(key))[0] in here}
            return found == wanted

        caught_up = wait_until(is_caught_up, timeout_s=CAUGHT_UP_WITHIN_S, interval_s=0.3)
        self.assertTrue(wanted)
        self.assertTrue(caught_up, f"missing {sorted(wanted - found)[:5]}, too many {sorted(found - wanted)[:5]}")

    def assert_all_embedded(self) -> None:
        """Every message that has a text is in a passage, and every log is at its end."""
        wanted: set[int] = set()

        def is_caught_up() -> bool:
            nonlocal wanted
            rows = Message.objects.filter(recalled_at=None).exclude(text="")
            wanted = set(rows.values_list("pk", flat=True))
            found = {key for ids in Passage.objects.values_list("message_ids", flat=True) for key in ids}
            ends = dict(EmbeddedConversation.objects.values_list("pk", "embedded_seq"))
            logs = Conversation.objects.filter(last_seq__gt=0).values_list("pk", "last_seq")
            return found == wanted and all(ends.get(key) == last_seq for key, last_seq in logs)

        self.assertTrue(wait_until(is_caught_up, timeout_s=CAUGHT_UP_WITHIN_S, interval_s=0.3))
        self.assertTrue(wanted)


def find_all() -> set[str]:
    """The ids of all documents of messages."""
    name = documents.alias_of(MESSAGES)
    get_engine().indices.refresh(index=name)
    answer = get_engine().search(index=name, query={"match_all": {}}, size=10_000)
    return {hit["_id"] for hit in answer["hits"]["hits"]}
