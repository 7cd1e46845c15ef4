"""Summaries, the brief, and the ledger of one's own messages."""

from typing import Any, Final

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from ai_agent.digests.wire import Brief, LedgerPage, StillWorking, Summary
from ai_agent.selectors.ledger import own_entries
from ai_agent.services.briefs import ask_brief
from ai_agent.services.summaries import ask_summary
from core.api import StrictSerializer
from core.errors import ErrorCode
from core.ids import MAX_SEQ
from core.paging import PageQuery, read_page_request
from core.ratelimits import check_rate
from core.struct_schema import refusals
from messaging.api.parsing import caller_id, enter, parse_query

DIGESTS_A_MINUTE: Final = 90
"""With those who ask again because theirs is not made yet."""
STILL_WORKING: Final = OpenApiResponse(StillWorking, description="It is being made: ask again the same way.")
# What stands here may be withdrawn at any moment.
HEADERS: Final = {"Cache-Control": "private, no-store"}


class SummaryBody(StrictSerializer):
    """POST conversations/{id}/summary: without after_seq, what the caller has not read."""

    after_seq = serializers.IntegerField(required=False, min_value=0, max_value=MAX_SEQ)


class BriefParameters(serializers.Serializer[Any]):
    """GET users/me/brief: without since, what the caller has not read; with it, what came from that moment on."""

    since = serializers.DateTimeField(required=False)

    def validate_since(self, value: Any) -> Any:
        """A moment that has been."""
        if value > timezone.now():
            raise serializers.ValidationError(_("This moment is still to come."))
        return value


class SummaryView(APIView):
    @extend_schema(
        operation_id="summarise_conversation",
        request=SummaryBody,
        responses={200: Summary, 202: STILL_WORKING}
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.CONVERSATION_NOT_FOUND,
            ErrorCode.FORBIDDEN,
            ErrorCode.RATE_LIMITED,
            ErrorCode.UNAVAILABLE,
        ),
    )
    def post(self, request: Request, conversation: str) -> Response:
        """A cited summary of what the caller has not read in a conversation, in the language of Accept-Language.

        Made of messages that the caller may read now and whose senders let AI read them when it is asked in their chat.
        A budget that is used up: RATE_LIMITED, with `details.scope` (`user`, `site`) and `details.resets_at`; AI that
        is switched off: FORBIDDEN with `details.scope` `off`.
        """
        check_rate("ai.digests", str(caller_id(request)), limit=DIGESTS_A_MINUTE, period_s=60)
        place = enter(request, conversation)
        return _answer(ask_summary(place, parse_body(SummaryBody, request).get("after_seq")))


class BriefView(APIView):
    @extend_schema(
        operation_id="get_brief",
        parameters=[BriefParameters],
        responses={200: Brief, 202: STILL_WORKING}
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.FORBIDDEN, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE),
    )
    def get(self, request: Request) -> Response:
        """What is new in all chats: decisions, questions to the caller and open points of each, cited.

        Refused as a summary is.
        """
        user_id = caller_id(request)
        check_rate("ai.digests", str(user_id), limit=DIGESTS_A_MINUTE, period_s=60)
        return _answer(ask_brief(user_id, parse_query(BriefParameters, request).get("since")))


class LedgerView(APIView):
    @extend_schema(
        operation_id="list_ai_ledger",
        parameters=[PageQuery],
        responses={200: LedgerPage} | refusals(ErrorCode.INVALID_REQUEST),
    )
    def get(self, request: Request) -> Response:
        """Which of the caller's messages went to which language model, when and for whom; the newest first."""
        page = own_entries(caller_id(request), read_page_request(request))
        return Response(page.as_dict(msgspec.to_builtins), headers=HEADERS)


def _answer(made: dict[str, Any] | None) -> Response:
    if made is None:
        return Response(msgspec.to_builtins(StillWorking()), status=202, headers=HEADERS)
    return Response(made, headers=HEADERS)
