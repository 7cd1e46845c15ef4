"""The caller's conversations: list, open, read, set one's own view."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from core.errors import ErrorCode
from core.paging import PageQuery, encode_cursor, read_page_request
from core.struct_schema import page_struct, refusals
from messaging.api.parsing import caller_id, check_write_rate, enter
from messaging.selectors.conversations import list_page, list_views, view_place
from messaging.serializers import OpenConversation, UpdateConversation
from messaging.services.conversations import open_direct, update_own_settings
from messaging.wire import ConversationView

ConversationPage = page_struct("ConversationPage", ConversationView)


class ConversationListView(APIView):
    @extend_schema(
        operation_id="list_conversations",
        parameters=[PageQuery],
        responses={200: ConversationPage} | refusals(ErrorCode.INVALID_REQUEST),
    )
    def get(self, request: Request) -> Response:
        """The caller's conversations, newest first, archived ones included."""
        views, page = list_page(caller_id(request), read_page_request(request))
        cursor = encode_cursor(page.next_after) if page.next_after is not None else None
        return Response({"results": views, "next_cursor": cursor})

    @extend_schema(
        operation_id="open_conversation",
        request=OpenConversation,
        responses={
            200: OpenApiResponse(ConversationView, description="It was there."),
            201: OpenApiResponse(ConversationView, description="It is new."),
        }
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.NOT_FOUND,
            ErrorCode.BLOCKED,
            ErrorCode.FORBIDDEN,
            ErrorCode.RATE_LIMITED,
        ),
    )
    def post(self, request: Request) -> Response:
        """Open the direct conversation with someone: the same two people always get the same one."""
        check_write_rate(request)
        body = parse_body(OpenConversation, request)
        conversation_id, created = open_direct(caller_id(request), body["user_id"])
        [view] = list_views(caller_id(request), [conversation_id])
        return Response(view, status=201 if created else 200)


class ConversationDetailView(APIView):
    @extend_schema(
        operation_id="get_conversation",
        responses={200: ConversationView} | refusals(ErrorCode.CONVERSATION_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str) -> Response:
        """A conversation that the caller is in."""
        return Response(view_place(enter(request, conversation)))

    @extend_schema(
        operation_id="update_conversation",
        request=UpdateConversation,
        responses={200: ConversationView}
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND, ErrorCode.RATE_LIMITED),
    )
    def patch(self, request: Request, conversation: str) -> Response:
        """Mute, pin or archive a conversation for oneself, or keep a draft in it.

        The caller's own sockets get `conversation-updated`.
        """
        check_write_rate(request)
        place = enter(request, conversation)
        update_own_settings(place, parse_body(UpdateConversation, request))
        return Response(view_place(place))
