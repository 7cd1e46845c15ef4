"""From a committed batch to whoever must hear of it: one record per gateway and batch, one per run of frames for a
conversation without a roster; and now and then one per partition for the index. All are confirmed by Kafka."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from accounts.presence import Directory
from core.ids import MAX_SEQ
from core.kafka.port import Producer
from core.kafka.topics import AGENT, INDEXING, LARGE_GROUP_FANOUT, conversation_key, partition_of
from messaging import frames
from messaging.delivery.outbound import Outbound, Pushes, Sender
from messaging.delivery.replies import send_replies
from messaging.delivery.rosters import Roster
from messaging.delivery.tracing import PUBLISHED, QUEUED, Tracer
from messaging.frames import ServerFrame
from messaging.framing import frame_text
from messaging.records import VERSION, AgentRecord, FanoutRecord, IndexingRecord, Push, encode
from messaging.services.batch import LogState, Outgoing, Pending

MAX_RUN_BYTES: Final = 256 * 1024
Run = tuple[Outgoing, list[bytes], list[int]]
"""Neighbours in one log that go to just the same people: the first, the frames of all, and the ids that are traced."""


class Publisher:
    """Turns answers and outgoing frames into records and sees them confirmed."""

    def __init__(self, producer: Producer, directory: Directory) -> None:
        self._sender = Sender(producer, directory)
        self._directory = directory
        self._tracer = Tracer()
        self._moved: dict[int, int] = {}

    def publish(
        self,
        outgoing: Sequence[Outgoing],
        pendings: Sequence[Pending],
        logs: Mapping[int, LogState],
        while_waiting: Callable[[], None] = lambda: None,
        *,
        questions: Sequence[AgentRecord] = (),
        tell_index: bool = False,
    ) -> None:
        """Returns once every record is stored by Kafka, or its gateway is gone; runs `while_waiting` meanwhile.

        Questions to agents go with the rest. Who waits outside the gateways for what becomes of a command (an agent's
        answer) is told last.

        Which logs have moved is told the index with `tell_index`, or by `tell_index()` later: nobody waits for it, so
        it goes out with the offsets, a few times a second, and a log that moves all the time is named once.

        Who came into large groups and left them is stored for every gateway before anything else is sent: a gateway
        that reads a message must have read every change of members before it (`messaging.gateway.large`).
        """
        if any(item.seats is not None for item in outgoing):
            self._publish_seats(outgoing)
            outgoing = [item for item in outgoing if item.seats is None]
        self._tracer.mark(outgoing, pendings)
        pushes = Pushes()
        tasks = self._add_outgoing(pushes, outgoing, logs)
        replies = self._add_answers(pushes, pendings)
        # What is published again after a crash is named again.
        self._moved.update(
            (item.conversation_id, logs[item.conversation_id].last_seq)
            for item in outgoing
            if item.seq and item.conversation_id in logs
        )
        told = self._take_moved() if tell_index else []
        asked = [_agent_record(question) for question in questions]
        self._sender.send([*pushes.records(), *tasks, *told, *asked], while_waiting)
        if replies:
            send_replies(replies)
        self._tracer.finish()

    def tell_index(self) -> None:
        """Names the logs that have moved since the last time; returns once Kafka has it. Comes before the offsets of
        what moved them are committed, so that no log is forgotten."""
        if self._moved:
            self._sender.send(self._take_moved())

    def _take_moved(self) -> list[Outbound]:
        """One record a partition."""
        changed: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for conversation_id, last_seq in self._moved.items():
            changed[partition_of(conversation_id, INDEXING.partitions)].append((conversation_id, last_seq))
        self._moved = {}
        return [
            Outbound(INDEXING, place, encode(IndexingRecord(VERSION, pairs)), key=conversation_key(pairs[0][0]))
            for place, pairs in changed.items()
        ]

    def _publish_seats(self, outgoing: Sequence[Outgoing]) -> None:
        changes = Pushes()
        for item in outgoing:
            if item.seats is not None:
                change = Push(b"", count=0, conversation=item.conversation_id, seq=item.seq, seats=item.seats)
                for gateway_id in self._directory.live_gateways():
                    changes.add(gateway_id, change)
        self._sender.send(changes.records())

    def _add_answers(self, pushes: Pushes, pendings: Sequence[Pending]) -> list[tuple[str, ServerFrame]]:
        """Adds what goes to the gateways' sockets; returns the answers for those who are on no gateway."""
        replies: list[tuple[str, ServerFrame]] = []
        live = set(self._directory.live_gateways())
        answers: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
        traced: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for pending in pendings:
            item = pending.item
            if pending.answer is not None and item.gateway_id in live:
                answers[item.gateway_id, item.connection_id].append(frame_text(frames.encode(pending.answer)))
                if pending.outgoing is not None and pending.outgoing.traced:
                    traced[item.gateway_id, item.connection_id].append(pending.outgoing.traced)
            elif pending.answer is not None and not item.gateway_id:
                replies.append((item.connection_id, pending.answer))
        for (gateway_id, connection_id), framed in answers.items():
            trace = traced.get((gateway_id, connection_id), [])
            pushes.add(gateway_id, Push(b"".join(framed), sockets=[connection_id], count=len(framed), trace=trace))
        return replies

    def _add_outgoing(
        self, pushes: Pushes, outgoing: Sequence[Outgoing], logs: Mapping[int, LogState]
    ) -> list[Outbound]:
        """Adds what goes to the gateways from here; returns what is left to the fan-out."""
        recipients = _Recipients(self._directory, outgoing, logs)
        tasks: list[Outbound] = []
        for item, framed, traced in _join_runs(outgoing, recipients):
            if recipients.are_listed(item):
                data, placed = b"".join(framed), recipients.of(item)
                for gateway_id, users in placed.items():
                    pushes.add(gateway_id, Push(data, users, exclude=item.exclude, count=len(framed), trace=traced))
                self._tracer.add_route(PUBLISHED, traced, placed)
            else:
                tasks.append(_fanout_record(item, framed, traced))
                self._tracer.add_route(QUEUED, traced, {})
        return tasks


