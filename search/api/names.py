"""Search for people and groups by name."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.paging import read_page_request
from core.struct_schema import refusals
from messaging.selectors.conversations import list_views
from messaging.wire import ConversationView, UserView, view_user
from search.api.parsing import answer, enter_search
from search.selectors.names import find_groups, find_people
from search.serializers import NameSearchQuery


class PeopleFound(msgspec.Struct, frozen=True):
    """Users, best first; `degraded`: the engine is away, and only beginnings of names were compared."""

    results: list[UserView]
    next_cursor: str | None
    degraded: bool


class GroupsFound(msgspec.Struct, frozen=True):
    """The caller's groups, best first; `degraded`: the engine is away, and only the most recent were looked at."""

    results: list[ConversationView]
    next_cursor: str | None
    degraded: bool


class UserSearchView(APIView):
    """search/users."""

    @extend_schema(
        operation_id="search_people",
        parameters=[NameSearchQuery],
        responses={200: PeopleFound} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.RATE_LIMITED),
    )
    def get(self, request: Request) -> Response:
        """Users by any part of their name or username, its pinyin or the initials of that."""
        _user_id, query = enter_search(request, NameSearchQuery)
        found = find_people(query["q"], read_page_request(request))
        people = [msgspec.convert(view_user(user), UserView) for user in found.rows]
        return answer(PeopleFound(people, found.next_cursor, found.degraded))


class GroupSearchView(APIView):
    """search/groups."""

    @extend_schema(
        operation_id="search_groups",
        parameters=[NameSearchQuery],
        responses={200: GroupsFound} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.RATE_LIMITED),
    )
    def get(self, request: Request) -> Response:
        """The groups that the caller is in, by any part of their name, its pinyin or the initials of that."""
        user_id, query = enter_search(request, NameSearchQuery)
        found = find_groups(user_id, query["q"], read_page_request(request))
        views = list_views(user_id, [group.pk for group in found.rows])
        groups = [msgspec.convert(view, ConversationView) for view in views]
        return answer(GroupsFound(groups, found.next_cursor, found.degraded))
