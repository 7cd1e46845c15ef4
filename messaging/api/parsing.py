"""What every messaging view does first: let the caller into the conversation, read the query."""

from typing import Any

from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.api.requests import caller_of
from core.ratelimits import check_rate
from messaging.selectors.access import Place, access_place

WRITES_A_MINUTE = 120


def caller_id(request: Request) -> int:
    """The authenticated user's id. Raises AUTH_FAILED."""
    return caller_of(request)[0].pk


def enter(request: Request, conversation: str) -> Place:
    """The conversation named in the path, for the caller. Raises CONVERSATION_NOT_FOUND."""
    return access_place(caller_id(request), conversation)


def check_write_rate(request: Request) -> None:
    """Counts a change made over HTTP against its author. Raises RATE_LIMITED above WRITES_A_MINUTE."""
    check_rate("messaging.writes", str(caller_id(request)), limit=WRITES_A_MINUTE, period_s=60)


def parse_query(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The checked query parameters. Raises INVALID_REQUEST."""
    parsed = serializer(data=request.query_params)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)
