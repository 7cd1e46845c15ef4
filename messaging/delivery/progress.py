"""How far the fan-out of a conversation has come, in Redis (`fanout:{conversation}`): a batch that is handed out again
goes on at the page of members that it had reached.

The note names the records that it is about by a digest, so one about other records (an offset that begins anew after a
broker has lost its disk) is never taken for this batch's. Losing it costs repeated pushes, never a missing one.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec
from django.conf import settings

from core.bridges import BridgeItem
from core.redis import best_effort

EVERYONE: Final = 1 << 62
"""As a reached user id: all members have been served."""
_TTL_S: Final = 3600


class Progress(msgspec.Struct, frozen=True, array_like=True):
    """The records up to `last_offset`, whose digest is `digest`, are with all members up to user id `reached`."""

    last_offset: int
    digest: bytes
    reached: int

    @classmethod
    def of(cls, items: Sequence[BridgeItem], reached: int) -> "Progress":
        """What is noted once these records are with members up to `reached`."""
        return cls(items[-1].offset, _digest(items), reached)

    def covers(self, items: Sequence[BridgeItem]) -> bool:
        """Whether it is about just these records."""
        return bool(items) and self.last_offset == items[-1].offset and self.digest == _digest(items)


def read_progress(conversation_id: int) -> Progress | None:
    """The last note about a conversation; None where there is none or Redis is away."""
    value = best_effort(lambda client: client.get(_key(conversation_id)))
    return msgspec.msgpack.decode(value, type=Progress) if isinstance(value, bytes) else None


def save_progress(conversation_id: int, progress: Progress) -> None:
    """Notes how far it has come."""
    value = msgspec.msgpack.encode(progress)
    best_effort(lambda client: client.set(_key(conversation_id), value, ex=_TTL_S))


def _key(conversation_id: int) -> str:
    return f"{settings.KAFKA_TOPIC_PREFIX}fanout:{{{conversation_id}}}"


def _digest(items: Sequence[BridgeItem]) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for item in items:
        digest.update(b"%d:%d:" % (item.offset, len(item.value)))
        digest.update(item.value)
    return digest.digest()
