"""A backup that is taken while people write, a database that is lost, and the way back (docs/operations.md)."""

import asyncio
import subprocess
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import skipUnless
from urllib.parse import urlsplit, urlunsplit

from asgiref.sync import sync_to_async
from django.db import connection
from django.test import TransactionTestCase, tag

from devstack import testing
from devstack.services import Postgres
from devstack.test_services import main_database
from devstack.testing import PrivateWorld, SiteProcess
from messaging.models import Message
from tests.client import ChatClient
from tests.client.record import Frame

PATIENCE_S = 120.0
"""A worker that starts takes its time to join its group, and reads everything again first."""
BIN = Postgres._installation() / "pginstall18/bin"


@skipUnless(main_database() is Postgres, "pg_dump is PostgreSQL's")
@tag("faults")
class RestoreTest(TransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stack = ExitStack()
        self.addCleanup(self.stack.close)
        self.world: PrivateWorld = self.stack.enter_context(testing.private_world())
        self.stack.enter_context(testing.orm_in(self.world))
        self.env = {"GOCHAT_RATE_LIMITS": "off", **self.world.env}
        self.gateway = self.stack.enter_context(testing.gateway("restore-1", env=self.env))
        self.worker: SiteProcess = self.stack.enter_context(testing.worker(env=self.env))

    def run_tool(self, name: str, *arguments: str) -> None:
        done = subprocess.run([BIN / name, *arguments], capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)

    def dump(self, path: Path) -> None:
        self.run_tool("pg_dump", "--format=custom", f"--file={path}", "--dbname", self.world.env["DATABASE_URL"])

    def restore(self, path: Path) -> None:
        """As after the loss of the machine: the database is gone, and made anew from the backup."""
        address = urlsplit(self.world.env["DATABASE_URL"])
        elsewhere = urlunsplit(address._replace(path="/postgres"))
        name = address.path.strip("/")
        for sql in (f'DROP DATABASE "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"'):
            self.run_tool("psql", "--dbname", elsewhere, "--command", sql)
        self.run_tool("pg_restore", "--exit-on-error", "--dbname", self.world.env["DATABASE_URL"], str(path))

    def stored(self) -> dict[tuple[int, int], str]:
        """(conversation, seq) -> text."""
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
        rows = Message.objects.values_list("conversation_id", "seq", "text")
        return {(conversation_id, seq): text for conversation_id, seq, text in rows}

    async def say(self, client: ChatClient, chat: str, text: str) -> Frame:
        async with asyncio.timeout(PATIENCE_S):
            return await client.submit("send-message", chat, kind="text", content={"text": text})

    async def test_all_that_was_acknowledged_is_there_again_and_people_go_on(self) -> None:
        path = Path(self.stack.enter_context(tempfile.TemporaryDirectory())) / "gochat.dump"
        ann, ben = [await ChatClient(name, [self.gateway.url]).guest() for name in ("ann", "ben")]
        for client in (ann, ben):
            await client.connect()
        chat = str((await ann.api.post("conversations", {"kind": "direct", "user_id": ben.user_id}))["id"])
        before = [await self.say(ann, chat, f"before {number}") for number in range(5)]
        since = datetime.now(UTC) - timedelta(minutes=5)
        during = [ann.submit("send-message", chat, kind="text", content={"text": f"during {n}"}) for n in range(30)]
        await sync_to_async(self.dump, thread_sensitive=False)(path)
        acks: list[Frame] = [*before, *[await one for one in during]]
        acks += [await self.say(ben, chat, f"after {number}") for number in range(5)]
        for client in (ann, ben):
            await client.disconnect()
        expected = await sync_to_async(self.stored)()
        self.assertEqual(len(expected), 40)

        for process in (self.gateway, self.worker):
            await sync_to_async(process.stop)()
        await sync_to_async(self.restore)(path)
        self.world.kill("redis", wipe=True)
        await sync_to_async(self.world.start)("redis")
        restored = await sync_to_async(self.stored)()
        self.assertLessEqual({int(ack["seq"]) for ack in before}, {seq for _chat, seq in restored})
        self.assertFalse({text for text in restored.values() if text.startswith("after")})

        await sync_to_async(self.world.manage)("rewind_upstream", since.isoformat())
        for process in (self.worker, self.gateway):
            await sync_to_async(process.start)()
        await ann.connect()
        ack = await self.say(ann, chat, "and on")
        self.assertEqual(int(ack["seq"]), max(int(one["seq"]) for one in acks) + 1)
        found = await sync_to_async(self.stored)()
        self.assertEqual({place: text for place, text in found.items() if text != "and on"}, expected)
        await ben.connect()
        await ben.sync()
        await ben.wait_until(lambda: ben.keeper.logs[chat].held >= int(ack["seq"]), "catching up", timeout_s=PATIENCE_S)
        for client in (ann, ben):
            await client.disconnect()
