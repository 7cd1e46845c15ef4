"""The write path's SQL for PostgreSQL. Rows travel as one JSON parameter, by measure the cheapest way."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

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

_WRITE = """
WITH moved AS (
  UPDATE messaging_conversation c SET last_seq = k.last_seq, last_ordinal = k.last_ordinal,
         last_message_seq = k.last_message_seq, changed_at = statement_timestamp()
  FROM json_to_recordset(%s) AS k(id bigint, last_seq bigint, last_ordinal bigint, last_message_seq bigint)
  WHERE c.id = k.id
), positions AS (
  UPDATE messaging_member m SET read_seq = k.seq, read_ordinal = k.ordinal, received_seq = k.seq
  FROM json_to_recordset(%s) AS k(conversation_id bigint, user_id bigint, seq bigint, ordinal bigint)
  WHERE m.conversation_id = k.conversation_id AND m.user_id = k.user_id
)
INSERT INTO messaging_message (id, conversation_id, seq, ordinal, sender_id, client_msg_id, payload_hash, kind, text,
       mentions, reply_to, created_at)
SELECT k.id, k.conversation_id, k.seq, k.ordinal, k.sender_id, k.client_msg_id, k.payload_hash, k.kind, k.text,
       k.mentions::jsonb, k.reply_to, %s
FROM json_to_recordset(%s) AS k(id bigint, conversation_id bigint, seq bigint, ordinal bigint, sender_id bigint,
     client_msg_id text, payload_hash bigint, kind text, text text, mentions text, reply_to bigint)"""


def _as_json(rows: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(rows).decode()


class PostgresStore:
    """Implements `messaging.store.rows.Store`."""

    def lock(self, cursor: Any, ids: list[int]) -> list[LockedConversation]:
        cursor.execute(_LOCK, [ids])
        return [LockedConversation(*row) for row in cursor.fetchall()]

    def find_commands(self, cursor: Any, keys: list[CommandKey]) -> list[StoredCommand]:
        cursor.execute(_FIND, [msgspec.json.encode([{"c": c, "s": s, "m": m} for c, s, m in keys]).decode()])
        return [StoredCommand(*row) for row in cursor.fetchall()]

    def write(
        self,
        cursor: Any,
        at: datetime,
        messages: list[NewMessageRow],
        conversations: list[ConversationMove],
        senders: list[SenderMove],
    ) -> None:
        cursor.execute(_WRITE, [_as_json(conversations), _as_json(senders), at, _as_json(messages)])
