"""The one error type of the program, and the stable codes that clients see (docs: wire contract, "General rules")."""

from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class ErrorCode(StrEnum):
    """Stable codes of the wire contract. HTTP statuses are in `HTTP_STATUS`."""

    AUTH_FAILED = "AUTH_FAILED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 -- a code, not a secret
    FORBIDDEN = "FORBIDDEN"
    BANNED = "BANNED"
    MUTED = "MUTED"
    BLOCKED = "BLOCKED"
    CONTENT_REJECTED = "CONTENT_REJECTED"
    INVALID_MESSAGE = "INVALID_MESSAGE"
    INVALID_REQUEST = "INVALID_REQUEST"
    MESSAGE_TOO_LARGE = "MESSAGE_TOO_LARGE"
    CONVERSATION_NOT_FOUND = "CONVERSATION_NOT_FOUND"
    MESSAGE_NOT_FOUND = "MESSAGE_NOT_FOUND"
    NOT_FOUND = "NOT_FOUND"
    CONFLICT = "CONFLICT"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"


HTTP_STATUS: dict[ErrorCode, int] = {
    ErrorCode.AUTH_FAILED: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.BANNED: 403,
    ErrorCode.MUTED: 403,
    ErrorCode.BLOCKED: 403,
    ErrorCode.CONTENT_REJECTED: 422,
    ErrorCode.INVALID_MESSAGE: 400,
    ErrorCode.INVALID_REQUEST: 400,
    ErrorCode.MESSAGE_TOO_LARGE: 413,
    ErrorCode.CONVERSATION_NOT_FOUND: 404,
    ErrorCode.MESSAGE_NOT_FOUND: 404,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.CONFLICT: 409,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
}

DEFAULT_MESSAGE: dict[ErrorCode, Promise] = {
    ErrorCode.AUTH_FAILED: _("Sign in to continue."),
    ErrorCode.TOKEN_EXPIRED: _("Your sign-in has expired. Refresh it or sign in again."),
    ErrorCode.FORBIDDEN: _("You are not allowed to do this."),
    ErrorCode.BANNED: _("This account is banned."),
    ErrorCode.MUTED: _("You cannot write here at the moment."),
    ErrorCode.BLOCKED: _("This person does not accept messages from you."),
    ErrorCode.CONTENT_REJECTED: _("This content is not allowed."),
    ErrorCode.INVALID_MESSAGE: _("The message is not well formed."),
    ErrorCode.INVALID_REQUEST: _("The request is not well formed."),
    ErrorCode.MESSAGE_TOO_LARGE: _("The message is too large."),
    ErrorCode.CONVERSATION_NOT_FOUND: _("There is no such conversation."),
    ErrorCode.MESSAGE_NOT_FOUND: _("There is no such message."),
    ErrorCode.NOT_FOUND: _("Not found."),
    ErrorCode.CONFLICT: _("This conflicts with what is already there."),
    ErrorCode.RATE_LIMITED: _("Too many requests. Try again in a moment."),
    ErrorCode.UNAVAILABLE: _("The service is not available at the moment. Try again."),
}


class DomainError(Exception):
    """A refusal that a client understands.

    `code` is stable; `message` is for people (translated when it is printed); `details` is a JSON-ready mapping.
    """

    def __init__(
        self, code: ErrorCode, message: str | Promise | None = None, details: dict[str, Any] | None = None
    ) -> None:
        self.code = code
        self.message = message if message is not None else DEFAULT_MESSAGE[code]
        self.details = details or {}
        super().__init__(code.value)

    @property
    def http_status(self) -> int:
        """The HTTP status that the wire contract gives this code."""
        return HTTP_STATUS[self.code]

    def as_dict(self) -> dict[str, Any]:
        """`{"code", "message", "details"}`, with the message in the language that is active now."""
        return {"code": self.code.value, "message": str(self.message), "details": self.details}


def rate_limited(retry_after_ms: int) -> DomainError:
    """A RATE_LIMITED error that says when to come back (milliseconds)."""
    return DomainError(ErrorCode.RATE_LIMITED, details={"retry_after_ms": max(1, retry_after_ms)})
