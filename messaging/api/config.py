"""What a client must know before it signs in: limits, features, public keys."""

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.struct_schema import refusals
from messaging.selectors.config import ConfigView, view_config


class ConfigAPIView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="get_config", auth=[], responses={200: ConfigView} | refusals(authenticated=False))
    def get(self, request: Request) -> Response:
        """Limits, features that exist here, and public keys. Needs no session."""
        return Response(msgspec.to_builtins(view_config()))
