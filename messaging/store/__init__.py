"""The only SQL written by hand: what runs once per batch of messages, for each database that is supported."""

from django.db import connection

from messaging.store.mysql import MySQLStore
from messaging.store.postgres import PostgresStore
from messaging.store.rows import Store


def get_store() -> Store:
    """The statements for the default database."""
    return MySQLStore() if connection.vendor == "mysql" else PostgresStore()
