"""The documents of the contract: OpenAPI for HTTP with a reader for people, AsyncAPI for the socket."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from messaging.asyncapi import build_document


@require_safe
@cache_control(public=True, max_age=300)
def socket_document(request: HttpRequest) -> JsonResponse:
    """The AsyncAPI document of the socket."""
    return JsonResponse(build_document())
