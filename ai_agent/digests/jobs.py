"""Digests in the making, and those just made: kept in Redis for a few minutes, for whoever asked.

A caller claims a digest, a Celery task makes it, and both know it by what was asked, so that asking again finds it.
Nothing is lost with Redis but the work.
"""

import time
from typing import Any, Final, Literal

import msgspec
from django.conf import settings

from core.errors import DomainError, ErrorCode
from core.redis import Script, get_redis

RUNNING_S: Final = 110
"""A claim that is older belongs to a task that has died."""
KEPT_S: Final = 600
FAILED_S: Final = 30
# Whoever claimed it last writes: KEYS[1] digest; ARGV attempt, value, seconds.
_FINISH: Final = Script("""
local kept = redis.call('GET', KEYS[1])
if not kept or cjson.decode(kept)['attempt'] ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
""")
_DROP: Final = Script("""
local kept = redis.call('GET', KEYS[1])
if not kept or cjson.decode(kept)['attempt'] ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for. `language` is the reader's; `conversation_id` is 0 for a brief; `since` is RFC 3339."""

    kind: Literal["summary", "brief"]
    user_id: int
    conversation_id: int = 0
    after_seq: int | None = None
    since: str | None = None
    language: str

    @property
    def key(self) -> str:
        """Where Redis has it."""
        asked = f"{self.user_id}:{self.conversation_id}:{self.after_seq}:{self.since}:{self.language}"
        return f"{settings.KAFKA_TOPIC_PREFIX}digest:{self.kind}:{asked}"


class Source(msgspec.Struct, frozen=True):
    """A message that went into a digest, as it stood: with when it was last edited (a timestamp, 0: never)."""

    message_id: int
    edited: float = 0.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How far a digest has come. `made_at`: when it came so far (a timestamp)."""

    attempt: str
    state: Literal["running", "done", "failed"]
    made_at: float
    result: dict[str, Any] | None = None
    sources: list[Source] = []
    error: dict[str, Any] | None = None


def find(job: Job) -> Kept | None:
    """What there is. Raises RedisError."""
    raw = get_redis().get(job.key)
    return msgspec.json.decode(raw, type=Kept) if raw is not None else None


def claim(job: Job, attempt: str) -> bool:
    """Whether the caller is the one who has it made. Raises RedisError."""
    kept = Kept(attempt=attempt, state="running", made_at=time.time())
    return bool(get_redis().set(job.key, msgspec.json.encode(kept), nx=True, ex=RUNNING_S))


def finish(job: Job, kept: Kept, *, seconds: int = KEPT_S) -> None:
    """Keeps what came of an attempt, unless it has been given up meanwhile. Raises RedisError."""
    _FINISH.run([job.key], [kept.attempt, msgspec.json.encode(kept), seconds])


def fail(job: Job, attempt: str, error: DomainError) -> None:
    """Keeps why an attempt came to nothing, in the language that is active now. Raises RedisError."""
    kept = Kept(attempt=attempt, state="failed", made_at=time.time(), error=error.as_dict())
    finish(job, kept, seconds=FAILED_S)


def drop(job: Job, attempt: str) -> None:
    """Forgets an attempt: the next who asks has it made anew. Raises RedisError."""
    _DROP.run([job.key], [attempt])


def as_error(kept: Kept) -> DomainError:
    """The refusal that an attempt ended with."""
    error = kept.error or {"code": ErrorCode.UNAVAILABLE.value, "message": None}
    return DomainError(ErrorCode(error["code"]), error["message"], error.get("details"))
