"""Reading: what a file is, and for a minute where its bytes are. Each call looks anew whether the caller may see it."""

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import ErrorCode
from core.ids import parse_id
from core.struct_schema import refusals
from files.api.parsing import throttled_caller
from files.models import File
from files.selectors import ORIGINAL, THUMBNAIL, access_file, sign_download
from files.serializers import UrlParameters
from files.services.erasure import delete_unsent_file
from files.wire import FileView, UrlView, view_file

PRIVATE = {"Cache-Control": "private, no-store"}
REDIRECT = {302: OpenApiResponse(description="`Location` is a signed address that is good for at most 60 s.")}
REFUSALS = refusals(ErrorCode.NOT_FOUND, ErrorCode.RATE_LIMITED)


def access(request: Request, file: str) -> File:
    """The file, for a caller who may see it now. Raises NOT_FOUND, RATE_LIMITED."""
    return access_file(throttled_caller(request, "files.read"), parse_id(file))


class FileDetailView(APIView):
    @extend_schema(operation_id="get_file", responses={200: FileView} | REFUSALS)
    def get(self, request: Request, file: str) -> Response:
        """A file that the caller has uploaded and not sent yet, or that a message carries which they may see."""
        return Response(view_file(access(request, file)), headers=PRIVATE)

    @extend_schema(
        operation_id="delete_file",
        responses={204: None}
        | refusals(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE),
    )
    def delete(self, request: Request, file: str) -> Response:
        """Give up an upload, or a file of one's own that was never sent: it counts against the quota no longer."""
        delete_unsent_file(throttled_caller(request, "files.create"), parse_id(file))
        return Response(status=204)


class FileContentView(APIView):
    @extend_schema(operation_id="get_file_content", responses=REDIRECT | REFUSALS)
    def get(self, request: Request, file: str) -> Response:
        """The original, as an attachment."""
        return _redirect(access(request, file), ORIGINAL)


class FileThumbnailView(APIView):
    @extend_schema(operation_id="get_file_thumbnail", responses=REDIRECT | REFUSALS)
    def get(self, request: Request, file: str) -> Response:
        """A picture's thumbnail, at most 512 px wide and high; NOT_FOUND until it is made."""
        return _redirect(access(request, file), THUMBNAIL)


class FileUrlView(APIView):
    @extend_schema(
        operation_id="get_file_url",
        parameters=[UrlParameters],
        responses={200: UrlView} | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.NOT_FOUND, ErrorCode.RATE_LIMITED),
    )
    def get(self, request: Request, file: str) -> Response:
        """A signed address for `<img>` and players: of the original, or of a picture's preview or thumbnail."""
        parameters = UrlParameters(data=request.query_params)
        parameters.is_valid(raise_exception=True)
        found = access(request, file)
        return Response(sign_download(found, parameters.validated_data["variant"]), headers=PRIVATE)


def _redirect(file: File, variant: str) -> Response:
    return Response(status=302, headers={"Location": sign_download(file, variant)["url"], **PRIVATE})
