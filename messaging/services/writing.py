"""The write path: one batch of commands, one transaction (docs/flows.md, flows 2 and 3).

Locks the conversations of the batch in id order, finds what is already stored, gives each new event the next seq,
inserts, commits. Publishing is the caller's, after the commit (`messaging.delivery.publishing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.module_loading import import_string

from core import clock, crashpoints
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from core.generations import Generations
from core.ids import parse_id
from core.metrics import counters
from core.models import OutboxEntry
from messaging import frames
from messaging.agents import is_agent
from messaging.commands import EditMessage, React, RecallMessage, SendMessage
from messaging.delivery.rosters import find_seats, get_rosters
from messaging.models import ConversationKind, LogEvent, Member, Mention, Message
from messaging.policies import check_command
from messaging.records import ANSWERS, AgentRecord, DrainOutbox, ReplaceAnswer, UpstreamItem
from messaging.services.batch import Batch, Confirmed, LogState, Pending, command_of, hash_payload
from messaging.services.carrying import fetch_files, save_attachments
from messaging.services.changing import edit_message, react, recall_message, replace_answer
from messaging.services.questions import make_questions
from messaging.services.repeating import repeat
from messaging.services.sending import store_message
from messaging.store import get_store
from messaging.store.rows import ConversationMove, SenderMove

REFUSED_LATER = frozenset({ErrorCode.MUTED, ErrorCode.BANNED, ErrorCode.CONTENT_REJECTED})
"""What may have become so since the command was stored: a repetition still gets its first answer."""
EVERYTHING = -1
"""As a published seq: the outbox of this conversation has to be read, whatever its last seq is."""


@dataclass(frozen=True, slots=True)
class Written:
    """A committed batch: what to answer, what to push, the outbox entries that must be pushed before it, and what to
    ask of agents."""

    pendings: list[Pending]
    logs: dict[int, LogState]
    outbox: list[OutboxEntry]
    questions: list[AgentRecord]


def write_batch(items: Sequence[UpstreamItem], published: Generations[int, int], confirmed: Confirmed) -> Written:
    """Stores a batch in one transaction; refusals become answers, they do not fail the batch.

    `published` maps conversations to the last seq that this worker has pushed: where the log has moved without it, the
    outbox is read. Raises django.db errors; then nothing of the batch is stored.
    """
    pendings = [_admit(item) for item in items if not isinstance(item.command, DrainOutbox)]
    drains = {int(item.command.conversation_id) for item in items if isinstance(item.command, DrainOutbox)}
    open_ones = [pending for pending in pendings if pending.answer is None]
    with transaction.atomic():
        batch = _open(open_ones, drains, confirmed)
        outbox = _read_outbox(batch, drains, published)
        for pending in open_ones:
            _handle(batch, pending)
        crashpoints.reach("inside-transaction")
        _save(batch)
        _tell_marked(open_ones)
        questions = make_questions(batch)
    crashpoints.reach("after-commit")
    counters.messages_stored += len(batch.messages)
    return Written(pendings, batch.logs, outbox, questions)


def _admit(item: UpstreamItem) -> Pending:
    """What can be refused without a lock is refused here."""
    command = command_of(item)
    if type(command) in ANSWERS and not is_agent(item.sender_id):
        return refuse(item, DomainError(ErrorCode.FORBIDDEN))
    try:
        conversation_id = parse_id(command.conversation_id, ErrorCode.CONVERSATION_NOT_FOUND)
    except DomainError as error:
        return refuse(item, error)
    key = (conversation_id, item.sender_id, command.client_msg_id)
    try:
        ruling = check_command(item.sender_id, command)
    except DomainError as error:
        if error.code in REFUSED_LATER:
            return Pending(item, key, hash_payload(command), command, refusal=error)
        return refuse(item, error)
    return Pending(item, key, hash_payload(command), ruling.command, ruling.marks)


def refuse(item: UpstreamItem, error: DomainError) -> Pending:
    """A command answered with `error`, for the caller to publish."""
    return Pending(item, (0, item.sender_id, ""), 0, command_of(item), answer=_refusal(item, error))


def _refusal(item: UpstreamItem, error: DomainError) -> frames.Error:
    command = command_of(item)
    with translation.override(item.language):
        return frames.Error(
            code=error.code.value,
            message=str(error.message),
            details=error.details,
            id=command.id,
            client_msg_id=command.client_msg_id,
        )


def _open(pendings: list[Pending], drains: set[int], confirmed: Confirmed) -> Batch:
    """Locks, then reads everything that the handlers need."""
    store = get_store()
    ids = sorted({pending.conversation_id for pending in pendings} | drains)
    with connection.cursor() as cursor:
        rows = store.lock(cursor, ids) if ids else []
        stored = store.find_commands(cursor, list({pending.key for pending in pendings})) if pendings else []
    rosters = get_rosters(rows)
    logs = {row.id: LogState.of(row, rosters.get(row.id)) for row in rows}
    at = clock.now()
    without_roster = {row.id for row in rows} - rosters.keys()
    return Batch(
        at=at,
        at_wire=to_wire(at),
        at_s=at.timestamp(),
        logs=logs,
        stored={(found.conversation_id, found.sender_id, found.client_msg_id): found for found in stored},
        targets=_fetch_targets(pendings, [found.message_id or found.id for found in stored]),
        seats=find_seats(_list_people([p for p in pendings if p.conversation_id in without_roster])),
        confirmed=confirmed,
        files=fetch_files(pendings),
    )


def _list_people(pendings: list[Pending]) -> set[tuple[int, int]]:
    """Who writes, and who is mentioned, by conversation."""
    people = {(pending.conversation_id, pending.item.sender_id) for pending in pendings}
    for pending in pendings:
        command = pending.item.command
        if isinstance(command, SendMessage) and command.mentions:
            named = (int(user) for user in command.mentions if user.isdecimal() and len(user) <= 18)
            people.update((pending.conversation_id, user_id) for user_id in named)
    return people


def _fetch_targets(pendings: list[Pending], repeated: list[int]) -> dict[int, Message]:
    """The messages that commands of this batch are about: edited, recalled, reacted to, replied to, sent before."""
    wanted = set(repeated)
    for pending in pendings:
        command = pending.item.command
        named = command.reply_to if isinstance(command, SendMessage) else getattr(command, "message_id", None)
        if named is not None and named.isdecimal():
            wanted.add(int(named))
    return Message.objects.in_bulk(wanted) if wanted else {}


def _read_outbox(batch: Batch, drains: set[int], published: Generations[int, int]) -> list[OutboxEntry]:
    behind = [log.row.id for log in batch.logs.values() if published.get(log.row.id, EVERYTHING) != log.row.last_seq]
    ids = drains.union(behind)
    return list(OutboxEntry.objects.filter(conversation_id__in=ids).order_by("id")) if ids else []


def _handle(batch: Batch, pending: Pending) -> None:
    command = pending.command
    try:
        if pending.key in batch.stored:
            repeat(batch, pending)
        elif pending.refusal is not None:
            raise pending.refusal
        elif isinstance(command, SendMessage):
            store_message(batch, pending, command)
        elif isinstance(command, ReplaceAnswer):
            replace_answer(batch, pending, command)
        elif isinstance(command, EditMessage):
            edit_message(batch, pending, command)
        elif isinstance(command, RecallMessage):
            recall_message(batch, pending, command)
        elif isinstance(command, React):
            react(batch, pending, command)
    except DomainError as error:
        pending.answer = _refusal(pending.item, error)


def _save(batch: Batch) -> None:
    moved = [log for log in batch.logs.values() if log.last_seq != log.row.last_seq]
    if not moved:
        return
    _seat_world_writers(batch)
    if batch.events:
        LogEvent.objects.bulk_create(batch.events)
    if batch.mentions:
        Mention.objects.bulk_create(
            Mention(conversation_id=conversation_id, seq=seq, user_id=user_id, sender_id=sender_id)
            for conversation_id, seq, user_id, sender_id in batch.mentions
        )
    save_attachments(batch)
    with connection.cursor() as cursor:
        get_store().write(
            cursor,
            batch.at,
            batch.messages,
            [ConversationMove(log.row.id, log.last_seq, log.last_ordinal, log.last_message_seq) for log in moved],
            [SenderMove(*key, *position) for key, position in batch.sender_moves.items()],
        )


def _tell_marked(pendings: list[Pending]) -> None:
    """Hands the messages that policies have marked, new texts of edited ones among them, to STORED_HOOKS; in the
    transaction, so that a mark is as durable as its message."""
    marked = {
        int(pending.answer.message_id): pending.marks
        for pending in pendings
        if pending.marks and isinstance(pending.answer, frames.MessageAck)
    }
    for path in settings.STORED_HOOKS if marked else ():
        import_string(path)(marked)


def _seat_world_writers(batch: Batch) -> None:
    """Who writes in the world room for the first time gets a member row; until then membership is implicit."""
    newcomers = [
        (conversation_id, user_id)
        for conversation_id, user_id in batch.sender_moves
        if batch.logs[conversation_id].row.kind == ConversationKind.WORLD
        and (conversation_id, user_id) not in batch.seats
    ]
    if newcomers:
        rows = [Member(conversation_id=c, user_id=u, joined_at=batch.at, changed_at=Now()) for c, u in newcomers]
        Member.objects.bulk_create(rows, ignore_conflicts=True)
