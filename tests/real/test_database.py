"""The main database is the one that the run is about."""

import os

from django.db import connection, connections
from django.test import TestCase

from devstack.real.stack import RealStack

VENDORS = {"postgres": "postgresql", "mariadb": "mysql"}


class DatabaseTest(TestCase):
    databases = "__all__"

    def test_the_main_database_is_the_stacks(self) -> None:
        stack = RealStack.named(os.environ)
        assert stack is not None
        self.assertEqual(connection.vendor, VENDORS[stack.database])
        if connection.vendor == "mysql":
            self.assertIn("MariaDB", self.read_version())
            self.assertEqual(connections["vectors"].vendor, "postgresql")

    def read_version(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT VERSION()")
            return str(cursor.fetchone()[0])
