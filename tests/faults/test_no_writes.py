"""The database takes no writes: messages wait, and none is lost or refused for good."""

import unittest
from contextlib import closing

import psycopg
from django.db import connection
from django.test import tag

from core.kafka import dead_letters
from tests.faults.base import FaultCase
from tests.faults.traffic import Traffic


def is_stuck(traffic: Traffic) -> bool:
    """Whether every client has repeated something without an answer."""
    return all(
        any(not sent.acks and len(sent.transmissions) > 1 for sent in client.record.sent.values())
        for client in traffic.clients
    )


@tag("faults")
class NoWritesTest(FaultCase):
    has_private_world = True

    @unittest.skipUnless(connection.vendor == "postgresql", "MySQL calls it an operational error, as any other")
    async def test_a_database_that_takes_no_writes_is_waited_for(self) -> None:
        """As a standby before it is promoted: commands must not be taken for poison."""
        await self.run_aside(self.worker)
        async with self.traffic() as traffic:
            await self.run_aside(self.set_read_only, "on")
            await traffic.reach(lambda: is_stuck(traffic), "everyone to wait")
            await self.run_aside(self.set_read_only, "off")
            await traffic.flow()
        await self.run_sync(self.assert_nothing_set_aside)

    def set_read_only(self, value: str) -> None:
        """For every session, those that are open too."""
        with closing(psycopg.connect(self.world.env["DATABASE_URL"], autocommit=True)) as admin:
            admin.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
            admin.execute("SELECT pg_reload_conf()")

    def assert_nothing_set_aside(self) -> None:
        """No command was taken for one that can never be handled."""
        self.assertEqual(list(dead_letters.list_entries()), [])
