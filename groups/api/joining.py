"""Invites, joining by one, and the requests of those who wait for approval."""

from datetime import timedelta

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from accounts.serializers import NothingSerializer
from core.ids import parse_id
from core.paging import PageQuery, read_page_request
from core.schema import error_responses, page_of
from groups.api.parsing import caller, parse_group_id
from groups.models import Invite
from groups.selectors import list_invites, list_join_requests, view_group, view_invite, view_join_request
from groups.serializers import (
    CreateInvite,
    GroupAnswer,
    InviteAnswer,
    JoinRequestAnswer,
    PendingAnswer,
    UseInvite,
)
from groups.services.invites import create_invite, join_group, revoke_invite
from groups.services.requests import approve_request, reject_request


def invite_url(request: Request, token: str) -> str:
    """The link that a person opens: on PUBLIC_URL where it is set, else on the address this request came to."""
    path = f"/join/{token}"
    return settings.PUBLIC_URL.rstrip("/") + path if settings.PUBLIC_URL else request.build_absolute_uri(path)


class InviteListView(APIView):
    @extend_schema(
        parameters=[PageQuery],
        responses={200: page_of(InviteAnswer, "InvitePage"), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, group: str) -> Response:
        """The live invites, newest first, for owner and admins; in an open group a member's own."""
        page = list_invites(caller(request).pk, parse_group_id(group), read_page_request(request))
        return Response(page.as_dict(lambda invite: view_invite(invite, invite_url(request, invite.token))))

    @extend_schema(request=CreateInvite, responses={201: InviteAnswer, **error_responses(400, 401, 403, 404, 409)})
    def post(self, request: Request, group: str) -> Response:
        """Make an invite, as owner or admin; in an open group every member may."""
        body = parse_body(CreateInvite, request)
        expires_in = body.get("expires_in")
        invite: Invite = create_invite(
            parse_group_id(group),
            caller(request).pk,
            max_uses=body.get("max_uses") or 0,
            lifetime=timedelta(seconds=expires_in) if expires_in is not None else None,
        )
        return Response(view_invite(invite, invite_url(request, invite.token)), status=201)


class InviteView(APIView):
    @extend_schema(responses={204: None, **error_responses(401, 403, 404)})
    def delete(self, request: Request, group: str, invite: str) -> Response:
        """Revoke an invite."""
        revoke_invite(parse_group_id(group), caller(request).pk, invite)
        return Response(status=204)


class JoinView(APIView):
    @extend_schema(
        request=UseInvite,
        responses={200: GroupAnswer, 202: PendingAnswer, **error_responses(400, 401, 404, 409)},
    )
    def post(self, request: Request) -> Response:
        """Join by an invite: 200 with the group, or 202 where members are approved and the request now waits.

        Invites that never were, are used up, expired or revoked look alike: `NOT_FOUND`.
        """
        joining = join_group(caller(request).pk, parse_body(UseInvite, request)["invite"])
        if joining.pending:
            return Response({"status": "pending"}, status=202)
        return Response(view_group(caller(request).pk, joining.group_id))


class JoinRequestListView(APIView):
    @extend_schema(
        parameters=[PageQuery],
        responses={200: page_of(JoinRequestAnswer, "JoinRequestPage"), **error_responses(400, 401, 403, 404)},
    )
    def get(self, request: Request, group: str) -> Response:
        """Who asks to be let in, oldest first, for owner and admins."""
        page = list_join_requests(caller(request).pk, parse_group_id(group), read_page_request(request))
        return Response(page.as_dict(view_join_request))


class ApproveView(APIView):
    @extend_schema(request=NothingSerializer, responses={204: None, **error_responses(401, 403, 404, 409)})
    def post(self, request: Request, group: str, join_request: str) -> Response:
        """Let the person in, as owner or admin."""
        parse_body(NothingSerializer, request)
        approve_request(parse_group_id(group), caller(request).pk, parse_id(join_request))
        return Response(status=204)


class RejectView(APIView):
    @extend_schema(request=NothingSerializer, responses={204: None, **error_responses(401, 403, 404)})
    def post(self, request: Request, group: str, join_request: str) -> Response:
        """Decline, as owner or admin. The person is not told, and may ask again."""
        parse_body(NothingSerializer, request)
        reject_request(parse_group_id(group), caller(request).pk, parse_id(join_request))
        return Response(status=204)
