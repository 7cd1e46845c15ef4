"""Refusals that name the field they are about, in the shape that strict parsing uses."""

from collections.abc import Iterable

from django.utils.functional import Promise

from core.errors import DomainError, ErrorCode


def invalid_field(name: str, *messages: str | Promise) -> DomainError:
    """INVALID_REQUEST with `details.fields.<name>`."""
    return _about(ErrorCode.INVALID_REQUEST, name, messages)


def conflicting_field(name: str, *messages: str | Promise) -> DomainError:
    """CONFLICT with `details.fields.<name>`."""
    return _about(ErrorCode.CONFLICT, name, messages)


def _about(code: ErrorCode, name: str, messages: Iterable[str | Promise]) -> DomainError:
    return DomainError(code, details={"fields": {name: [str(message) for message in messages]}})
