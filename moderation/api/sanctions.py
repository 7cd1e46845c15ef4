"""What stands against the caller, and objecting to it."""

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.addresses import client_address
from accounts.api.requests import caller_of, parse_body
from accounts.models import User
from accounts.services.throttles import network_of
from core.errors import DomainError, ErrorCode
from core.ids import parse_id
from core.paging import PageQuery, read_page_request
from core.ratelimits import check_rate
from core.schema import error_responses, page_of
from moderation.selectors import list_own_sanctions
from moderation.serializers import AppealSerializer, AppealTextSerializer, SanctionSerializer
from moderation.services.appeals import appeal, appeal_by_token

APPEALS_AN_HOUR = 20


class OwnSanctionListView(APIView):
    """users/me/sanctions."""

    @extend_schema(
        operation_id="list_own_sanctions",
        parameters=[PageQuery],
        responses={200: page_of(SanctionSerializer, "SanctionPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """What stands against the caller, the newest first, with the reason and the appeal."""
        page = list_own_sanctions(caller_of(request)[0].pk, read_page_request(request))
        return Response(page.as_dict(lambda row: SanctionSerializer(row).data))


class AppealView(APIView):
    """sanctions/{id}/appeal."""

    permission_classes = (AllowAny,)

    def perform_authentication(self, request: Request) -> None:
        """Only where no appeal_token comes with the call: a ban has ended the session that a client may still send."""

    @extend_schema(
        operation_id="appeal",
        request=AppealTextSerializer,
        responses={201: AppealSerializer, **error_responses(400, 401, 404, 409, 429)},
    )
    def post(self, request: Request, sanction_id: str) -> Response:
        """Object to a sanction, once: with a session, or with the appeal_token of a BANNED answer."""
        check_rate("appeal.address", network_of(client_address(request.META)), limit=APPEALS_AN_HOUR, period_s=3600)
        body = parse_body(AppealTextSerializer, request)
        number = parse_id(sanction_id)
        if "appeal_token" in body:
            filed = appeal_by_token(number, body["appeal_token"], body["text"])
        elif isinstance(request.user, User):
            filed = appeal(number, request.user.pk, body["text"])
        else:
            raise DomainError(ErrorCode.AUTH_FAILED)
        return Response(AppealSerializer(filed).data, status=201)
