"""The groups of the staff, and a database that refuses to change the audit."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from moderation.roles import grant_roles

TABLE = "moderation_auditentry"
POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION moderation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the audit is only ever added to'; END $$
    """,
    f"""
    CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION moderation_refuse_change()
    """,
)
# TRUNCATE passes by a trigger on PostgreSQL. Django's tests empty small tables with DELETE on MySQL, hence the variable.
MYSQL = tuple(
    f"""
    CREATE TRIGGER audit_refuses_{change} BEFORE {change} ON {TABLE} FOR EACH ROW
    IF @audit_may_be_emptied IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the audit is only ever added to';
    END IF
    """
    for change in ("update", "delete")
)


def forbid_changes(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """A trigger each for what the ORM does not do anyway."""
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else MYSQL:
        editor.execute(statement)


def allow_changes(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
    """Drops them."""
    if editor.connection.vendor == "postgresql":
        editor.execute(f"DROP TRIGGER audit_is_append_only ON {TABLE}")
        editor.execute("DROP FUNCTION moderation_refuse_change()")
    else:
        editor.execute("DROP TRIGGER audit_refuses_update")
        editor.execute("DROP TRIGGER audit_refuses_delete")


def make_roles(_apps: object, _editor: BaseDatabaseSchemaEditor) -> None:
    """The groups, with what each may do."""
    grant_roles()


class Migration(migrations.Migration):
    atomic = False  # MySQL makes a trigger in no transaction

    dependencies = [
        ("moderation", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunPython(forbid_changes, allow_changes),
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
