"""What every DRF view shares: one error shape, strict parsing."""

import math
from collections.abc import Mapping
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import DomainError, ErrorCode
from core.ids import MAX_BIGINT
from core.logs import get_logger
from core.redis import RedisError

# Lock time-outs, deadlocks and a database that is away are all OperationalError or InterfaceError: trying again helps.
_CODES: dict[tuple[type[Exception], ...], ErrorCode] = {
    (Http404, exceptions.NotFound): ErrorCode.NOT_FOUND,
    (PermissionDenied, exceptions.PermissionDenied): ErrorCode.FORBIDDEN,
    (exceptions.NotAuthenticated, exceptions.AuthenticationFailed): ErrorCode.AUTH_FAILED,
    (RequestDataTooBig,): ErrorCode.MESSAGE_TOO_LARGE,
    (OperationalError, InterfaceError, RedisError): ErrorCode.UNAVAILABLE,
}
log = get_logger(__name__)


class StrictJSONParser(JSONParser):
    """JSON as msgspec reads it: no NaN, bounded depth; NUL and lone surrogates are refused wherever they stand."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            value = msgspec.json.decode(stream.read())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
            raise exceptions.ParseError(_("The body is not valid JSON: %(reason)s") % {"reason": exc}) from exc
        check_text(value)
        return value


def check_text(value: Any) -> None:
    """Raises ParseError where a decoded JSON value holds a NUL character or an integer beyond 64 bits."""
    if isinstance(value, str):
        if "\x00" in value:
            raise exceptions.ParseError(_("A text may not hold a NUL character."))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            check_text(key)
            check_text(item)
    elif isinstance(value, list):
        for item in value:
            check_text(item)
    elif isinstance(value, int) and not -MAX_BIGINT <= value <= MAX_BIGINT:
        raise exceptions.ParseError(_("A number is out of range."))


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, naming them, instead of dropping them."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({str(name): [_("Unknown field.")] for name in unknown})
        return super().to_internal_value(data)


def handle_exception(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal leaves as `{"code", "message", "details"}`.

    A database or Redis that fails answers UNAVAILABLE: the caller may try again. The rest is a 500 as usual.
    """
    error = _as_domain_error(exc)
    if error is None:
        return None
    set_rollback()
    return error_response(error)


def error_response(error: DomainError) -> Response:
    """The HTTP answer for a refusal, with Retry-After where the contract asks for it."""
    headers = {}
    if error.code is ErrorCode.RATE_LIMITED:
        headers["Retry-After"] = str(math.ceil(error.details.get("retry_after_ms", 1000) / 1000))
    elif error.code is ErrorCode.UNAVAILABLE:
        headers["Retry-After"] = "1"
    elif error.http_status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(error.as_dict(), status=error.http_status, headers=headers)


def _as_domain_error(exc: Exception) -> DomainError | None:
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, exceptions.ValidationError):
        return DomainError(ErrorCode.INVALID_REQUEST, details={"fields": _as_field_errors(exc.detail)})
    for classes, code in _CODES.items():
        if isinstance(exc, classes):
            if code is ErrorCode.UNAVAILABLE:
                log.warning("a request met a service that is away or a lock that is held", error=repr(exc))
            return DomainError(code)
    if isinstance(exc, exceptions.APIException) and 400 <= exc.status_code < 500:
        return _ApiRefusal(str(exc.detail), exc.status_code)
    return None


class _ApiRefusal(DomainError):
    """A refusal of the framework itself (unreadable JSON, wrong method or media type), with the status it chose."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(ErrorCode.INVALID_REQUEST, message)
        self._status = status

    @property
    def http_status(self) -> int:
        return self._status


def _as_field_errors(detail: Any) -> Any:
    if isinstance(detail, Mapping):
        return {str(key): _as_field_errors(value) for key, value in detail.items()}
    return [str(item) for item in detail] if isinstance(detail, list) else [str(detail)]
