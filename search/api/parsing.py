"""What every search view does: count the call against its caller, read the query, forbid keeping the answer."""

from typing import Any, Final

import msgspec
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from core.ratelimits import check_rate
from messaging.api.parsing import caller_id, parse_query

SEARCHES_A_MINUTE: Final = 120


def enter_search(request: Request, serializer: type[Serializer[Any]]) -> tuple[int, dict[str, Any]]:
    """The caller's id and the checked parameters. Raises RATE_LIMITED above SEARCHES_A_MINUTE, INVALID_REQUEST."""
    user_id = caller_id(request)
    check_rate("search.user", str(user_id), limit=SEARCHES_A_MINUTE, period_s=60)
    return user_id, parse_query(serializer, request)


def answer(found: msgspec.Struct) -> Response:
    """What was found, for the caller alone and for now: it may be withdrawn at any moment."""
    return Response(msgspec.to_builtins(found), headers={"Cache-Control": "private, no-store"})
