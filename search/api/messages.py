"""Search in messages."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.paging import read_page_request
from core.struct_schema import refusals
from search.api.parsing import answer, enter_search
from search.selectors.messages import MessageHits, MessageSearch, Mode, search_messages
from search.serializers import MessageSearchQuery


class MessageSearchView(APIView):
    """search/messages."""

    @extend_schema(
        operation_id="search_messages",
        parameters=[MessageSearchQuery],
        responses={200: MessageHits}
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.CONVERSATION_NOT_FOUND, ErrorCode.RATE_LIMITED),
    )
    def get(self, request: Request) -> Response:
        """What the caller may read now: in the conversations that they are in, from where their history begins.

        Every hit is read from the database as it is now; `total` and `highlights` know nothing else.
        """
        user_id, query = enter_search(request, MessageSearchQuery)
        search = MessageSearch(
            q=query["q"],
            mode=Mode(query["mode"]),
            conversation_id=query.get("conversation_id"),
            sender_id=query.get("sender_id"),
            kind=query.get("kind"),
            since=query.get("from"),
            until=query.get("to"),
        )
        return answer(search_messages(user_id, search, read_page_request(request)))
