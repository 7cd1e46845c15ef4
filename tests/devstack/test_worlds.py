"""The database connection of a test process."""

from django.db import connection
from django.test import TestCase


class IdleTransactionTest(TestCase):
    def test_a_test_may_wait_inside_its_transaction(self) -> None:
        with connection.cursor() as cursor:
            if connection.vendor == "mysql":
                cursor.execute("SELECT @@idle_transaction_timeout")
                self.assertEqual(cursor.fetchone()[0], 0)
            else:
                cursor.execute("SHOW idle_in_transaction_session_timeout")
                self.assertEqual(cursor.fetchone()[0], "0")