class _Recipients:
    """Whom each frame goes to, by gateway; one look-up for the whole batch."""

    def __init__(self, directory: Directory, outgoing: Sequence[Outgoing], logs: Mapping[int, LogState]) -> None:
        self._logs = logs
        self._cached: dict[tuple[int, int], dict[str, list[int]]] = {}
        wanted: set[int] = set()
        for item in outgoing:
            if item.users is not None:
                wanted.update(item.users)
            elif (roster := self._roster_of(item)) is not None:
                wanted.update(roster.seats)
        self._located = (
            {gateway_id: set(users) for gateway_id, users in directory.locate(list(wanted)).items()} if wanted else {}
        )

    def are_listed(self, item: Outgoing) -> bool:
        """Whether the recipients are known here; those of a conversation without a roster are the fan-out's to find."""
        return item.users is not None or self._roster_of(item) is not None

    def of(self, item: Outgoing) -> Mapping[str, list[int]]:
        if item.users is not None:
            return self._place(item.users)
        key = (item.conversation_id, item.seen_from)
        if key not in self._cached:
            roster = self._roster_of(item)
            limit = item.seen_from or MAX_SEQ
            seats = roster.seats.items() if roster is not None else ()
            self._cached[key] = self._place([user_id for user_id, seat in seats if seat.visible_from <= limit])
        return self._cached[key]

    def _roster_of(self, item: Outgoing) -> Roster | None:
        state = self._logs.get(item.conversation_id)
        return state.roster if state is not None else None

    def _place(self, users: Iterable[int]) -> dict[str, list[int]]:
        wanted = list(users)
        placed = {gateway: [u for u in wanted if u in here] for gateway, here in self._located.items()}
        return {gateway: found for gateway, found in placed.items() if found}


def _join_runs(outgoing: Sequence[Outgoing], recipients: _Recipients) -> list[Run]:
    """Neighbours in one log that go to just the same people, as one push of at most MAX_RUN_BYTES.

    A log's own order is kept; logs may pass one another.
    """
    runs: list[Run] = []
    open_runs: dict[int, tuple[Run, int]] = {}
    for item in outgoing:
        framed = frame_text(item.frame)
        run, size = open_runs.get(item.conversation_id, (None, 0))
        size += len(framed)
        if run is not None and size <= MAX_RUN_BYTES and _goes_with(run[0], item, recipients):
            run[1].append(framed)
        else:
            run, size = (item, [framed], []), len(framed)
            runs.append(run)
        if item.traced:
            run[2].append(item.traced)
        open_runs[item.conversation_id] = (run, size)
    return runs


def _goes_with(first: Outgoing, other: Outgoing, recipients: _Recipients) -> bool:
    """Without a roster, who may see the first frame gets the run: so only what one batch has written is joined there,
    between which nobody can have joined the group."""
    same = first.exclude == other.exclude and first.users is other.users is None and first.seen_from == other.seen_from
    return same and (bool(first.exclude) or recipients.are_listed(first))


def _fanout_record(item: Outgoing, framed: Sequence[bytes], traced: list[int]) -> Outbound:
    data, count = b"".join(framed), len(framed)
    record = FanoutRecord(VERSION, item.conversation_id, item.seq, item.seen_from, data, count, item.exclude, traced)
    partition = partition_of(item.conversation_id, LARGE_GROUP_FANOUT.partitions)
    return Outbound(LARGE_GROUP_FANOUT, partition, encode(record), key=conversation_key(item.conversation_id))


def _agent_record(question: AgentRecord) -> Outbound:
    conversation_id = question.conversation_id
    partition = partition_of(conversation_id, AGENT.partitions)
    return Outbound(AGENT, partition, encode(question), key=conversation_key(conversation_id))
