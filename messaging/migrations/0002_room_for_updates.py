"""Leaves room in the pages of the two tables that every message updates, so that PostgreSQL updates them in place."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("messaging_conversation", "messaging_member")


def leave_room(_apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """A fillfactor below 100 keeps such updates heap-only: no index entry, and pruned without a vacuum."""
    if editor.connection.vendor == "postgresql":
        for table in TABLES:
            editor.execute(f"ALTER TABLE {table} SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
