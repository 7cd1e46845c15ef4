"""Names, titles and short notes that others will see, before the policies that settings name."""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from core.errors import DomainError


@lru_cache(maxsize=1)
def _policies() -> tuple[Callable[[str], None], ...]:
    return tuple(import_string(path) for path in settings.NAME_POLICIES)


def check_name(field: str, text: str) -> None:
    """Asks every policy. Raises what one of them raises (CONTENT_REJECTED), naming the field."""
    try:
        for policy in _policies():
            policy(text)
    except DomainError as exc:
        raise DomainError(exc.code, exc.message, exc.details | {"fields": {field: [str(exc.message)]}}) from exc
