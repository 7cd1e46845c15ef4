"""For operators: whether the process lives, is ready, and what it counts. And the answer where the API has nothing."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from django.views.defaults import bad_request, server_error

from core import health, metrics
from core.errors import DomainError, ErrorCode


@require_GET
def show_live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "live"})


@require_GET
def show_ready(_request: HttpRequest) -> HttpResponse:
    """200 when chat works, 503 while the database or Kafka is away or the process stops; the body names services."""
    is_ready, report = health.look()
    response = JsonResponse(report, status=200 if is_ready else 503)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def show_metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for who presents METRICS_TOKEN; open only in development."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    is_allowed = settings.DEBUG if not settings.METRICS_TOKEN else _presents(request, expected)
    if not is_allowed:
        return HttpResponse(status=404 if not settings.METRICS_TOKEN else 401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(metrics.render(), content_type="text/plain; version=0.0.4; charset=utf-8")


@csrf_exempt  # nothing is done here, and the refusal must have the API's shape
def refuse_path(_request: HttpRequest, path: str) -> HttpResponse:
    """NOT_FOUND for every method at an address under the API that is none, whoever asks."""
    return _refuse(ErrorCode.NOT_FOUND)


def refuse_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what it refuses before any view (a foreign Host ...), in the API's shape under the API."""
    return _refuse(ErrorCode.INVALID_REQUEST) if _is_api(request) else bad_request(request, exception)


def report_failure(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a fault of the program, logged by then. A caller of the API is told to try again."""
    return _refuse(ErrorCode.UNAVAILABLE, {"Retry-After": "1"}) if _is_api(request) else server_error(request)


def _refuse(code: ErrorCode, headers: dict[str, str] | None = None) -> HttpResponse:
    error = DomainError(code)
    return JsonResponse(error.as_dict(), status=error.http_status, headers=headers)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/v1/")


def _presents(request: HttpRequest, expected: str) -> bool:
    return constant_time_compare(request.headers.get("Authorization", ""), expected)
