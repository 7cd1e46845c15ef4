"""The user's devices and password (flow 1)."""

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.addresses import client_address
from accounts.api.auth import OpenView
from accounts.api.requests import caller_of, parse_body
from accounts.selectors import list_sessions
from accounts.serializers import PasswordSerializer, ResetConfirmSerializer, ResetSerializer, SessionSerializer
from accounts.services.passwords import change_password, confirm_reset, request_reset
from accounts.services.sessions import end_own_session
from core.ids import parse_id
from core.paging import PageQuery, read_page_request
from core.schema import error_responses, page_of


class SessionListView(APIView):
    """auth/sessions."""

    @extend_schema(
        operation_id="list_sessions",
        parameters=[PageQuery],
        responses={200: page_of(SessionSerializer, "SessionPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """The caller's devices, newest first."""
        user, grant = caller_of(request)
        page = list_sessions(user.pk, read_page_request(request))
        context = {"session_id": grant.session_id}
        return Response(page.as_dict(lambda session: SessionSerializer(session, context=context).data))


class SessionView(APIView):
    """auth/sessions/{id}."""

    @extend_schema(operation_id="end_session", responses={204: None, **error_responses(401, 404)})
    def delete(self, request: Request, session_id: str) -> Response:
        """End a device's session, its tokens and its sockets."""
        end_own_session(caller_of(request)[0].pk, parse_id(session_id))
        return Response(status=204)


class PasswordView(APIView):
    """auth/password."""

    @extend_schema(
        operation_id="change_password",
        request=PasswordSerializer,
        responses={204: None, **error_responses(400, 401, 429)},
    )
    def post(self, request: Request) -> Response:
        """Change the password and end every other session."""
        body = parse_body(PasswordSerializer, request)
        user, grant = caller_of(request)
        change_password(user.pk, grant.session_id, body["old_password"], body["new_password"])
        return Response(status=204)


class PasswordResetView(OpenView):
    """auth/password-reset."""

    @extend_schema(
        operation_id="request_password_reset",
        request=ResetSerializer,
        responses={204: None, **error_responses(400, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """Mail a reset token. The answer is the same for any address, and ends no session."""
        email = parse_body(ResetSerializer, request)["email"]
        request_reset(email, get_language() or "en", client_address(request.META))
        return Response(status=204)


class PasswordResetConfirmView(OpenView):
    """auth/password-reset/confirm."""

    @extend_schema(
        operation_id="confirm_password_reset",
        request=ResetConfirmSerializer,
        responses={204: None, **error_responses(400, 429)},
    )
    def post(self, request: Request) -> Response:
        """Set a new password with a mailed token and end all sessions."""
        body = parse_body(ResetConfirmSerializer, request)
        confirm_reset(body["token"], body["new_password"], client_address(request.META))
        return Response(status=204)
