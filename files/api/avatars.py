"""Avatars: choosing one's own, and the pictures themselves."""

import re

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.addresses import client_address
from accounts.api.requests import parse_body
from accounts.serializers import MeSerializer
from accounts.services.throttles import network_of
from core.errors import DomainError, ErrorCode
from core.ids import parse_id
from core.ratelimits import check_rate
from core.struct_schema import refusals
from files.api.parsing import throttled_caller
from files.kinds import MADE_TYPE
from files.serializers import ChooseAvatar
from files.services.avatars import find_avatar, remove_user_avatar, set_user_avatar

PICTURES_A_MINUTE = 3000
TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
HEADERS = {
    # Another picture has another address.
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


class MyAvatarView(APIView):
    @extend_schema(
        operation_id="set_my_avatar",
        request=ChooseAvatar,
        responses={200: MeSerializer}
        | refusals(ErrorCode.INVALID_REQUEST, ErrorCode.NOT_FOUND, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE),
    )
    def put(self, request: Request) -> Response:
        """Have an avatar made of a picture that one has uploaded; `avatar_url` is new afterwards."""
        user_id = throttled_caller(request, "files.avatar")
        file_id = parse_id(parse_body(ChooseAvatar, request)["file_id"])
        return Response(MeSerializer(set_user_avatar(user_id, file_id)).data)

    @extend_schema(operation_id="remove_my_avatar", responses={204: None} | refusals(ErrorCode.RATE_LIMITED))
    def delete(self, request: Request) -> Response:
        """Be without an avatar."""
        remove_user_avatar(throttled_caller(request, "files.avatar"))
        return Response(status=204)


class AvatarView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="get_avatar",
        auth=[],
        responses={(200, MADE_TYPE): OpenApiTypes.BINARY}
        | refusals(ErrorCode.NOT_FOUND, ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE, authenticated=False),
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """A user's or group's picture, as its `avatar_url` names it. It never changes and needs no session."""
        network = network_of(client_address(request.META))
        check_rate("files.picture", network, limit=PICTURES_A_MINUTE, period_s=60.0)
        picture = find_avatar(token) if TOKEN.fullmatch(token) else None
        if picture is None:
            raise DomainError(ErrorCode.NOT_FOUND)
        return HttpResponse(picture, content_type=MADE_TYPE, headers=HEADERS)
