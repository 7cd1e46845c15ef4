"""Search for files by name."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.paging import read_page_request
from core.struct_schema import refusals
from search.api.parsing import answer, enter_search
from search.selectors.files import FilesFound, search_files
from search.serializers import NameSearchQuery


class FileSearchView(APIView):
    """search/files."""

    @extend_schema(
        operation_id="search_files",
        parameters=[NameSearchQuery],
        responses={200: FilesFound} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.RATE_LIMITED),
    )
    def get(self, request: Request) -> Response:
        """Files in messages that the caller may read now, by any part of their name, its pinyin or its initials."""
        user_id, query = enter_search(request, NameSearchQuery)
        return answer(search_files(user_id, query["q"], read_page_request(request)))
