"""Uploading: announce, send to the storage, complete."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.requests import parse_body
from core.errors import ErrorCode
from core.ids import parse_id
from core.struct_schema import refusals
from files.api.parsing import throttled_caller
from files.serializers import CompleteFile, CreateFile
from files.services.completing import NamedPart, complete_upload
from files.services.uploading import NewFile, list_parts, start_upload
from files.wire import CompletedUpload, PartsView, StartedUpload, view_file


class FileListView(APIView):
    @extend_schema(
        operation_id="create_file",
        request=CreateFile,
        responses={201: StartedUpload}
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.MESSAGE_TOO_LARGE,
            ErrorCode.FORBIDDEN,
            ErrorCode.RATE_LIMITED,
            ErrorCode.UNAVAILABLE,
        ),
    )
    def post(self, request: Request) -> Response:
        """Announce a file. Its bytes are then PUT straight to object storage, with exactly this size and type.

        Above 16 MiB `upload.parts` names the parts to PUT, each with its size, in place of `upload.url`.
        FORBIDDEN, with `details` quota_bytes and used_bytes, where there is no room left.
        """
        user_id = throttled_caller(request, "files.create")
        return Response(start_upload(user_id, NewFile(**parse_body(CreateFile, request))), status=201)


class FilePartsView(APIView):
    @extend_schema(
        operation_id="list_file_parts",
        responses={200: PartsView}
        | refusals(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE),
    )
    def get(self, request: Request, file: str) -> Response:
        """What has arrived of the caller's own pending upload, and fresh addresses for the rest: to go on with it."""
        return Response(list_parts(throttled_caller(request, "files.parts"), parse_id(file)))


class FileCompleteView(APIView):
    @extend_schema(
        operation_id="complete_file",
        request=CompleteFile,
        responses={200: CompletedUpload}
        | refusals(
            ErrorCode.INVALID_REQUEST,
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.CONTENT_REJECTED,
            ErrorCode.RATE_LIMITED,
            ErrorCode.UNAVAILABLE,
        ),
    )
    def post(self, request: Request, file: str) -> Response:
        """The bytes are there: check their size and real type; only then may a message carry the file.

        CONTENT_REJECTED says why in `details.reason` (size, type, pixels, checksum, infected) and is final; CONFLICT
        means that bytes are missing (`details.missing_parts`). May be repeated.
        """
        user_id = throttled_caller(request, "files.complete")
        named = [NamedPart(**part) for part in parse_body(CompleteFile, request).get("parts", [])]
        return Response({"file": view_file(complete_upload(user_id, parse_id(file), named))})
