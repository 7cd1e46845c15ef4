"""What every messaging view does first: let the caller into the conversation, read the body or the query."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from core.api import StrictSerializer
from messaging.selectors.access import Place, access_place


def enter(request: Request, conversation: str) -> Place:
    """The conversation named in the path, for the caller. Raises CONVERSATION_NOT_FOUND."""
    return access_place(request.user.pk, conversation)


def parse_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The checked fields of the body. Raises INVALID_REQUEST naming those that are wrong or unknown."""
    return _parse(serializer, request.data)


def parse_query(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The checked query parameters. Raises INVALID_REQUEST."""
    return _parse(serializer, request.query_params)


def _parse(serializer: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    parsed = serializer(data=data)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)
