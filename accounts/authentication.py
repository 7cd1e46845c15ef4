"""DRF authentication by the access token of a session: `request.user` is the User, `request.auth` the AccessGrant."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from accounts.models import User
from accounts.services.tokens import AccessGrant, authenticate_with_user
from core.errors import DomainError, ErrorCode


class SessionJWTAuthentication(BaseAuthentication):
    """`Authorization: Bearer <access>`. A request without the header is anonymous; a bad one is refused."""

    def authenticate(self, request: Request) -> tuple[User, AccessGrant] | None:
        """One query. Raises AUTH_FAILED, TOKEN_EXPIRED."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != 2:
            raise DomainError(ErrorCode.AUTH_FAILED)
        try:
            token = parts[1].decode("ascii")
        except UnicodeDecodeError as exc:
            raise DomainError(ErrorCode.AUTH_FAILED) from exc
        return authenticate_with_user(token)

    def authenticate_header(self, request: Request) -> str:
        """What a 401 answer asks for."""
        return "Bearer"
