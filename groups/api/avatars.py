"""A group's picture."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from core.ids import parse_id
from core.schema import error_responses
from files.api.parsing import throttled_caller
from files.serializers import ChooseAvatar
from groups.api.parsing import parse_group_id
from groups.selectors import view_group
from groups.serializers import GroupAnswer
from groups.services.avatars import remove_group_avatar, set_group_avatar


class GroupAvatarView(APIView):
    @extend_schema(
        operation_id="set_group_avatar",
        request=ChooseAvatar,
        responses={200: GroupAnswer, **error_responses(400, 401, 403, 404, 429, 503)},
    )
    def put(self, request: Request, group: str) -> Response:
        """Have the group's picture made of one that the caller, who is its owner or an admin, has uploaded."""
        group_id, user_id = parse_group_id(group), throttled_caller(request, "files.avatar")
        set_group_avatar(group_id, user_id, parse_id(parse_body(ChooseAvatar, request)["file_id"]))
        return Response(view_group(user_id, group_id))

    @extend_schema(operation_id="remove_group_avatar", responses={204: None, **error_responses(401, 403, 404, 429)})
    def delete(self, request: Request, group: str) -> Response:
        """Leave the group without a picture, as its owner or an admin."""
        remove_group_avatar(parse_group_id(group), throttled_caller(request, "files.avatar"))
        return Response(status=204)
