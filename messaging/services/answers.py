"""What an agent says, from outside the gateways: an answer stored, or replaced, through im-upstream-topic (flow 6)."""

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils.translation import get_language

from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import split_log_id
from core.kafka import deliver
from core.kafka.port import KafkaError
from core.kafka.topics import UPSTREAM, conversation_key
from messaging import records
from messaging.commands import Content
from messaging.delivery.replies import take_reply
from messaging.models import LogEvent, Message
from messaging.records import ReplaceAnswer, SendAnswer, Source, UpstreamItem, UpstreamRecord

WAIT_S: Final = 20.0
_PAUSE_S: Final = 0.1
_NAMESPACE: Final = uuid.UUID("8492d6dd-1d53-48f6-a19f-21e6edaaf532")


class Cited(msgspec.Struct, frozen=True):
    """A message that an answer rests on, and the words of it that are quoted. `taken_at` is when they were read: give
    it where that is a while ago."""

    message_id: int
    quote: str
    taken_at: datetime | None = None


def answer_id_of(question_id: int) -> str:
    """The client_msg_id of the answer to this question, the same for every attempt: so it is stored once."""
    return str(uuid.uuid5(_NAMESPACE, f"answer:{question_id}"))


def find_answer(question_id: int, agent_id: int) -> Message | None:
    """What this agent has answered, recalled or not. One query, by a unique key."""
    return _find_message(split_log_id(question_id)[0], agent_id, answer_id_of(question_id))


def store_answer(
    *, agent_id: int, conversation_id: int, question_id: int, text: str, citations: Sequence[Cited] = ()
) -> int:
    """Stores the answer and returns its message id once it is committed. There is one answer to a question: when it is
    stored already, whatever it says, its id is returned.

    Raises DomainError: what the worker refuses it with (CONVERSATION_NOT_FOUND where the agent is no member now,
    MESSAGE_NOT_FOUND where the question is gone, CONTENT_REJECTED, MESSAGE_TOO_LARGE ...), UNAVAILABLE when it is not
    stored within WAIT_S: then the same call may be made again. For threads.
    """
    return _say(agent_id, conversation_id, answer_id_of(question_id), text, citations, reply_to=str(question_id))


def send_greeting(*, agent_id: int, conversation_id: int, text: str) -> int:
    """Stores an agent's first words in a conversation, once however often it is called. As `store_answer`."""
    return _say(agent_id, conversation_id, str(uuid.uuid5(_NAMESPACE, f"greeting:{conversation_id}")), text, ())


def replace_answer(*, agent_id: int, answer_id: int, text: str, citations: Sequence[Cited] = (), attempt: str) -> None:
    """Puts another text and other citations in the place of a stored answer, as an edit. Idempotent by `attempt`: of
    several texts for one attempt, the first stays. Returns and raises as `store_answer`."""
    conversation_id = split_log_id(answer_id)[0]
    client_msg_id = str(uuid.uuid5(_NAMESPACE, f"replace:{answer_id}:{attempt}"))
    command = ReplaceAnswer(
        client_msg_id=client_msg_id,
        conversation_id=str(conversation_id),
        message_id=str(answer_id),
        content=Content(text=text),
        sources=_sources(citations),
    )
    _store(agent_id, conversation_id, command, lambda: _find_edit(conversation_id, agent_id, client_msg_id))


def _say(
    agent_id: int,
    conversation_id: int,
    client_msg_id: str,
    text: str,
    citations: Sequence[Cited],
    *,
    reply_to: str | None = None,
) -> int:
    command = SendAnswer(
        client_msg_id=client_msg_id,
        conversation_id=str(conversation_id),
        kind="text",
        content=Content(text=text),
        reply_to=reply_to,
        sources=_sources(citations),
    )

    def find() -> int | None:
        found = _find_message(conversation_id, agent_id, client_msg_id)
        return found.pk if found is not None else None

    return _store(agent_id, conversation_id, command, find)


def _store(
    agent_id: int, conversation_id: int, command: SendAnswer | ReplaceAnswer, find: Callable[[], int | None]
) -> int:
    """Produces the command unless it is stored already, and waits; the message's id."""
    if (stored := find()) is not None:
        return stored
    token = uuid.uuid4().hex
    _produce(conversation_id, _item(agent_id, token, command))
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        answer = take_reply(token, wait_s=1)
        if answer is not None and answer["type"] == "error":
            return _accept_refusal(answer, find)
        if (stored := find()) is not None:
            return stored
        time.sleep(_PAUSE_S)
    raise DomainError(ErrorCode.UNAVAILABLE)


def _accept_refusal(answer: dict[str, Any], find: Callable[[], int | None]) -> int:
    """Another attempt may have been quicker, with other words; the rest is what the caller has to know."""
    code = ErrorCode(answer["code"])
    if code is ErrorCode.CONFLICT and (stored := find()) is not None:
        return stored
    raise DomainError(code, answer["message"], answer.get("details"))


def _produce(conversation_id: int, item: UpstreamItem) -> None:
    """Returns once Kafka has it. Raises UNAVAILABLE."""
    value = records.encode(UpstreamRecord(records.VERSION, [item]))
    try:
        deliver(UPSTREAM, value, key=conversation_key(conversation_id), timeout_s=WAIT_S)
    except KafkaError as exc:
        raise DomainError(ErrorCode.UNAVAILABLE) from exc


def _item(agent_id: int, token: str, command: SendAnswer | ReplaceAnswer) -> UpstreamItem:
    return UpstreamItem(
        sender_id=agent_id,
        session_id=0,
        connection_id=token,
        gateway_id="",
        received_ms=time.time_ns() // 1_000_000,
        language=get_language() or settings.LANGUAGE_CODE,
        command=command,
    )


def _sources(citations: Sequence[Cited]) -> list[Source]:
    now = clock.now()
    return [Source(cited.message_id, cited.quote, cited.taken_at or now) for cited in citations]


def _find_message(conversation_id: int, agent_id: int, client_msg_id: str) -> Message | None:
    return Message.objects.filter(
        conversation_id=conversation_id, sender_id=agent_id, client_msg_id=client_msg_id
    ).first()


def _find_edit(conversation_id: int, agent_id: int, client_msg_id: str) -> int | None:
    rows = LogEvent.objects.filter(conversation_id=conversation_id, actor_id=agent_id, client_msg_id=client_msg_id)
    return rows.values_list("message_id", flat=True).first()
