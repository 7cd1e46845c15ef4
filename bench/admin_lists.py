"""How long the admin's lists take with 100,000 rows behind each: `python -m bench.admin_lists` beside a running site.

Everything is made in one transaction on the site's database (PostgreSQL) and rolled back at the end.
"""

import os
import statistics
import time
from datetime import timedelta
from typing import Any, Final

import django

ROWS: Final = 100_000
TRIES: Final = 5
LISTS: Final = (
    ("accounts_user", ""),
    ("accounts_user", "?q=bench-77"),
    ("accounts_session", ""),
    ("accounts_session", "?live=yes"),
    ("messaging_conversation", ""),
    ("messaging_member", ""),
    ("messaging_message", "?conversation_id__exact={world}"),
    ("moderation_case", ""),
    ("moderation_sanction", ""),
    ("moderation_auditentry", ""),
    ("moderation_auditentry", "?q=bench-77"),
    ("moderation_filterrule", ""),
)


class Undo(Exception):
    """Ends the transaction."""


def main() -> None:
    """Prints a line for each list: its queries, what they take, and the CPU time of this process (median), in ms."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gochat_site.settings")
    django.setup()
    from django.db import transaction  # noqa: PLC0415 -- Django is set up now

    try:
        with transaction.atomic():
            print(f"{ROWS} rows behind each list", flush=True)
            world = _fill()
            _measure(world)
            raise Undo
    except Undo:
        print("rolled back")


def _fill() -> int:
    """Fills the tables, and gives the id of the conversation that has the messages."""
    from django.db import connection  # noqa: PLC0415 -- Django is set up now

    from accounts.models import Session, User  # noqa: PLC0415 -- the same
    from core import clock  # noqa: PLC0415 -- the same
    from core.ids import log_id  # noqa: PLC0415 -- the same
    from messaging.models import Conversation, Member, Message  # noqa: PLC0415 -- the same
    from moderation.models import AuditEntry, Case, Sanction  # noqa: PLC0415 -- the same

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    user = User.objects.create_user("bench-0")
    name = "'bench-' || n"
    _multiply(user, username=name, username_folded=name, created_at="created_at - n * interval '1 minute'")
    _multiply(Session.objects.create(user=user, expires_at=clock.now() + timedelta(days=1)), user_id=f"{user.pk} + n")
    place = Conversation.objects.create(kind="group", title="Group")
    _multiply(place, title="'Group ' || n")
    _multiply(Member.objects.create(conversation=place, user=user), user_id=f"{user.pk} + n")
    message = Message.objects.create(
        id=log_id(place.pk, 1), conversation_id=place.pk, seq=1, ordinal=1, sender_id=user.pk, client_msg_id="0",
        payload_hash=0, text="line", created_at=clock.now(),
    )  # fmt: skip
    _multiply(message, id="id + n", seq="1 + n", ordinal="1 + n", sender_id=f"{user.pk} + n", client_msg_id="n::text")
    case = Case.objects.create(subject="user", open_key="user:bench", user=user, reason="spam")
    _multiply(case, open_key="'user:bench' || n", user_id=f"{user.pk} + n")
    _multiply(Sanction.objects.create(user=user, kind="mute", reason="spam"), user_id=f"{user.pk} + n")
    entry = AuditEntry.objects.create(actor_id=user.pk, action="looked-at-case", target_kind="accounts.user")
    _multiply(entry, actor_id=f"{user.pk} + n", target_id=f"({user.pk} + n)::text")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return int(place.pk)


def _multiply(row: Any, **columns: str) -> None:
    """ROWS copies of a row, in which `columns` are SQL expressions of its own columns and the copy's number `n`."""
    from django.db import connection  # noqa: PLC0415 -- Django is set up now

    key = row._meta.pk.column
    names = [field.column for field in row._meta.concrete_fields if field.column != key or key in columns]
    values = ", ".join(columns.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    table = row._meta.db_table
    source = f'FROM "{table}", generate_series(1, %s) n WHERE "{key}" = %s'
    statement = f'INSERT INTO "{table}" ({listed}) SELECT {values} {source}'
    with connection.cursor() as cursor:
        cursor.execute(statement, [ROWS, row.pk])


def _measure(world: int) -> None:
    from django.db import connection  # noqa: PLC0415 -- Django is set up now
    from django.test import Client  # noqa: PLC0415 -- the same
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 -- the same
    from django.urls import reverse  # noqa: PLC0415 -- the same

    from accounts.models import User  # noqa: PLC0415 -- the same

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create_superuser("bench-admin"))
    client.get(reverse("admin:index"))
    for model, query in LISTS:
        address = reverse(f"admin:{model}_changelist") + query.format(world=world)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        count = len(queries)
        in_sql = sum(float(query["time"]) for query in queries) * 1000
        times = []
        for _ in range(TRIES):
            started = time.process_time()
            client.get(address)
            times.append((time.process_time() - started) * 1000)
        took = f"{in_sql:6.0f} ms of them, {statistics.median(times):6.0f} ms of CPU here"
        print(f"{answer.status_code} {count:3d} queries, {took}  {address}", flush=True)


if __name__ == "__main__":
    main()
