"""What goes wrong, and when: a pure function of the seed, so that a run can be repeated."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

FAULTS_A_ROUND = 5
FIRST_AFTER_S = 3.0
OVERLAPS = 0.25
"""How often a fault begins while the one before it still holds."""


class Kind(StrEnum):
    """What can be done to a process, a server, or the network before a server."""

    KILL = "kill -9"
    STOP = "stop and start"
    CRASH = "crash point"
    FREEZE = "freeze"
    SERVER_DOWN = "server down"
    SERVER_FROZEN = "server frozen"
    FLUSH = "flushed"
    SLOW = "slow network"
    CUT = "network cut"
    RESET = "connections reset"
    HALF_OPEN = "half-open network"


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind` happens to `target` `at_s` seconds after the round's begin and holds for `hold_s` (0: it is over at once).

    `detail` is the crash point, with the number of the passage that is the last.
    """

    at_s: float
    kind: Kind
    target: str
    hold_s: float = 0.0
    detail: str = ""

    @property
    def ends_s(self) -> float:
        """When it no longer holds; the supervisor starts again who has ended."""
        return self.at_s + self.hold_s


@dataclass(frozen=True, slots=True)
class Cast:
    """Who can be hit: processes by what they are, servers by name."""

    gateways: Sequence[str]
    upstream: Sequence[str]
    others: Sequence[str]
    servers: Sequence[str]
    cache: str = "redis"


CRASH_POINTS = {
    "gateway": ("before-produce",),
    "upstream": ("inside-transaction", "after-commit", "after-publish", "before-offset"),
}
# How often each kind is drawn, and for how many seconds it holds.
_WEIGHTS: dict[Kind, tuple[int, float, float]] = {
    Kind.KILL: (6, 0, 0),
    Kind.STOP: (2, 0, 0),
    Kind.CRASH: (4, 0, 0),
    Kind.FREEZE: (2, 3, 14),
    Kind.SERVER_DOWN: (3, 1, 8),
    Kind.SERVER_FROZEN: (2, 2, 8),
    Kind.FLUSH: (2, 0, 0),
    Kind.SLOW: (2, 3, 6),
    Kind.CUT: (2, 1, 6),
    Kind.RESET: (3, 0, 0),
    Kind.HALF_OPEN: (2, 2, 8),
}
_TO_SERVERS = frozenset({Kind.SERVER_DOWN, Kind.SERVER_FROZEN, Kind.SLOW, Kind.CUT, Kind.RESET, Kind.HALF_OPEN})


def plan_round(seed: int, number: int, cast: Cast, *, count: int = FAULTS_A_ROUND) -> list[Fault]:
    """The faults of one round, by the time at which they begin. The same seed, number and cast give the same plan.

    No two that hold at the same time have the same target: the end of one would be the end of both.
    """
    rng = random.Random(f"{seed}/{number}")
    faults: list[Fault] = []
    at_s = FIRST_AFTER_S
    while len(faults) < count:
        fault = _draw(rng, round(at_s, 1), cast)
        if any(fault.target == other.target and other.ends_s + 1 >= fault.at_s for other in faults):
            at_s += 1
            continue
        faults.append(fault)
        at_s = fault.at_s + 1 if rng.random() < OVERLAPS else max(f.ends_s for f in faults) + rng.uniform(2, 6)
    return faults


def _draw(rng: random.Random, at_s: float, cast: Cast) -> Fault:
    kinds = list(_WEIGHTS)
    kind = rng.choices(kinds, [_WEIGHTS[kind][0] for kind in kinds])[0]
    _, least_s, most_s = _WEIGHTS[kind]
    hold_s = round(rng.uniform(least_s, most_s), 1)
    if kind is Kind.FLUSH:
        return Fault(at_s, kind, cast.cache)
    if kind in _TO_SERVERS:
        return Fault(at_s, kind, rng.choice(cast.servers), hold_s)
    if kind is Kind.CRASH:
        role = rng.choice(list(CRASH_POINTS))
        target = rng.choice(cast.gateways if role == "gateway" else cast.upstream)
        return Fault(at_s, kind, target, detail=f"{rng.choice(CRASH_POINTS[role])}:{rng.randrange(1, 30)}")
    # One in three hits a gateway, one in three a logic worker, one in three any other process.
    group = rng.choice((cast.gateways, cast.upstream, cast.others))
    return Fault(at_s, kind, rng.choice(group), hold_s)
