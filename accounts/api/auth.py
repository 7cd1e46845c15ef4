"""Getting in: register, log in, guest, refresh, log out (flow 1)."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import caller_of, device_of, parse_body
from accounts.models import User
from accounts.serializers import (
    GuestSerializer,
    LoginSerializer,
    NothingSerializer,
    RefreshSerializer,
    RegisterSerializer,
    TicketSerializer,
    TokensSerializer,
    UpgradeSerializer,
    UserSerializer,
    UserWithTokensSerializer,
)
from accounts.services.login import log_in
from accounts.services.registration import Credentials, register, register_guest, upgrade_guest
from accounts.services.sessions import end_own_session
from accounts.services.tickets import TICKET_LIFETIME_S, issue_ticket
from accounts.services.tokens import TokenPair, rotate_refresh
from core.schema import error_responses


class OpenView(APIView):
    """A call that needs no session; a stale Authorization header does not spoil it."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(OpenView):
    """auth/register."""

    @extend_schema(
        operation_id="register",
        request=RegisterSerializer,
        responses={201: UserWithTokensSerializer, **error_responses(400, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        """Make an account and log it in. A weak password is refused with 400, a taken name with 409."""
        user, tokens = register(Credentials(**parse_body(RegisterSerializer, request)), device_of(request))
        return Response(_logged_in(user, tokens), status=201)


class LoginView(OpenView):
    """auth/login."""

    @extend_schema(
        operation_id="login",
        request=LoginSerializer,
        responses={200: UserWithTokensSerializer, **error_responses(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        """Log in on a device. The answer does not tell whether the name or the password was wrong."""
        body = parse_body(LoginSerializer, request)
        user, tokens = log_in(body["username"], body["password"], device_of(request, body["device_name"]))
        return Response(_logged_in(user, tokens))


class GuestView(OpenView):
    """auth/guest."""

    @extend_schema(
        operation_id="register_guest",
        request=GuestSerializer,
        responses={201: UserWithTokensSerializer, **error_responses(400, 429)},
    )
    def post(self, request: Request) -> Response:
        """Come in as a guest; auth/upgrade turns it into an account."""
        user, tokens = register_guest(parse_body(GuestSerializer, request)["display_name"], device_of(request))
        return Response(_logged_in(user, tokens), status=201)


class UpgradeView(APIView):
    """auth/upgrade."""

    @extend_schema(
        operation_id="upgrade_guest",
        request=UpgradeSerializer,
        responses={201: UserWithTokensSerializer, **error_responses(400, 401, 409)},
    )
    def post(self, request: Request) -> Response:
        """Turn the guest who asks into an account with the same id and history."""
        caller, grant = caller_of(request)
        user, tokens = upgrade_guest(caller.pk, grant.session_id, Credentials(**parse_body(UpgradeSerializer, request)))
        return Response(_logged_in(user, tokens), status=201)


class RefreshView(OpenView):
    """auth/refresh."""

    @extend_schema(
        operation_id="refresh",
        request=RefreshSerializer,
        responses={200: TokensSerializer, **error_responses(400, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token. Used again within 20 s it gives the same successor; later, it ends the session."""
        return Response(rotate_refresh(parse_body(RefreshSerializer, request)["refresh"]).as_dict())


class LogoutView(APIView):
    """auth/logout."""

    @extend_schema(operation_id="logout", request=NothingSerializer, responses={204: None, **error_responses(400, 401)})
    def post(self, request: Request) -> Response:
        """End this session, its tokens and its sockets."""
        parse_body(NothingSerializer, request)
        user, grant = caller_of(request)
        end_own_session(user.pk, grant.session_id, reason="logout")
        return Response(status=204)


class TicketView(APIView):
    """auth/ws-ticket."""

    @extend_schema(
        operation_id="issue_ticket",
        request=NothingSerializer,
        responses={201: TicketSerializer, **error_responses(400, 401, 429, 503)},
    )
    def post(self, request: Request) -> Response:
        """A ticket that opens one socket: `/ws/?ticket=`, once, within 30 s."""
        parse_body(NothingSerializer, request)
        ticket = issue_ticket(caller_of(request)[1])
        return Response({"ticket": ticket, "expires_in": TICKET_LIFETIME_S}, status=201)


def _logged_in(user: User, tokens: TokenPair) -> dict[str, object]:
    return {"user": UserSerializer(user).data, **tokens.as_dict()}
