"""Cursor paging as the wire contract has it: `?limit=` (default 50, at most 200) and `?cursor=`, opaque to clients."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from core.errors import DomainError, ErrorCode
from core.ids import MAX_BIGINT

T = TypeVar("T")
DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class PageQuery(serializers.Serializer[Any]):
    """The two query parameters that every list takes."""

    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT, required=False)
    cursor = serializers.CharField(required=False, max_length=512)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asks for: at most `limit` rows after the position `after` (the sort key of the last row seen)."""

    limit: int = DEFAULT_LIMIT
    after: tuple[Any, ...] | None = None

    def after_as(self, *kinds: type) -> tuple[Any, ...] | None:
        """The position, a value of each of these types; None at the start. Raises INVALID_REQUEST: a cursor is text
        that anyone can write, or one of another list."""
        if self.after is not None and not _has_kinds(self.after, kinds):
            raise _unknown_cursor()
        return self.after


def _has_kinds(position: tuple[Any, ...], kinds: tuple[type, ...]) -> bool:
    return len(position) == len(kinds) and all(
        type(value) is kind and not (isinstance(value, int) and abs(value) > MAX_BIGINT)
        for value, kind in zip(position, kinds, strict=True)
    )


def _unknown_cursor() -> DomainError:
    return DomainError(ErrorCode.INVALID_REQUEST, details={"fields": {"cursor": [_("Unknown cursor.")]}})


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """At most `limit` rows, and the position to go on from (None at the end)."""

    rows: Sequence[T]
    next_after: tuple[Any, ...] | None

    def as_dict(self, encode: Callable[[T], Any]) -> dict[str, Any]:
        """`{"results": [...], "next_cursor": "..."|null}`."""
        cursor = encode_cursor(self.next_after) if self.next_after is not None else None
        return {"results": [encode(row) for row in self.rows], "next_cursor": cursor}


def read_page_request(request: Request) -> PageRequest:
    """The page a request asks for. Raises INVALID_REQUEST for a limit out of range or a cursor that is not ours."""
    query = PageQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    cursor = query.validated_data.get("cursor")
    return PageRequest(limit=query.validated_data["limit"], after=decode_cursor(cursor) if cursor else None)


def make_page(rows: Sequence[T], limit: int, position: Callable[[T], tuple[Any, ...]]) -> Page[T]:
    """A page from up to `limit + 1` fetched rows: one row too many means that there is more."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, position(kept[-1]))


def encode_cursor(position: tuple[Any, ...]) -> str:
    """A position (numbers, strings, datetimes) as opaque text."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[Any, ...]:
    """The position behind a cursor. Raises INVALID_REQUEST."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return tuple(msgspec.msgpack.decode(raw, type=list))
    except (binascii.Error, ValueError, msgspec.DecodeError) as exc:
        raise _unknown_cursor() from exc
