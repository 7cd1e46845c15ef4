"""The newest entries of a log in Redis (`recent:{id}`): history's first page without a query.

A list of encoded messages beside the seq that it reflects. The worker appends a batch only when it continues exactly
what is there; anything else (an edit, a gap, another writer) deletes the list, and a reader trusts it only when its seq
equals the `last_seq` it has read from the database. So a lost or late update costs a query, never a wrong page.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from django.conf import settings

from core.redis import Redis, Script, best_effort

PAGE = 50
_TTL_S = 24 * 3600

# KEYS: list, as_of. ARGV: seq before the batch, seq after it, page size, ttl, messages...
_APPEND = Script("""
local as_of = redis.call('GET', KEYS[2])
if as_of ~= ARGV[1] and not (as_of == false and ARGV[1] == '0') then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 0
end
redis.call('RPUSH', KEYS[1], unpack(ARGV, 5))
redis.call('LTRIM', KEYS[1], -tonumber(ARGV[3]), -1)
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[4])
return 1
""")


class Appended(NamedTuple):
    """Messages that continue a log: they take it from `before_seq` to `last_seq` with nothing between them."""

    before_seq: int
    last_seq: int
    messages: list[bytes]


def _keys(conversation_id: int) -> list[str]:
    key = f"{settings.KAFKA_TOPIC_PREFIX}recent:{{{conversation_id}}}"
    return [key, f"{key}:as_of"]


def update_recent(changes: Mapping[int, Appended | None]) -> None:
    """Appends to each conversation's list, or drops it (None), in one round trip."""

    def update(client: Redis) -> None:
        pipeline = client.pipeline(transaction=False)
        for conversation_id, change in changes.items():
            keys = _keys(conversation_id)
            if change is None:
                pipeline.delete(*keys)
            else:
                arguments: list[int | bytes] = [change.before_seq, change.last_seq, PAGE, _TTL_S, *change.messages]
                pipeline.evalsha(_APPEND.sha, len(keys), *keys, *arguments)
        pipeline.execute()

    best_effort(lambda client: _APPEND.retry_loaded(client, update))


def read_recent(conversation_id: int, last_seq: int) -> list[msgspec.Raw] | None:
    """Up to PAGE encoded messages by rising seq, as they are at `last_seq`; None when Redis does not hold just that."""

    def read(client: Redis) -> list[bytes] | None:
        messages_key, as_of_key = _keys(conversation_id)
        pipeline = client.pipeline()
        pipeline.get(as_of_key)
        pipeline.lrange(messages_key, 0, -1)
        as_of, messages = pipeline.execute()
        return messages if as_of == b"%d" % last_seq and messages else None

    found = best_effort(read)
    return [msgspec.Raw(message) for message in found] if found else None


def fill_recent(conversation_id: int, as_of_seq: int, messages: list[bytes]) -> None:
    """Stores a first page that was read from the database as the log stood at `as_of_seq`."""

    def fill(client: Redis) -> None:
        messages_key, as_of_key = _keys(conversation_id)
        pipeline = client.pipeline()
        pipeline.delete(messages_key, as_of_key)
        pipeline.rpush(messages_key, *messages)
        pipeline.expire(messages_key, _TTL_S)
        pipeline.set(as_of_key, as_of_seq, ex=_TTL_S)
        pipeline.execute()

    if messages:
        best_effort(fill)
