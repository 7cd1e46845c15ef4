"""Fan-out: pushes to conversations without a roster, in a Celery task behind a bridge (flow 4).

Three ways, chosen per conversation and batch:
- the world room: everyone on every gateway;
- O(online): one push to every gateway, which knows its members of large groups (`messaging.gateway.large`);
- paging: the members a page at a time, where they are in one round trip a page, a record for each gateway. For groups
  that are small for so many gateways, or have shrunk meanwhile, so that gateways are no longer told who is in them.

Whoever has left meanwhile gets nothing, whoever has come gets what their history shows. Order: a bridge has one batch
of a partition in flight, and within a batch each page of members gets the conversation's runs in the log's order.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from django.conf import settings

from accounts.presence import Directory
from core import crashpoints
from core.bridges import BridgeItem, Refused
from core.kafka.port import Producer
from messaging.delivery.outbound import Pushes, Sender
from messaging.delivery.progress import EVERYONE, Progress, read_progress, save_progress
from messaging.delivery.tracing import FANNED_OUT, Tracer
from messaging.models import Conversation, ConversationKind, Member
from messaging.records import FanoutRecord, Push, UnknownVersionError, decode_fanout

MAX_JOINED_BYTES: Final = 256 * 1024
MEMBERS_PER_GATEWAY: Final = 150
"""From here on naming a group to every gateway costs less than looking its members up, if one in a hundred is online.

