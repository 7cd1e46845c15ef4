"""The worker's word to a process that is no gateway and waits for what becomes of its command (an agent's answer).

A list in Redis (`reply:{token}`) with the one frame that a socket would have got. It may be lost: whoever waits looks
into the database too.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from django.conf import settings

from core.redis import Redis, best_effort
from messaging import frames
from messaging.frames import ServerFrame

_TTL_S: Final = 60


def _key(token: str) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}reply:{{{token}}}"


def send_replies(replies: Iterable[tuple[str, ServerFrame]]) -> None:
    """Leaves each frame for whoever waits under its token, in one round trip."""

    def send(client: Redis) -> None:
        pipeline = client.pipeline(transaction=False)
        for token, frame in replies:
            pipeline.rpush(_key(token), frames.encode(frame))
            pipeline.expire(_key(token), _TTL_S)
        pipeline.execute()

    best_effort(send)


def take_reply(token: str, *, wait_s: int) -> dict[str, Any] | None:
    """The frame under this token, or None when there is none within `wait_s` (1 at most, for the driver's time-out).

    Without Redis it returns at once.
    """
    found: Any = best_effort(lambda client: client.blpop([_key(token)], timeout=wait_s))
    return dict(msgspec.json.decode(found[1])) if found else None
