"""Reading what a call brings: its body, and the ids in its path."""

from typing import Any

from rest_framework.request import Request

from core.api import StrictSerializer
from core.errors import ErrorCode
from core.ids import parse_id


def parse_group_id(text: str) -> int:
    """A group's id; what is no id names no group. Raises CONVERSATION_NOT_FOUND."""
    return parse_id(text, ErrorCode.CONVERSATION_NOT_FOUND)


def parse_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The checked fields of the body. Raises INVALID_REQUEST naming those that are wrong or unknown."""
    parsed = serializer(data=request.data)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)