A gateway that is told for nothing costs 1 ms of CPU in all (Kafka's share included), a member looked up 1.5 us, and
with 150 members a gateway and one in a hundred online, 22 % of the gateways have none (docs/adr/0008-large-groups.md).
"""


class Arrival(NamedTuple):
    """A fan-out record and the item that it came in."""

    item: BridgeItem
    record: FanoutRecord


class Target(NamedTuple):
    """What a conversation is now."""

    id: int
    kind: str
    member_count: int


class Page(NamedTuple):
    """Present members by rising user id, each with the first seq that they may see."""

    seats: list[tuple[int, int]]

    @property
    def last(self) -> int:
        """The highest user id of the page."""
        return self.seats[-1][0]


class Fanout:
    """Delivers batches of fan-out records. For one thread."""

    def __init__(self, producer: Producer, directory: Directory) -> None:
        self._sender = Sender(producer, directory)
        self._directory = directory
        self._tracer = Tracer()

    def deliver(self, items: Sequence[BridgeItem]) -> list[Refused]:
        """Pushes every record to the members of its conversation who are online, and returns those that it cannot read.

        On return Kafka has confirmed every push, or its gateway is gone. May be called again with the same records.
        Raises django.db errors.
        """
        by_conversation, refused = _decode(items)
        at_once = Pushes()
        for target in _find_targets(list(by_conversation)):
            arrivals = by_conversation[target.id]
            if target.kind == ConversationKind.WORLD or self._is_known_to_gateways(target):
                self._push_to_gateways(at_once, target, arrivals)
            else:
                self._page(target.id, arrivals)
        self._sender.send(at_once.records())
        self._tracer.finish()
        return refused

    def _is_known_to_gateways(self, target: Target) -> bool:
        """Whether naming the group to every gateway is possible and cheaper than looking its members up."""
        if target.member_count <= settings.LARGE_GROUP_THRESHOLD or settings.LARGE_GROUP_DELIVERY == "paging":
            return False
        is_forced = settings.LARGE_GROUP_DELIVERY == "online"
        return is_forced or target.member_count >= MEMBERS_PER_GATEWAY * len(self._directory.live_gateways())

    def _push_to_gateways(self, pushes: Pushes, target: Target, arrivals: Sequence[Arrival]) -> None:
        """One push a run for every gateway, whoever is there."""
        is_world = target.kind == ConversationKind.WORLD
        for gateway_id in self._directory.live_gateways():
            for run in join_runs([arrival.record for arrival in arrivals]):
                push = Push(
                    run.framed,
                    exclude=run.exclude,
                    everyone=is_world,
                    count=run.count,
                    conversation=0 if is_world else target.id,
                    seq=run.limit,
                    trace=run.trace,
                )
                pushes.add(gateway_id, push)
                self._tracer.add_route(FANNED_OUT, run.trace, {gateway_id: ()})

    def _page(self, conversation_id: int, arrivals: Sequence[Arrival]) -> None:
        for part, after in _resume(conversation_id, arrivals):
            items = [arrival.item for arrival in part]
            runs = join_runs([arrival.record for arrival in part])
            for page in _pages(conversation_id, after):
                self._push_page(page, runs)
                save_progress(conversation_id, Progress.of(items, page.last))
                crashpoints.reach("after-page")
            save_progress(conversation_id, Progress.of(items, EVERYONE))

    def _push_page(self, page: Page, runs: Sequence[FanoutRecord]) -> None:
        placed = self._directory.locate([user_id for user_id, _first in page.seats])
        visible_from = dict(page.seats)
        pushes = Pushes()
        for gateway_id, users in placed.items():
            for run in runs:
                allowed = [user_id for user_id in users if visible_from[user_id] <= run.limit]
                if allowed:
                    push = Push(run.framed, allowed, exclude=run.exclude, count=run.count, trace=run.trace)
                    pushes.add(gateway_id, push)
                    self._tracer.add_route(FANNED_OUT, run.trace, {gateway_id: allowed})
        self._sender.send(pushes.records())
        self._tracer.finish()


def _decode(items: Sequence[BridgeItem]) -> tuple[dict[int, list[Arrival]], list[Refused]]:
    by_conversation: defaultdict[int, list[Arrival]] = defaultdict(list)
    refused: list[Refused] = []
    for item in items:
        try:
            record = decode_fanout(item.value)
        except (msgspec.DecodeError, UnknownVersionError) as exc:
            refused.append(Refused(item.offset, f"undecodable: {exc!r}"))
            continue
        by_conversation[record.conversation_id].append(Arrival(item, record))
    return by_conversation, refused


def _find_targets(conversation_ids: Sequence[int]) -> list[Target]:
    """The conversations that still exist; a dissolved one has nobody in it."""
    rows = Conversation.objects.filter(pk__in=conversation_ids, dissolved_at=None)
    return [Target(*row) for row in rows.values_list("id", "kind", "member_count")]


def join_runs(records: Sequence[FanoutRecord]) -> list[FanoutRecord]:
    """Neighbours that just the same people get, as one."""
    runs: list[FanoutRecord] = []
    for record in records:
        last = runs[-1] if runs else None
        if last is not None and _goes_with(last, record):
            framed, count = last.framed + record.framed, last.count + record.count
            runs[-1] = msgspec.structs.replace(last, framed=framed, count=count, trace=last.trace + record.trace)
        else:
            runs.append(record)
    return runs


def _goes_with(first: FanoutRecord, other: FanoutRecord) -> bool:
    """Whether one continues what the other's socket has written: then nobody can have joined in between."""
    follows = first.seq + first.count == other.seq and not first.seen_from and not other.seen_from
    fits = len(first.framed) + len(other.framed) <= MAX_JOINED_BYTES
    return follows and fits and bool(first.exclude) and first.exclude == other.exclude


def _resume(conversation_id: int, arrivals: Sequence[Arrival]) -> Iterator[tuple[Sequence[Arrival], int]]:
    """The records, divided by how far they have come: those of an attempt that did not end go on after the user id that
    it had reached, the rest begins with the first member."""
    progress = read_progress(conversation_id)
    done = 0
    if progress is not None:
        begun = [arrival.item for arrival in arrivals if arrival.item.offset <= progress.last_offset]
        done = len(begun) if progress.covers(begun) else 0
    if progress is not None and done and progress.reached < EVERYONE:
        yield arrivals[:done], progress.reached
    if arrivals[done:]:
        yield arrivals[done:], 0


def _pages(conversation_id: int, after: int) -> Iterator[Page]:
    members = Member.objects.filter(conversation_id=conversation_id, left_at=None).order_by("user_id")
    size = settings.FANOUT_PAGE_MEMBERS
    while seats := list(members.filter(user_id__gt=after).values_list("user_id", "visible_from")[:size]):
        page = Page(seats)
        yield page
        if len(seats) < size:
            return
        after = page.last
