"""What the HTTP API of moderation reads and answers."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.serializers import IdField, TimeField
from core.api import StrictSerializer
from moderation.models import AppealState, CaseState, Reason, Report, Sanction, SanctionKind, Subject
from moderation.services.notices import describe_outcome

REASONS = [choice for choice in Reason.choices if choice[0] != Reason.FILTER]
_SUBJECTS = ("message_id", "user_id", "conversation_id")


class ReportSerializer(StrictSerializer):
    """A complaint about exactly one message, person or conversation."""

    message_id = serializers.CharField(required=False, max_length=32)
    user_id = serializers.CharField(required=False, max_length=32)
    conversation_id = serializers.CharField(required=False, max_length=32)
    reason = serializers.ChoiceField(choices=REASONS)
    comment = serializers.CharField(required=False, allow_blank=True, max_length=1000, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one subject."""
        if sum(name in attrs for name in _SUBJECTS) != 1:
            refusal = [_("Give exactly one of message_id, user_id and conversation_id.")]
            raise serializers.ValidationError({"message_id": refusal})
        return attrs


class FiledReportSerializer(serializers.Serializer[Report]):
    """A report as its reporter sees it: `closed` once it has been dealt with, with what came of it."""

    id = IdField(source="pk")
    subject = serializers.ChoiceField(choices=Subject.choices, source="case.subject")
    message_id = serializers.SerializerMethodField()
    user_id = serializers.SerializerMethodField()
    conversation_id = serializers.SerializerMethodField()
    reason = serializers.ChoiceField(choices=Reason.choices)
    comment = serializers.CharField()
    created_at = TimeField()
    state = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()
    closed_at = TimeField(source="case.resolved_at", allow_null=True)

    def get_message_id(self, report: Report) -> str | None:
        return _id_of(report, Subject.MESSAGE, report.case.message_id)

    def get_user_id(self, report: Report) -> str | None:
        return _id_of(report, Subject.USER, report.case.user_id)

    def get_conversation_id(self, report: Report) -> str | None:
        return _id_of(report, Subject.CONVERSATION, report.case.conversation_id)

    def get_state(self, report: Report) -> str:
        """`open` or `closed`: who works on it is the staff's affair."""
        return "closed" if report.case.state == CaseState.RESOLVED else "open"

    def get_outcome(self, report: Report) -> str:
        """What came of it, in the reader's language; empty while it is open."""
        return describe_outcome(report.case)


def _id_of(report: Report, subject: Subject, value: int | None) -> str | None:
    return str(value) if report.case.subject == subject and value is not None else None


class AppealTextSerializer(StrictSerializer):
    """An objection; `appeal_token` is that of the BANNED answer, for who has no session any more."""

    text = serializers.CharField(max_length=2000)
    appeal_token = serializers.CharField(required=False, max_length=512)


class AppealSerializer(serializers.Serializer[Any]):
    """An objection and what came of it."""

    text = serializers.CharField()
    state = serializers.ChoiceField(choices=AppealState.choices)
    created_at = TimeField()
    answer = serializers.CharField()
    decided_at = TimeField(allow_null=True)


class SanctionSerializer(serializers.Serializer[Sanction]):
    """What stands against the caller; without `conversation_id` everywhere, without `until` for good."""

    id = IdField(source="pk")
    kind = serializers.ChoiceField(choices=SanctionKind.choices)
    conversation_id = serializers.SerializerMethodField()
    reason = serializers.CharField()
    since = TimeField(source="starts_at")
    until = TimeField(source="ends_at", allow_null=True)
    appeal = serializers.SerializerMethodField()

    def get_conversation_id(self, sanction: Sanction) -> str | None:
        return str(sanction.conversation_id) if sanction.conversation_id is not None else None

    @extend_schema_field(AppealSerializer(allow_null=True))
    def get_appeal(self, sanction: Sanction) -> dict[str, Any] | None:
        found = getattr(sanction, "appeal", None)
        return dict(AppealSerializer(found).data) if found is not None else None
