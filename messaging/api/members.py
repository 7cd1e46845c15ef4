"""Who is in a conversation, and who has read a message."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.paging import PageQuery, read_page_request
from core.struct_schema import page_struct, refusals
from messaging.api.parsing import enter, parse_query
from messaging.selectors.access import access_message
from messaging.selectors.members import MemberView, members_page, readers_page
from messaging.serializers import MemberParameters, ReaderParameters
from messaging.wire import UserView

MemberPage = page_struct("MemberPage", MemberView)


class ReadersPage(msgspec.Struct, frozen=True):
    """A page of the people a message went to; the counts are of all of them."""

    read: list[UserView]
    unread: list[UserView]
    read_count: int
    unread_count: int
    next_cursor: str | None


class MemberListView(APIView):
    @extend_schema(
        operation_id="list_members",
        parameters=[MemberParameters, PageQuery],
        responses={200: MemberPage} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str) -> Response:
        """The members, or those whose name starts with `q`; in conversations of up to 50, with how far each has read
        and received."""
        place = enter(request, conversation)
        name = parse_query(MemberParameters, request).get("q", "")
        return Response(members_page(place, read_page_request(request), name=name).as_dict(msgspec.to_builtins))


class ReaderListView(APIView):
    @extend_schema(
        operation_id="list_readers",
        parameters=[ReaderParameters, PageQuery],
        responses={200: ReadersPage}
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND, ErrorCode.MESSAGE_NOT_FOUND),
    )
    def get(self, request: Request, conversation: str, message: str) -> Response:
        """Who has read a message and who has not; its sender and those who came later are left out.

        With `only`, the lists have one of the two; the counts are of all.
        """
        place = enter(request, conversation)
        found = access_message(place, message)
        only = parse_query(ReaderParameters, request).get("only")
        read = None if only is None else only == "read"
        return Response(readers_page(place, found, read_page_request(request), read=read).as_dict())
