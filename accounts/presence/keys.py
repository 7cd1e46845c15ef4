"""The keys of presence in Redis, and the scripts that change them.

- `user_session:{n}`: a hash for the users whose id is n modulo SHARDS. Field: user id, value: `gateway:boot`, several
  joined by commas. The field `epoch` is a random word that whoever finds the hash without one sets.
- `gateway:{id}`: `boot epoch_0 epoch_1 ...`, the epochs under which this boot of the gateway has written its users
  (`-`: not yet); it lives for LIVENESS_TTL_S and is refreshed every second.
- `gateways`: the set of gateway ids that there may be.
- `gateways:since`: when somebody first looked for gateways since Redis was flushed (seconds since 1970).
"""

import re
from typing import Final

import msgspec
from django.conf import settings

SHARDS: Final = 16
LIVENESS_TTL_S: Final = 10
EPOCH_FIELD: Final = "epoch"
NO_EPOCH: Final = "-"
_GATEWAY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

# KEYS[1] shard; ARGV: entry, "gateway:" (whose other boots are dead), an epoch for a hash without one, user ids.
# Answers the shard's epoch, then the ids of those who were nowhere before.
ADD: Final = """
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
    epoch = ARGV[3]
    redis.call('HSET', KEYS[1], 'epoch', epoch)
end
local answer = {epoch}
local entry, own = ARGV[1], ARGV[2]
for i = 4, #ARGV do
    local value = redis.call('HGET', KEYS[1], ARGV[i])
    if not value then
        redis.call('HSET', KEYS[1], ARGV[i], entry)
        answer[#answer + 1] = ARGV[i]
    elseif value ~= entry then
        local kept = {}
        for other in string.gmatch(value, '[^,]+') do
            if string.sub(other, 1, #own) ~= own then kept[#kept + 1] = other end
        end
        kept[#kept + 1] = entry
        redis.call('HSET', KEYS[1], ARGV[i], table.concat(kept, ','))
    end
end
return answer
"""

# KEYS[1] shard; ARGV: entry, user ids. Takes exactly this entry out; answers the ids of those who are nowhere now.
REMOVE: Final = """
local answer = {}
for i = 2, #ARGV do
    local value = redis.call('HGET', KEYS[1], ARGV[i])
    if value then
        local kept = {}
        for other in string.gmatch(value, '[^,]+') do
            if other ~= ARGV[1] then kept[#kept + 1] = other end
        end
        if #kept == 0 then
            redis.call('HDEL', KEYS[1], ARGV[i])
            answer[#answer + 1] = ARGV[i]
        else
            redis.call('HSET', KEYS[1], ARGV[i], table.concat(kept, ','))
        end
    end
end
return answer
"""

# KEYS[1] a gateway's key; ARGV: boot. Deletes it unless another boot has taken the id over.
RELEASE: Final = """
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class GatewayState(msgspec.Struct, frozen=True):
    """What a gateway says of itself: its boot, and per shard the epoch under which it has written its users."""

    boot: str
    epochs: tuple[bytes, ...]


def check_gateway_id(gateway_id: str) -> None:
    """Raises ValueError for an id that cannot be part of a topic's name and of an entry."""
    if not _GATEWAY_ID.fullmatch(gateway_id):
        raise ValueError(
            f"A gateway's id is up to 64 letters, digits, dots, dashes and underscores, not {gateway_id!r}."
        )


def shard_key(shard: int) -> str:
    """The hash of one shard; the braces keep it on one node of a Redis Cluster."""
    return f"{settings.KAFKA_TOPIC_PREFIX}user_session:{{{shard}}}"


def gateway_key(gateway_id: str) -> str:
    """The liveness key of a gateway."""
    return f"{settings.KAFKA_TOPIC_PREFIX}gateway:{gateway_id}"


def gateways_key() -> str:
    """The set of all gateway ids."""
    return f"{settings.KAFKA_TOPIC_PREFIX}gateways"


def since_key() -> str:
    """The mark by which a flush is noticed."""
    return f"{gateways_key()}:since"


def encode_state(boot: str, epochs: list[str]) -> str:
    """The value of a liveness key."""
    return " ".join([boot, *epochs])


def decode_state(value: bytes) -> GatewayState:
    """The other way round; what is not readable counts as a gateway that has written nothing."""
    boot, *epochs = value.split(b" ")
    return GatewayState(boot.decode(), tuple(epochs) if len(epochs) == SHARDS else (NO_EPOCH.encode(),) * SHARDS)
