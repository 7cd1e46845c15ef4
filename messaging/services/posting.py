"""Sending without a socket: the same command, through the same Kafka topic, waited for."""

import time
from typing import Any

import msgspec
from django.conf import settings
from django.utils.translation import get_language

from core.errors import DomainError, ErrorCode
from messaging.commands import SendMessage
from messaging.models import Message
from messaging.policies import check_command, check_intake
from messaging.records import UpstreamItem
from messaging.selectors.access import Place
from messaging.selectors.messages import view_messages
from messaging.services.upstream import submit_and_wait

WAIT_S = 5.0


def post_message(place: Place, body: dict[str, Any], *, session_id: int) -> dict[str, Any] | None:
    """The stored message, or None when it is not stored within WAIT_S: the same id may be sent again.

    Raises what the worker refuses it with, under the same code, and UNAVAILABLE when Kafka does not take it.
    """
    user_id = place.member.user_id
    command = _as_command(place.conversation.pk, body)
    check_command(user_id, command)
    check_intake(user_id, command)
    item = UpstreamItem(
        sender_id=user_id,
        session_id=session_id,
        connection_id="",
        gateway_id="",
        received_ms=time.time_ns() // 1_000_000,
        language=get_language() or settings.LANGUAGE_CODE,
        command=command,
    )
    answer = submit_and_wait(item, timeout_s=WAIT_S)
    if answer is None:
        return None
    if answer["type"] == "error":
        raise DomainError(ErrorCode(answer["code"]), answer["message"], answer.get("details"))
    [view] = view_messages([Message.objects.get(pk=int(answer["message_id"]))], user_id)
    return dict(msgspec.to_builtins(view))


def _as_command(conversation_id: int, body: dict[str, Any]) -> SendMessage:
    frame = {"type": "send-message", "conversation_id": str(conversation_id), **body}
    try:
        return msgspec.convert({name: value for name, value in frame.items() if value is not None}, SendMessage)
    except msgspec.ValidationError as exc:
        raise DomainError(ErrorCode.INVALID_REQUEST, str(exc)) from exc
