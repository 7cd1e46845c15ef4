"""The members of a group: added, changed, removed. They are listed by the conversation's own API."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from core.ids import parse_id
from core.schema import error_responses
from groups.api.parsing import caller, parse_group_id
from groups.selectors import view_group, view_member
from groups.serializers import AddMembers, GroupAnswer, MemberAnswer, UpdateMember
from groups.services.members import add_to_group, change_member, remove_from_group
from messaging.models import Role
from messaging.services.membership import UNCHANGED


class MemberListView(APIView):
    @extend_schema(request=AddMembers, responses={200: GroupAnswer, **error_responses(400, 401, 403, 404, 409)})
    def post(self, request: Request, group: str) -> Response:
        """Add people, as owner or admin. All come in or none; who is in already stays as they are."""
        group_id = parse_group_id(group)
        add_to_group(group_id, caller(request).pk, parse_body(AddMembers, request)["user_ids"])
        return Response(view_group(caller(request).pk, group_id))


class MemberView(APIView):
    @extend_schema(request=UpdateMember, responses={200: MemberAnswer, **error_responses(400, 401, 403, 404, 409)})
    def patch(self, request: Request, group: str, user: str) -> Response:
        """Give a member another role (the owner; an admin may step down), or silence them until a moment.

        The owner silences anyone else, an admin members. `muted_until` null lifts it.
        """
        group_id, user_id = parse_group_id(group), parse_id(user)
        body = parse_body(UpdateMember, request)
        change_member(
            group_id,
            caller(request).pk,
            user_id,
            role=Role(body["role"]) if "role" in body else None,
            muted_until=body.get("muted_until", UNCHANGED),
        )
        return Response(view_member(group_id, user_id))

    @extend_schema(responses={204: None, **error_responses(401, 403, 404, 409)})
    def delete(self, request: Request, group: str, user: str) -> Response:
        """Remove someone: the owner anyone else, an admin members. Nothing that comes after reaches them."""
        remove_from_group(parse_group_id(group), caller(request).pk, parse_id(user))
        return Response(status=204)
