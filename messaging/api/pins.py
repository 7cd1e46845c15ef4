"""Pinned messages."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.paging import PageQuery, read_page_request
from core.struct_schema import page_struct, refusals
from messaging.api.parsing import caller_id, check_write_rate, enter
from messaging.selectors.access import access_message
from messaging.selectors.pins import pins_page
from messaging.services.pins import pin_message, unpin_message
from messaging.wire import MessageView


class PinnedMessage(MessageView, frozen=True, kw_only=True):
    """A message, who pinned it and when."""

    pinned_by: str
    pinned_at: str


PinPage = page_struct("PinPage", PinnedMessage)
NO_CONTENT = OpenApiResponse(description="Done, or it was so already.")
REFUSALS = refusals(
    ErrorCode.CONVERSATION_NOT_FOUND,
    ErrorCode.MESSAGE_NOT_FOUND,
    ErrorCode.FORBIDDEN,
    ErrorCode.BLOCKED,
    ErrorCode.CONFLICT,
    ErrorCode.RATE_LIMITED,
)


class PinListView(APIView):
    @extend_schema(
        operation_id="list_pins",
        parameters=[PageQuery],
        responses={200: PinPage} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str) -> Response:
        """The pinned messages, the newest pin first."""
        page = pins_page(enter(request, conversation), read_page_request(request))
        return Response(page.as_dict(lambda pin: pin))


class PinView(APIView):
    @extend_schema(operation_id="pin_message", request=None, responses={204: NO_CONTENT} | REFUSALS)
    def put(self, request: Request, conversation: str, message: str) -> Response:
        """Pin a message for everyone: in a direct conversation anyone may, elsewhere its owner and admins."""
        check_write_rate(request)
        pin_message(caller_id(request), access_message(enter(request, conversation), message))
        return Response(status=204)

    @extend_schema(operation_id="unpin_message", request=None, responses={204: NO_CONTENT} | REFUSALS)
    def delete(self, request: Request, conversation: str, message: str) -> Response:
        """Take a pin away."""
        check_write_rate(request)
        unpin_message(caller_id(request), access_message(enter(request, conversation), message))
        return Response(status=204)
