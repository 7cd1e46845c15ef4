"""The write path's SQL for PostgreSQL. Rows travel as one JSON parameter, by measure the cheapest way.

The statements are prepared on the server: planning them costs PostgreSQL as much as running them for one message.
Django binds parameters in the client, where nothing can be prepared, so they run on a cursor that binds on the server.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

import msgspec
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

from messaging.store.rows import (
    CommandKey,
    ConversationMove,
    LockedConversation,
    NewMessageRow,
    SenderMove,
    StoredCommand,
)

_LOCK = """
SELECT id, kind, last_seq, last_ordinal, last_message_seq, members_version, member_count, muted_all, announcement_only,
       slow_mode_s
FROM messaging_conversation WHERE id = ANY(%s) AND dissolved_at IS NULL ORDER BY id FOR NO KEY UPDATE"""

# LATERAL with a LIMIT keeps the planner on one index probe a key, whatever its statistics say.
_FIND = """
WITH k AS (SELECT * FROM json_to_recordset(%s) AS k(c bigint, s bigint, m text))
SELECT k.c, k.s, k.m, f.id, f.seq, f.payload_hash, f.created_at, NULL::bigint, TRUE
FROM k CROSS JOIN LATERAL (
  SELECT id, seq, payload_hash, created_at FROM messaging_message
  WHERE conversation_id = k.c AND sender_id = k.s AND client_msg_id = k.m LIMIT 1) f
UNION ALL
SELECT k.c, k.s, k.m, f.id, f.seq, f.payload_hash, f.at, f.message_id, FALSE
FROM k CROSS JOIN LATERAL (
  SELECT id, seq, payload_hash, at, message_id FROM messaging_logevent
  WHERE conversation_id = k.c AND actor_id = k.s AND client_msg_id = k.m LIMIT 1) f"""

# The planner takes a function for 100 rows and would read a small table whole for one message. The LIMIT, which is the
# number of rows, tells it the truth.
_WRITE = """
WITH moved AS (
  UPDATE messaging_conversation c SET last_seq = k.last_seq, last_ordinal = k.last_ordinal,
         last_message_seq = k.last_message_seq, changed_at = statement_timestamp()
  FROM (SELECT * FROM json_to_recordset(%s)
        AS r(id bigint, last_seq bigint, last_ordinal bigint, last_message_seq bigint) LIMIT %s) k
  WHERE c.id = k.id
), positions AS (
  UPDATE messaging_member m SET read_seq = k.seq, read_ordinal = k.ordinal, received_seq = k.seq
  FROM (SELECT * FROM json_to_recordset(%s)
        AS r(conversation_id bigint, user_id bigint, seq bigint, ordinal bigint) LIMIT %s) k
  WHERE m.conversation_id = k.conversation_id AND m.user_id = k.user_id
)
INSERT INTO messaging_message (id, conversation_id, seq, ordinal, sender_id, client_msg_id, payload_hash, kind, text,
       mentions, reply_to, file_id, created_at)
SELECT k.id, k.conversation_id, k.seq, k.ordinal, k.sender_id, k.client_msg_id, k.payload_hash, k.kind, k.text,
       k.mentions::jsonb, k.reply_to, k.file_id, %s
FROM json_to_recordset(%s) AS k(id bigint, conversation_id bigint, seq bigint, ordinal bigint, sender_id bigint,
     client_msg_id text, payload_hash bigint, kind text, text text, mentions text, reply_to bigint,
     file_id bigint)"""


def _as_json(rows: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(rows).decode()


class _PreparingCursor(ServerBindingCursor):
    """Binds parameters on the server, where the statement stays prepared."""

    def execute(self, query: Any, params: Any = None, **_options: Any) -> Self:
        return super().execute(query, params, prepare=True)  # type: ignore[misc,no-any-return]  # unknown to the stubs


def _run(cursor: Any, statement: str, parameters: list[Any]) -> Any:
    """The statement on the connection, and in the transaction, of `cursor`; returns the cursor that has its rows."""
    raw: Any = _PreparingCursor(cursor.connection)  # type: ignore[call-arg]  # a psycopg cursor, unknown to the stubs
    prepared = connection.make_debug_cursor(raw) if connection.queries_logged else connection.make_cursor(raw)
    prepared.execute(statement, parameters)
    return prepared


class PostgresStore:
    """Implements `messaging.store.rows.Store`."""

    def lock(self, cursor: Any, ids: list[int]) -> list[LockedConversation]:
        return [LockedConversation(*row) for row in _run(cursor, _LOCK, [ids]).fetchall()]

    def find_commands(self, cursor: Any, keys: list[CommandKey]) -> list[StoredCommand]:
        wanted = msgspec.json.encode([{"c": c, "s": s, "m": m} for c, s, m in keys]).decode()
        return [StoredCommand(*row) for row in _run(cursor, _FIND, [wanted]).fetchall()]

    def write(
        self,
        cursor: Any,
        at: datetime,
        messages: list[NewMessageRow],
        conversations: list[ConversationMove],
        senders: list[SenderMove],
    ) -> None:
        moves = [_as_json(conversations), len(conversations), _as_json(senders), len(senders)]
        _run(cursor, _WRITE, [*moves, at, _as_json(messages)])
