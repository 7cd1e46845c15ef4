"""Whether the services that this process needs are there: what /health/ready says."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from core.kafka import probe
from core.redis import get_redis

TIMEOUT_S: Final = 0.9
_CACHE_S: Final = 1.0


@dataclass(slots=True)
class _Service:
    """A check (raises or answers False when the service is not there), whether chat needs it, and its last outcome."""

    check: Callable[[], object]
    is_needed: bool
    pending: "Future[bool] | None" = None
    is_up: bool = False
    known_at: float = float("-inf")


class _Process:
    is_draining = False


_services: dict[str, _Service] = {}
_pool = ThreadPoolExecutor(8, thread_name_prefix="health")
_lock = threading.Lock()


def register(name: str, check: Callable[[], object], *, is_needed: bool = False) -> None:
    """Add a service to what /health/ready reports. Chat goes on without it, unless it `is_needed`."""
    _services[name] = _Service(check, is_needed)


def start_draining() -> None:
    """The process is about to stop: it is not ready any more."""
    _Process.is_draining = True


def look() -> tuple[bool, dict[str, Any]]:
    """Whether the process is ready, and the report: `{"status", "services": {name: "up" | "down" | "degraded"}}`.

    Takes at most a second whatever hangs; outcomes are good for a second, and a check that hangs is not started twice.
    """
    with _lock:
        deadline = time.monotonic() + TIMEOUT_S
        for service in _services.values():
            _start(service)
        for service in _services.values():
            _collect(service, deadline)
    services = {name: _word(service) for name, service in _services.items()}
    is_ready = not _Process.is_draining and "down" not in services.values()
    status = "draining" if _Process.is_draining else "ready" if is_ready else "unavailable"
    return is_ready, {"status": status, "services": services}


def _start(service: _Service) -> None:
    if service.pending is None and time.monotonic() - service.known_at > _CACHE_S:
        service.pending = _pool.submit(_run, service.check)


def _collect(service: _Service, deadline: float) -> None:
    if service.pending is None:
        return
    try:
        service.is_up = service.pending.result(max(0.0, deadline - time.monotonic()))
    except FutureTimeoutError:
        service.is_up = False
        return
    service.known_at = time.monotonic()
    service.pending = None


def _run(check: Callable[[], object]) -> bool:
    try:
        return check() is not False
    except Exception:  # noqa: BLE001 -- the edge to a service that may be away
        return False


def _word(service: _Service) -> str:
    if service.is_up:
        return "up"
    return "down" if service.is_needed else "degraded"


def _check_database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


register("database", _check_database, is_needed=True)
register("kafka", lambda: probe.answers(TIMEOUT_S), is_needed=True)
register("redis", lambda: get_redis().ping())
