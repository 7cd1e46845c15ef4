"""What every endpoint's OpenAPI description shares: the error shape, pages."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, inline_serializer
from rest_framework import serializers

from core.errors import HTTP_STATUS


class ErrorSerializer(serializers.Serializer[Any]):
    """The one shape of every refusal."""

    code = serializers.CharField(help_text="Stable and English.")
    message = serializers.CharField(help_text="For people, in the language of Accept-Language (zh-CN or en).")
    details = serializers.DictField(help_text="What the code needs: retry_after_ms, fields, reason ...")


def error_responses(*statuses: int) -> dict[int, OpenApiResponse]:
    """The `responses` entries for these HTTP statuses, each with the codes that it may carry.

    Use: `@extend_schema(responses={200: Answer, **error_responses(400, 404)})`.
    """
    return {status: OpenApiResponse(ErrorSerializer, description=_describe(status)) for status in statuses}


def page_of(row: type[serializers.BaseSerializer[Any]], name: str) -> serializers.Serializer[Any]:
    """The description of a cursor-paged list of `row`; `name` is the component's."""
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "results": row(many=True),
        "next_cursor": serializers.CharField(allow_null=True, help_text="Pass as ?cursor= for the next page."),
    }
    return inline_serializer(name, fields)


def _describe(status: int) -> str:
    return " or ".join(f"`{code.value}`" for code, its_status in HTTP_STATUS.items() if its_status == status)
