"""What the staff does and looks at is written down by whatever settings.AUDIT_SINK names: a higher app's service."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.utils.module_loading import import_string

Target = Model | tuple[str, object]
"""A row, or its kind (`accounts.user`) and key."""


class Sink(Protocol):
    """Adds an entry in the caller's transaction."""

    def __call__(
        self,
        *,
        actor: Any,
        action: str,
        target: Target,
        why: str,
        request: HttpRequest | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> object: ...


@lru_cache(maxsize=1)
def _sink() -> Sink:
    sink: Sink = import_string(settings.AUDIT_SINK)
    return sink


def record_act(
    request: HttpRequest, action: str, target: Target, *, why: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Writes down that whoever makes this request did this. `action` is a kebab-case verb; `details` are ids and names
    of fields, never content. Without a reason given, what the page's form has in `why` is taken.
    """
    _sink()(
        actor=request.user,
        action=action,
        target=target,
        why=why or request.POST.get("why", "")[:500],
        request=request,
        details=details,
    )
