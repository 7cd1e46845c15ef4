"""What the search API takes. Unknown parameters are refused; answers are described by structs."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import StrictSerializer
from core.paging import PageQuery
from messaging.models import MessageKind
from messaging.serializers import MAX_ID
from search.selectors.messages import Mode

MAX_QUERY: Final = 200
_MILLISECOND: Final = timedelta(milliseconds=1)


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[datetime, Any, str, Any]):
    """A moment (RFC 3339 with an offset or Z), or a day in UTC: its beginning, or, with `is_end`, its end."""

    def __init__(self, *, is_end: bool, **options: Any) -> None:
        super().__init__(**options)
        self._is_end = is_end

    def to_internal_value(self, data: Any) -> datetime:
        try:
            moment = self._parse(str(data))
        except ValueError:
            moment = None
        if moment is None:
            raise serializers.ValidationError(_("Neither a moment with an offset nor a day."))
        return moment

    def _parse(self, text: str) -> datetime | None:
        if (day := parse_date(text)) is not None:
            return _end_of(day) if self._is_end else datetime.combine(day, time.min, UTC)
        moment = parse_datetime(text)
        if moment is None or moment.tzinfo is None:
            return None
        # The wire shows milliseconds, so a moment taken from it stands for the whole of one.
        return moment + _MILLISECOND - timedelta(microseconds=1) if self._is_end else moment

    def to_representation(self, value: datetime) -> str:
        return value.isoformat()


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)


class NameSearchQuery(PageQuery, StrictSerializer):
    """GET search/users, groups, files."""

    q = serializers.CharField(max_length=MAX_QUERY)


class MessageSearchQuery(PageQuery, StrictSerializer):
    """GET search/messages. `from` is no name in Python, hence `get_fields`."""

    q = serializers.CharField(max_length=MAX_QUERY, help_text="What to search for: 1 to 200 characters.")
    mode = serializers.ChoiceField(
        choices=[(mode.value, mode.value) for mode in Mode],
        default=Mode.HYBRID.value,
        required=False,
        help_text=(
            "keyword: every term must occur (English stemmed, Chinese as runs of characters); semantic: by meaning, "
            "across languages; hybrid: both, and what resembles it (typos, synonyms, pinyin)."
        ),
    )
    conversation_id = serializers.CharField(required=False, max_length=MAX_ID, help_text="Only in this conversation.")
    sender_id = serializers.CharField(required=False, max_length=MAX_ID, help_text="Only by this person.")
    kind = serializers.ChoiceField(choices=MessageKind.choices, required=False, help_text="Only of this kind.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        span = "a moment (RFC 3339) or a day (UTC), inclusive"
        return super().get_fields() | {
            "from": MomentField(is_end=False, required=False, help_text=f"Sent since: {span}."),
            "to": MomentField(is_end=True, required=False, help_text=f"Sent until: {span}."),
        }
