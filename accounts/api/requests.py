"""What a request tells about its sender."""

import re
from typing import Any

from rest_framework.request import Request

from accounts.addresses import client_address
from accounts.models import User
from accounts.services.sessions import Device
from accounts.services.tokens import AccessGrant
from core.api import StrictSerializer
from core.errors import DomainError, ErrorCode

# In this order: Edge and Opera name Chrome too, Chrome names Safari too.
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def caller_of(request: Request) -> tuple[User, AccessGrant]:
    """The authenticated user and the grant they come with; for views that demand authentication."""
    user, grant = request.user, request.auth
    if not isinstance(user, User) or not isinstance(grant, AccessGrant):
        raise DomainError(ErrorCode.AUTH_FAILED)
    return user, grant


def parse_body(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """The body as the serializer reads it. Raises INVALID_REQUEST (as DRF's ValidationError) naming each bad field."""
    parsed = serializer(data=request.data)
    parsed.is_valid(raise_exception=True)
    return dict(parsed.validated_data)


def device_of(request: Request, device_name: str = "") -> Device:
    """The device behind a request: the name it gives itself, or "Chrome, Windows" by its User-Agent."""
    user_agent = _UNPRINTABLE.sub("", request.META.get("HTTP_USER_AGENT", ""))[:255]
    return Device(device_name or describe(user_agent), user_agent, client_address(request.META))


def describe(user_agent: str) -> str:
    """A browser and system that a person recognises, such as "Firefox, Linux"; empty when neither is known."""
    names = [next((name for mark, name in marks if mark in user_agent), None) for marks in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in names if name)
