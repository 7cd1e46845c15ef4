"""A round of chaos: new people talk, what is planned goes wrong, everything heals, and the checker judges."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from asgiref.sync import sync_to_async
from django.db import connection

from tests.chaos.people import People, gather_people
from tests.chaos.plan import Fault
from tests.chaos.site import ChaosSite
from tests.client import ChatClient
from tests.faults.checker import Snapshot, Witness, find_violations
from tests.faults.snapshot import take_snapshot
from tests.faults.traffic import Traffic

PACE_S = 0.12
WARM_UP = 20
CONVERGED_WITHIN_S = 75.0
HEALED_WITHIN_S = 120.0


@dataclass(slots=True)
class Struck:
    """A fault as it happened, by this machine's monotonic clock; `heal_s` counts from its end to the moment at which
    every client has had an answer to something that it sent after that end (None: the round ended before)."""

    fault: Fault
    began_at: float
    ended_at: float = 0.0
    heal_s: float | None = None


@dataclass(slots=True)
class Outcome:
    """What a round came to. `ack_times` are monotonic seconds; `converged_s` counts from the last answer."""

    number: int
    struck: list[Struck] = field(default_factory=list)
    ack_times: list[float] = field(default_factory=list)
    sent: int = 0
    acknowledged: int = 0
    repeated: int = 0
    connections: int = 0
    clients: int = 0
    converged_s: float = 0.0
    violations: list[str] = field(default_factory=list)
    people: People = field(default_factory=People)


async def play_round(site: ChaosSite, plan: Sequence[Fault], *, seed: int, number: int) -> Outcome:
    """Play one round. Never raises for a broken promise: `violations` says it."""
    await asyncio.to_thread(site.await_ready)
    people = await gather_people(site.urls)
    outcome = Outcome(number, clients=len(people.clients), people=people)
    try:
        traffic = Traffic(people.chats, seed=f"{seed}/{number}", pace_s=PACE_S, is_restless=True)
        traffic.start()
        await traffic.flow(WARM_UP)
        await _strike_all(site, plan, outcome)
        await asyncio.to_thread(site.await_ready)
        await _await_healing(people, outcome)
        await traffic.finish()
        await judge(people, outcome)
    except AssertionError as error:
        outcome.violations.append(f"stuck: {error}")
    finally:
        await people.disconnect()
    _count(people, outcome)
    return outcome


async def _strike_all(site: ChaosSite, plan: Sequence[Fault], outcome: Outcome) -> None:
    """Every fault at its time, whether or not an earlier one still holds."""
    start = time.monotonic()

    async def strike(fault: Fault) -> None:
        await asyncio.sleep(max(0.0, start + fault.at_s - time.monotonic()))
        struck = Struck(fault, time.monotonic())
        outcome.struck.append(struck)
        await asyncio.to_thread(site.strike, fault)
        await asyncio.sleep(fault.hold_s)
        await asyncio.to_thread(site.release, fault)
        struck.ended_at = time.monotonic()

    await asyncio.gather(*(strike(fault) for fault in plan))


async def _await_healing(people: People, outcome: Outcome) -> None:
    """Until every client has been answered something that it sent after the last fault. Raises AssertionError."""
    last = max(struck.ended_at for struck in outcome.struck)
    for client in people.clients:
        await client.wait_until(
            lambda c=client: _answered_after(c, last) is not None,  # type: ignore[misc] # a lambda with a default
            lambda c=client: f"an answer after the last fault ({c.name}, closes {c.record.closes[-5:]})",  # type: ignore[misc]
            timeout_s=HEALED_WITHIN_S,
        )


async def judge(people: People, outcome: Outcome) -> None:
    """Wait until every copy equals the database, then hold everything against the promises."""
    answered_at = time.monotonic()
    while True:
        await asyncio.sleep(0.3)
        snapshot = await sync_to_async(_snapshot)(frozenset(people.chats))
        outcome.violations = find_violations(snapshot, people.witnesses())
        outcome.converged_s = time.monotonic() - answered_at
        if not any(violation.startswith("diverged") for violation in outcome.violations):
            return
        if outcome.converged_s > CONVERGED_WITHIN_S:
            return


def judge_again(outcome: Outcome) -> None:
    """Whether all that a round was acknowledged is still there after the rounds that followed it."""
    if not outcome.violations:
        records = [Witness(client.record) for client in outcome.people.clients]
        found = find_violations(_snapshot(frozenset(outcome.people.chats)), records)
        outcome.violations = [f"{violation} (at the end)" for violation in found]


def _snapshot(chats: frozenset[str]) -> Snapshot:
    """This round's conversations, read through a fresh connection: a fault may have ended the old one."""
    connection.close()
    return take_snapshot(only=chats)


def _count(people: People, outcome: Outcome) -> None:
    for client in people.clients:
        record = client.record
        outcome.sent += len(record.sent)
        outcome.acknowledged += sum(1 for sent in record.sent.values() if sent.acks)
        outcome.repeated += sum(1 for sent in record.sent.values() if len(sent.transmissions) > 1)
        outcome.connections += record.sockets
        acks = [arrival for arrival in record.arrivals if arrival.frame["type"] == "message-ack"]
        firsts = {arrival.frame["client_msg_id"]: arrival.at for arrival in reversed(acks)}
        outcome.ack_times += firsts.values()
    for struck in outcome.struck:
        answered = [_answered_after(client, struck.ended_at) for client in people.clients]
        known = [moment for moment in answered if moment is not None]
        if len(known) == len(people.clients):
            struck.heal_s = max(known) - struck.ended_at


def _answered_after(client: ChatClient, moment: float) -> float | None:
    """When the client first had an ack to something that it first sent after `moment`."""
    sent_later = {
        key for key, sent in client.record.sent.items() if sent.transmissions and sent.transmissions[0].at >= moment
    }
    for arrival in client.record.arrivals:
        if arrival.at < moment or arrival.frame["type"] != "message-ack":
            continue
        if arrival.frame["client_msg_id"] in sent_later:
            return arrival.at
    return None
