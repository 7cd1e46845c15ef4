"""Who is at work on a batch: one key in Redis (`bridge:{batch}`), by which a bridge tells work that goes on from work
that is lost, and a task that came twice from one that is wanted.

- `queued`: handed out, not begun;
- an attempt's id, for LEASE_S: that attempt is at work, and renews the lease every BEAT_S;
- `done`: an attempt has finished, its outcome is in Celery's result backend;
- nothing: the process that was at work has died, or Redis was flushed. Either way the batch is handed out again.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

from django.conf import settings

from core.redis import RedisError, Script, best_effort, get_redis

LEASE_S: Final = 5
BEAT_S: Final = 1.0
EXPIRES_S: Final = 300
"""How long a handed-out task is good for. A message that Celery finds again later (its own redelivery after a lost
worker) must not run: by then the batch was handed out anew and is long done."""
_KEEP_S: Final = 2 * EXPIRES_S

# KEYS: the batch. ARGV: the attempt, the lease (s). Another attempt that is at work or has finished keeps the batch.
_CLAIM = Script("""
local value = redis.call('GET', KEYS[1])
if value and value ~= 'queued' and value ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
""")


class Claim(StrEnum):
    """What a batch's key says."""

    QUEUED = "queued"
    AT_WORK = "at work"
    DONE = "done"
    LOST = "lost"


def _key(batch_id: str) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}bridge:{{{batch_id}}}"


def mark_queued(batch_id: str) -> None:
    """Says that the batch is about to be handed out. Raises RedisError."""
    get_redis().set(_key(batch_id), Claim.QUEUED, ex=_KEEP_S)


def read_claims(batch_ids: Sequence[str]) -> list[Claim]:
    """How it stands with each batch, in one round trip. Raises RedisError."""
    values: list[Any] = get_redis().mget([_key(batch_id) for batch_id in batch_ids])
    known = {None: Claim.LOST, b"queued": Claim.QUEUED, b"done": Claim.DONE}
    return [known.get(value, Claim.AT_WORK) for value in values]


@contextlib.contextmanager
def claiming(batch_id: str, attempt: str) -> Iterator[bool]:
    """Hold the batch for this attempt while the block runs, and mark it done when it ends without an exception.

    Gives False where another attempt has it or has finished it: there is nothing to do. Without Redis it gives True:
    handlers are idempotent, and the work must be done.
    """
    key = _key(batch_id)
    claimed = best_effort(lambda _client: _CLAIM.run([key], [attempt, LEASE_S]))
    if claimed == 0:
        yield False
        return
    ended = threading.Event()
    beat = threading.Thread(target=_renew, args=(key, attempt, ended), daemon=True)
    beat.start()
    try:
        yield True
    finally:
        ended.set()
        beat.join()
    best_effort(lambda client: client.set(key, Claim.DONE, ex=_KEEP_S))


def _renew(key: str, attempt: str, ended: threading.Event) -> None:
    """Tries at every beat, without the pause that `best_effort` makes after a failure: who loses the lease sees the
    work done twice, and a model is paid for twice."""
    while not ended.wait(BEAT_S):
        with contextlib.suppress(RedisError):
            get_redis().set(key, attempt, ex=LEASE_S)
