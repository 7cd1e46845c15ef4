"""From a committed batch to the gateways: who is where, one record per gateway and batch, confirmed by Kafka."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from accounts.presence import Directory
from core.ids import MAX_SEQ
from core.kafka.port import KafkaError, Producer, QueueFull
from core.kafka.topics import downstream, ensure_topics
from core.logs import get_logger
from messaging import frames
from messaging.delivery.rosters import Roster
from messaging.framing import frame_text
from messaging.models import ConversationKind, Member
from messaging.records import VERSION, DownstreamRecord, Push, encode
from messaging.services.batch import LogState, Outgoing, Pending

MAX_RECORD_BYTES = 512 * 1024
_PUSH_OVERHEAD_BYTES = 64
_USER_BYTES = 9
_PAGE = 5_000
log = get_logger(__name__)


class Publisher:
    """Turns answers and outgoing frames into downstream records and sees them confirmed."""

    def __init__(self, producer: Producer, directory: Directory) -> None:
        self._producer = producer
        self._directory = directory

    def publish(
        self,
        outgoing: Sequence[Outgoing],
        pendings: Sequence[Pending],
        logs: Mapping[int, LogState],
        while_waiting: Callable[[], None] = lambda: None,
    ) -> None:
        """Returns once every record is stored by Kafka, or its gateway is gone; runs `while_waiting` meanwhile.

        Who came into large groups and left them is stored for every gateway before anything else is sent: a gateway
        that reads a message must have read every change of members before it (`messaging.gateway.large`).
        """
        if any(item.seats is not None for item in outgoing):
            self._publish_seats(outgoing)
            outgoing = [item for item in outgoing if item.seats is None]
        pushes: defaultdict[str, list[Push]] = defaultdict(list)
        self._add_outgoing(pushes, outgoing, logs)
        self._add_answers(pushes, pendings)
        records = [(gateway_id, value) for gateway_id, batch in pushes.items() for value in _encode_split(batch)]
        failed = self._produce(records)
        while_waiting()
        while failed():
            failed = self._produce(self._still_wanted(failed()))

    def _publish_seats(self, outgoing: Sequence[Outgoing]) -> None:
        changes = [
            Push(b"", count=0, conversation=item.conversation_id, seq=item.seq, seats=item.seats)
            for item in outgoing
            if item.seats is not None
        ]
        records = [
            (gateway_id, encode(DownstreamRecord(VERSION, changes))) for gateway_id in self._directory.live_gateways()
        ]
        failed = self._produce(records)
        while failed():
            failed = self._produce(self._still_wanted(failed()))

    def _produce(self, records: Iterable[tuple[str, bytes]]) -> Callable[[], list[tuple[str, bytes]]]:
        """Sends; the returned function waits for the reports and gives what was not stored."""
        failed: list[tuple[str, bytes]] = []

        def report(record: tuple[str, bytes], error: Exception | None) -> None:
            if error is not None:
                log.warning("a downstream record was not stored", gateway_id=record[0], error=str(error))
                failed.append(record)

        if self._producer.fatal is not None:
            self._producer.rebuild()
        for record in records:
            topic = downstream(record[0]).name
            while True:
                try:
                    self._producer.produce(topic, record[1], partition=0, on_delivery=partial(report, record))
                    break
                except QueueFull:
                    self._producer.poll(0.1)
                except KafkaError as exc:
                    report(record, exc)
                    break

        def wait() -> list[tuple[str, bytes]]:
            while self._producer.flush(5.0):
                log.warning("waiting for kafka to confirm downstream records")
            return failed

        return wait

    def _still_wanted(self, failed: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        """What gateways still wait for, whose topics are made again where the broker has lost its disk."""
        live = set(self._directory.live_gateways())
        wanted = [record for record in failed if record[0] in live]
        try:
            if wanted and ensure_topics([downstream(gateway_id) for gateway_id in {record[0] for record in wanted}]):
                self._producer.rebuild()  # the old one knows only that there is no such topic
        except KafkaError as exc:
            log.warning("kafka does not answer", error=str(exc))
            self._producer.poll(1.0)
        return wanted

    def _add_answers(self, pushes: defaultdict[str, list[Push]], pendings: Sequence[Pending]) -> None:
        live = set(self._directory.live_gateways())
        answers: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
        for pending in pendings:
            item = pending.item
            if pending.answer is not None and item.gateway_id in live:
                answers[item.gateway_id, item.connection_id].append(frame_text(frames.encode(pending.answer)))
        for (gateway_id, connection_id), framed in answers.items():
            pushes[gateway_id].append(Push(b"".join(framed), sockets=[connection_id], count=len(framed)))

    def _add_outgoing(
        self, pushes: defaultdict[str, list[Push]], outgoing: Sequence[Outgoing], logs: Mapping[int, LogState]
    ) -> None:
        recipients = _Recipients(self._directory, outgoing, logs)
        for item, framed in _join_runs(outgoing):
            data = b"".join(framed)
            for gateway_id, users in recipients.of(item).items():
                pushes[gateway_id].append(
                    Push(data, users or [], exclude=item.exclude, everyone=users is None, count=len(framed))
                )


class _Recipients:
    """Whom each frame goes to, by gateway; one look-up for the whole batch. None stands for everyone on a gateway."""

    def __init__(self, directory: Directory, outgoing: Sequence[Outgoing], logs: Mapping[int, LogState]) -> None:
        self._directory = directory
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

    def of(self, item: Outgoing) -> Mapping[str, list[int] | None]:
        if item.users is not None:
            return self._place(item.users)
        state = self._logs.get(item.conversation_id)
        if state is not None and state.row.kind == ConversationKind.WORLD:
            return dict.fromkeys(self._directory.live_gateways())
        roster = self._roster_of(item)
        if roster is None:
            return _locate_members(self._directory, item)
        key = (item.conversation_id, item.seen_from)
        if key not in self._cached:
            limit = item.seen_from or MAX_SEQ
            users = [user_id for user_id, seat in roster.seats.items() if seat.visible_from <= limit]
            self._cached[key] = self._place(users)
        return self._cached[key]

    def _roster_of(self, item: Outgoing) -> Roster | None:
        state = self._logs.get(item.conversation_id)
        return state.roster if state is not None else None

    def _place(self, users: Iterable[int]) -> dict[str, list[int]]:
        wanted = list(users)
        placed = {gateway: [u for u in wanted if u in here] for gateway, here in self._located.items()}
        return {gateway: found for gateway, found in placed.items() if found}


def _join_runs(outgoing: Sequence[Outgoing]) -> list[tuple[Outgoing, list[bytes]]]:
    """Neighbours in one log that go to just the same people, as one push: the first of each run, and the run's frames.

    A log's own order is kept; logs may pass one another.
    """
    runs: list[tuple[Outgoing, list[bytes]]] = []
    open_runs: dict[int, tuple[Outgoing, list[bytes]]] = {}
    for item in outgoing:
        run = open_runs.get(item.conversation_id)
        if run is not None and _goes_with(run[0], item):
            run[1].append(frame_text(item.frame))
            continue
        run = open_runs[item.conversation_id] = (item, [frame_text(item.frame)])
        runs.append(run)
    return runs


def _goes_with(first: Outgoing, other: Outgoing) -> bool:
    return first.exclude == other.exclude and first.users is other.users is None and first.seen_from == other.seen_from


def _locate_members(directory: Directory, item: Outgoing) -> dict[str, list[int]]:
    """The online members of a conversation without a roster, looked up a page of members at a time."""
    placed: defaultdict[str, list[int]] = defaultdict(list)
    members = Member.objects.filter(conversation_id=item.conversation_id, left_at=None).order_by("id")
    if item.seen_from:
        members = members.filter(visible_from__lte=item.seen_from)
    last_id = 0
    while page := list(members.filter(id__gt=last_id).values_list("id", "user_id")[:_PAGE]):
        last_id = page[-1][0]
        for gateway_id, users in directory.locate([user_id for _id, user_id in page]).items():
            placed[gateway_id].extend(users)
    return placed


def _encode_split(pushes: list[Push]) -> list[bytes]:
    """Records of at most MAX_RECORD_BYTES, in order."""
    values: list[bytes] = []
    batch: list[Push] = []
    size = 0
    for push in pushes:
        weight = len(push.framed) + _USER_BYTES * len(push.users) + _PUSH_OVERHEAD_BYTES
        if batch and size + weight > MAX_RECORD_BYTES:
            values.append(encode(DownstreamRecord(VERSION, batch)))
            batch, size = [], 0
        batch.append(push)
        size += weight
    if batch:
        values.append(encode(DownstreamRecord(VERSION, batch)))
    return values
