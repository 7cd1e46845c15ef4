"""How the OpenAPI document describes our authentication."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class SessionJWTScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # the library's registry hook
    """`Authorization: Bearer <access>`."""

    target_class = "accounts.authentication.SessionJWTAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The security scheme."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
