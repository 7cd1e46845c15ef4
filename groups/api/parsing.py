"""Who calls, and the group that the path names."""

from rest_framework.request import Request

from accounts.api.requests import caller_of
from accounts.models import User
from core.errors import ErrorCode
from core.ids import parse_id


def caller(request: Request) -> User:
    """The authenticated user. Raises AUTH_FAILED."""
    return caller_of(request)[0]


def parse_group_id(text: str) -> int:
    """A group's id; what is no id names no group. Raises CONVERSATION_NOT_FOUND."""
    return parse_id(text, ErrorCode.CONVERSATION_NOT_FOUND)
