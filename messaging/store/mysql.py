"""The write path's SQL for MySQL (from 8.0.4) and MariaDB (from 10.6): JSON_TABLE stands in for recordsets."""

from collections.abc import Sequence
from datetime import UTC, datetime
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
FROM messaging_conversation WHERE id IN %s AND dissolved_at IS NULL ORDER BY id FOR UPDATE"""

# OR of equalities on all three columns of the unique index: a range of point look-ups on both databases.
_FIND_MESSAGES = """
SELECT conversation_id, sender_id, client_msg_id, id, seq, payload_hash, created_at, NULL, 1
FROM messaging_message WHERE {keys}"""
_FIND_EVENTS = """
SELECT conversation_id, actor_id, client_msg_id, id, seq, payload_hash, at, message_id, 0
FROM messaging_logevent WHERE {keys}"""

_MOVE_CONVERSATIONS = """
UPDATE messaging_conversation c JOIN JSON_TABLE(%s, '$[*]' COLUMNS (
  id BIGINT PATH '$.id', last_seq BIGINT PATH '$.last_seq', last_ordinal BIGINT PATH '$.last_ordinal',
  last_message_seq BIGINT PATH '$.last_message_seq')) k ON c.id = k.id
SET c.last_seq = k.last_seq, c.last_ordinal = k.last_ordinal, c.last_message_seq = k.last_message_seq,
    c.changed_at = NOW(6)"""
_MOVE_SENDERS = """
UPDATE messaging_member m JOIN JSON_TABLE(%s, '$[*]' COLUMNS (
  conversation_id BIGINT PATH '$.conversation_id', user_id BIGINT PATH '$.user_id', seq BIGINT PATH '$.seq',
  ordinal BIGINT PATH '$.ordinal')) k ON m.conversation_id = k.conversation_id AND m.user_id = k.user_id
SET m.read_seq = k.seq, m.read_ordinal = k.ordinal, m.received_seq = k.seq"""
_INSERT = """
INSERT INTO messaging_message (id, conversation_id, seq, ordinal, sender_id, client_msg_id, payload_hash, kind, text,
       mentions, reply_to, file_id, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"""


def _as_json(rows: Sequence[msgspec.Struct]) -> str:
    return msgspec.json.encode(rows).decode()


def _aware(row: tuple[Any, ...]) -> StoredCommand:
    found = StoredCommand(*row)
    return found._replace(at=found.at.replace(tzinfo=UTC), is_message=bool(found.is_message))


class MySQLStore:
    """Implements `messaging.store.rows.Store`."""

    def lock(self, cursor: Any, ids: list[int]) -> list[LockedConversation]:
        cursor.execute(_LOCK, [tuple(ids)])
        return [LockedConversation(*row) for row in cursor.fetchall()]

    def find_commands(self, cursor: Any, keys: list[CommandKey]) -> list[StoredCommand]:
        found: list[StoredCommand] = []
        for statement, actor in ((_FIND_MESSAGES, "sender_id"), (_FIND_EVENTS, "actor_id")):
            point = f"(conversation_id = %s AND {actor} = %s AND client_msg_id = %s)"
            cursor.execute(
                statement.format(keys=" OR ".join([point] * len(keys))), [part for key in keys for part in key]
            )
            found.extend(_aware(row) for row in cursor.fetchall())
        return found

    def write(
        self,
        cursor: Any,
        at: datetime,
        messages: list[NewMessageRow],
        conversations: list[ConversationMove],
        senders: list[SenderMove],
    ) -> None:
        cursor.execute(_MOVE_CONVERSATIONS, [_as_json(conversations)])
        if not messages:
            return
        cursor.execute(_MOVE_SENDERS, [_as_json(senders)])
        cursor.executemany(_INSERT, [(*msgspec.structs.astuple(row), at) for row in messages])
