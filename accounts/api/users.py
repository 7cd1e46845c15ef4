"""Profiles: one's own and others'."""

from datetime import timedelta

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import caller_of, parse_body
from accounts.selectors import get_profile, list_users, search_users
from accounts.serializers import (
    ErasureSerializer,
    MeSerializer,
    ProfileChangeSerializer,
    ProfileSerializer,
    UserSearchQuery,
    UserSerializer,
)
from accounts.services.erasure import request_erasure
from accounts.services.profile import update_profile
from accounts.services.throttles import check_limit
from core.ids import parse_id
from core.paging import Page, PageQuery, read_page_request
from core.schema import error_responses, page_of


class MeView(APIView):
    """users/me."""

    @extend_schema(operation_id="get_me", responses={200: MeSerializer, **error_responses(401)})
    def get(self, request: Request) -> Response:
        """The caller, with e-mail, settings and privacy."""
        return Response(MeSerializer(caller_of(request)[0]).data)

    @extend_schema(
        operation_id="update_me",
        request=ProfileChangeSerializer,
        responses={200: MeSerializer, **error_responses(400, 401)},
    )
    def patch(self, request: Request) -> Response:
        """Change what is given of display name, e-mail, settings and privacy."""
        changes = parse_body(ProfileChangeSerializer, request)
        return Response(MeSerializer(update_profile(caller_of(request)[0].pk, changes)).data)

    @extend_schema(operation_id="erase_me", responses={202: ErasureSerializer, **error_responses(401)})
    def delete(self, request: Request) -> Response:
        """Close the account now and have it erased after a short grace."""
        requested_at = request_erasure(caller_of(request)[0].pk)
        erased_after = requested_at + timedelta(seconds=settings.ACCOUNT_ERASURE_GRACE_S)
        return Response(ErasureSerializer({"erased_after": erased_after}).data, status=202)


class UserView(APIView):
    """users/{id}."""

    @extend_schema(operation_id="get_user", responses={200: ProfileSerializer, **error_responses(401, 404)})
    def get(self, request: Request, user_id: str) -> Response:
        """A user, and what they are to the caller. An erased account answers with what is left of it: its id."""
        return Response(ProfileSerializer(get_profile(caller_of(request)[0].pk, parse_id(user_id))).data)


class UserSearchView(APIView):
    """users?q= and users?ids=."""

    @extend_schema(
        operation_id="search_users",
        parameters=[UserSearchQuery, PageQuery],
        responses={200: page_of(UserSerializer, "UserPage"), **error_responses(400, 401, 429)},
    )
    def get(self, request: Request) -> Response:
        """Users whose username or display name starts with `q`, or whose id it is; exact hits first.

        With `ids` instead (at most 200), these users as GET users/{id} has them, on one page; unknown ids are left out.
        """
        query = UserSearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        if ids := query.validated_data.get("ids"):
            page = Page(list_users({int(each) for each in ids.split(",")}), None)
        else:
            check_limit("user-search.user", caller_of(request)[0].pk)
            page = search_users(query.validated_data["q"], read_page_request(request))
        return Response(page.as_dict(lambda user: UserSerializer(user).data))
