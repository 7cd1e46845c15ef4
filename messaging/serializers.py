"""What the messaging API takes. Unknown fields are refused; answers are described by the structs of the contract."""

from typing import Any

from rest_framework import serializers

from core.api import StrictSerializer
from core.ids import MAX_SEQ, parse_id
from core.paging import DEFAULT_LIMIT, MAX_LIMIT
from messaging.commands import UUID_PATTERN
from messaging.models import AiSetting

MAX_DRAFT = 16_000
MAX_ID = 24


class IdField(serializers.CharField):
    """An opaque id of the wire, as the database's integer. What cannot be an id names nothing: NOT_FOUND."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return parse_id(data)


class OpenConversation(StrictSerializer):
    """POST conversations."""

    kind = serializers.ChoiceField(choices=["direct"])
    user_id = IdField()


class UpdateConversation(StrictSerializer):
    """PATCH conversations/{id}: the caller's own view of it, any of the fields."""

    muted = serializers.BooleanField(required=False)
    pinned = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)
    draft = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, max_length=MAX_DRAFT)


class SetConsent(StrictSerializer):
    """PATCH conversations/{id}/ai: one's own consent, and the cap for all."""

    setting = serializers.ChoiceField(choices=AiSetting.choices, required=False)
    max = serializers.ChoiceField(choices=AiSetting.choices, required=False)


class HistoryParameters(serializers.Serializer[Any]):
    """GET conversations/{id}/messages: at most one of the three; without any, the newest page."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, required=False)
    before_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, required=False)
    after_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, required=False)
    around_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, required=False)


class EventParameters(serializers.Serializer[Any]):
    """GET conversations/{id}/events."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, required=False)
    after_seq = serializers.IntegerField(min_value=0, max_value=MAX_SEQ, default=0, required=False)


class MemberParameters(serializers.Serializer[Any]):
    """GET conversations/{id}/members: `q` is the beginning of a name."""

    q = serializers.CharField(required=False, allow_blank=True, max_length=64)


class ReaderParameters(serializers.Serializer[Any]):
    """GET conversations/{id}/messages/{message_id}/readers: `only` leaves one of the two lists."""

    only = serializers.ChoiceField(choices=["read", "unread"], required=False)


class SentContent(StrictSerializer):
    """A message's content: `{"text"}`, or `{"file_id", "text"?}`. Its size is the write path's to judge."""

    text = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    file_id = serializers.CharField(required=False, max_length=MAX_ID)


class SendMessageBody(StrictSerializer):
    """POST conversations/{id}/messages: the socket's `send-message` without its frame."""

    client_msg_id = serializers.RegexField(UUID_PATTERN, max_length=36)
    kind = serializers.ChoiceField(choices=["text", "image", "file", "voice"])
    content = SentContent()
    reply_to = serializers.CharField(required=False, max_length=MAX_ID, allow_null=True)
    mentions = serializers.ListField(child=serializers.CharField(max_length=MAX_ID), max_length=200, required=False)
