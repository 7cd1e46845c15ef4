"""stop-answer and regenerate-answer: what an asker may say about the answer to their own question (flow 6)."""

import uuid
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError, ErrorCode
from core.kafka import deliver
from core.kafka.port import KafkaError
from core.kafka.topics import AGENT, conversation_key
from core.ratelimits import check_rate
from messaging.agents import agent_ids, ask_to_stop, take_back_stop
from messaging.models import AiSetting, ConversationKind, Message
from messaging.records import VERSION, AgentRecord, encode
from messaging.selectors.access import Place, access_message, access_place

REGENERATIONS_A_MINUTE: Final = 10
_DELIVER_WITHIN_S: Final = 5.0


def stop_answer(user_id: int, conversation: str, question: str) -> None:
    """Ends the answer to the user's own question where it is. A question that is not being answered changes nothing.

    Raises CONVERSATION_NOT_FOUND, MESSAGE_NOT_FOUND, FORBIDDEN for somebody else's question.
    """
    asked = _access_own(access_place(user_id, conversation), question)
    ask_to_stop(asked.pk)


def regenerate_answer(user_id: int, conversation: str, answer: str) -> None:
    """Has an agent's answer to the user's own question written anew; it replaces the old one as an edit.

    Raises CONVERSATION_NOT_FOUND, MESSAGE_NOT_FOUND (also where the message is no agent's answer, or it or the question
    has been taken back), FORBIDDEN for the answer to somebody else's question or where the group allows no AI,
    RATE_LIMITED, UNAVAILABLE.
    """
    place = access_place(user_id, conversation)
    found = access_message(place, answer)
    if found.sender_id not in agent_ids() or found.reply_to is None or _is_gone(found):
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    asked = _access_own(place, str(found.reply_to))
    if _is_gone(asked):
        raise DomainError(ErrorCode.MESSAGE_NOT_FOUND)
    if place.conversation.kind != ConversationKind.AGENT and place.conversation.ai_max == AiSetting.OFF:
        raise DomainError(ErrorCode.FORBIDDEN, _("This group lets no AI read what is written here."))
    check_rate("messaging.regenerate", str(user_id), limit=REGENERATIONS_A_MINUTE, period_s=60)
    take_back_stop(asked.pk)
    _produce(
        AgentRecord(VERSION, asked.conversation_id, asked.pk, user_id, found.sender_id, found.pk, uuid.uuid4().hex)
    )


def _access_own(place: Place, question: str) -> Message:
    asked = access_message(place, question)
    if asked.sender_id != place.member.user_id:
        raise DomainError(ErrorCode.FORBIDDEN, _("Only who has asked may do this."))
    return asked


def _is_gone(message: Message) -> bool:
    return message.recalled_at is not None or message.hidden_at is not None


def _produce(record: AgentRecord) -> None:
    """Returns once Kafka has the record. Raises UNAVAILABLE."""
    try:
        deliver(AGENT, encode(record), key=conversation_key(record.conversation_id), timeout_s=_DELIVER_WITHIN_S)
    except KafkaError as exc:
        raise DomainError(ErrorCode.UNAVAILABLE) from exc
