"""Groups themselves: create, read, change, dissolve, transfer, leave."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from accounts.serializers import NothingSerializer
from core.schema import error_responses
from groups.api.parsing import caller, parse_group_id
from groups.selectors import view_group
from groups.serializers import CreateGroup, GroupAnswer, TransferGroup, UpdateGroup
from groups.services.leaving import leave_group
from groups.services.ownership import transfer_group
from groups.services.profile import create_group, dissolve_group, update_group


class GroupListView(APIView):
    @extend_schema(request=CreateGroup, responses={201: GroupAnswer, **error_responses(400, 401, 403, 404, 409)})
    def post(self, request: Request) -> Response:
        """Make a group. The caller owns it; guests cannot.

        `member_ids` come in at once, where their privacy settings allow it.
        """
        body = parse_body(CreateGroup, request)
        name, member_ids = body.pop("name"), body.pop("member_ids")
        group_id = create_group(caller(request), name=name, member_ids=member_ids, profile=body)
        return Response(view_group(caller(request).pk, group_id), status=201)


class GroupView(APIView):
    @extend_schema(responses={200: GroupAnswer, **error_responses(401, 404)})
    def get(self, request: Request, group: str) -> Response:
        """A group that the caller is in."""
        return Response(view_group(caller(request).pk, parse_group_id(group)))

    @extend_schema(request=UpdateGroup, responses={200: GroupAnswer, **error_responses(400, 401, 403, 404)})
    def patch(self, request: Request, group: str) -> Response:
        """Change the profile, as owner or admin."""
        group_id = parse_group_id(group)
        update_group(group_id, caller(request).pk, parse_body(UpdateGroup, request))
        return Response(view_group(caller(request).pk, group_id))

    @extend_schema(responses={204: None, **error_responses(401, 403, 404)})
    def delete(self, request: Request, group: str) -> Response:
        """Dissolve the group for everyone, as its owner."""
        dissolve_group(parse_group_id(group), caller(request).pk)
        return Response(status=204)


class LeaveView(APIView):
    @extend_schema(request=NothingSerializer, responses={204: None, **error_responses(401, 404, 409)})
    def post(self, request: Request, group: str) -> Response:
        """Leave the group.

        The owner transfers it first; an owner who is alone in it dissolves it by leaving.
        """
        parse_body(NothingSerializer, request)
        leave_group(parse_group_id(group), caller(request).pk)
        return Response(status=204)


class TransferView(APIView):
    @extend_schema(request=TransferGroup, responses={200: GroupAnswer, **error_responses(400, 401, 403, 404, 409)})
    def post(self, request: Request, group: str) -> Response:
        """Make another member the owner; the caller, who owns it, becomes an admin."""
        group_id = parse_group_id(group)
        transfer_group(group_id, caller(request).pk, parse_body(TransferGroup, request)["user_id"])
        return Response(view_group(caller(request).pk, group_id))
