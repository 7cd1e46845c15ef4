"""Reports from the client, and what came of them."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import caller_of, parse_body
from core.paging import PageQuery, read_page_request
from core.schema import error_responses, page_of
from moderation.models import Reason
from moderation.selectors import list_own_reports
from moderation.serializers import FiledReportSerializer, ReportSerializer
from moderation.services.reporting import Complaint, report


class ReportView(APIView):
    """reports."""

    @extend_schema(
        operation_id="report",
        request=ReportSerializer,
        responses={201: FiledReportSerializer, **error_responses(400, 401, 404, 429)},
    )
    def post(self, request: Request) -> Response:
        """Report a message, a person or a conversation to the moderators, who keep a copy of what it is about.

        Reported again while it is open, it is the same report.
        """
        body = parse_body(ReportSerializer, request)
        complaint = Complaint(**{**body, "reason": Reason(body["reason"])})
        filed = report(caller_of(request)[0], complaint)
        return Response(FiledReportSerializer(filed).data, status=201)


class OwnReportListView(APIView):
    """users/me/reports."""

    @extend_schema(
        operation_id="list_own_reports",
        parameters=[PageQuery],
        responses={200: page_of(FiledReportSerializer, "ReportPage"), **error_responses(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """What the caller has reported, the newest first, with what came of it."""
        page = list_own_reports(caller_of(request)[0].pk, read_page_request(request))
        return Response(page.as_dict(lambda row: FiledReportSerializer(row).data))
