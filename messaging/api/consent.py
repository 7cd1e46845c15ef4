"""What AI may read of a conversation: each member's own consent, and the cap of a group."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from core.errors import ErrorCode
from core.struct_schema import refusals
from messaging.api.parsing import check_write_rate, enter
from messaging.selectors.conversations import view_place
from messaging.serializers import SetConsent
from messaging.services.consent import set_consent
from messaging.wire import ConversationView


class ConsentView(APIView):
    @extend_schema(
        operation_id="set_ai_consent",
        request=SetConsent,
        responses={200: ConversationView}
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.CONVERSATION_NOT_FOUND,
            ErrorCode.FORBIDDEN,
            ErrorCode.RATE_LIMITED,
        ),
    )
    def patch(self, request: Request, conversation: str) -> Response:
        """Say what agents and summaries may read of what the caller writes here: nothing (`off`), what a member's
        question in this conversation needs (`on_request`), or also what a question elsewhere needs (`indexed`).

        `max` is the most that holds for anybody here; a group's owner sets it. Devices get `conversation-updated`.
        """
        check_write_rate(request)
        place = enter(request, conversation)
        body = parse_body(SetConsent, request)
        set_consent(place, setting=body.get("setting"), most=body.get("max"))
        return Response(view_place(place))
