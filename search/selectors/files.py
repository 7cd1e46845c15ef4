"""Files by their names, in messages that the caller may read."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from core.paging import PageRequest, encode_cursor
from files.models import File
from messaging.models import Attachment, Message
from messaging.selectors.messages import view_messages
from messaging.wire import MessageView
from search.analysis.highlights import Highlight, highlight
from search.analysis.names import name_keys, squash
from search.analysis.queries import parse_query
from search.documents import MESSAGES, alias_of
from search.engine import EngineUnavailableError, find_hits
from search.selectors.access import Scope, find_present, list_readable
from search.selectors.lexical import scope_filter

MAX_FOUND: Final = 200
FALLBACK_FILES: Final = 1_000


class FileHit(msgspec.Struct, frozen=True):
    """A message that carries the file (`message.content.file`), and why its name was found."""

    message: MessageView
    highlights: list[Highlight]


class FilesFound(msgspec.Struct, frozen=True):
    """Files, the last sent first; `degraded`: the engine is away, and only the newest files were looked at."""

    results: list[FileHit]
    next_cursor: str | None
    degraded: bool


def search_files(user_id: int, query: str, page: PageRequest) -> FilesFound:
    """Messages the user may read now whose file has a part of its name that begins with the query, also in pinyin."""
    scope = Scope(user_id=user_id, readable=list_readable(user_id))
    key = squash(query)
    try:
        ids, degraded = _ask(scope, key), False
    except EngineUnavailableError:
        ids, degraded = _list_newest(scope), True
    found = find_present(scope, ids)
    names = _names(found.values())
    named = [pk for pk in ids if pk in found and _is_named(names.get(found[pk].file_id or 0, ""), key)]
    start = 0
    if (after := page.after_as(int)) is not None:
        start = next((place for place, pk in enumerate(named, 1) if pk == after[0]), len(named))
    shown = [found[pk] for pk in named[start : start + page.limit]]
    more = start + len(shown) < len(named)
    return FilesFound(
        results=_view(shown, names, query, user_id),
        next_cursor=encode_cursor((shown[-1].pk,)) if more else None,
        degraded=degraded,
    )


def _is_named(name: str, key: str) -> bool:
    return bool(key) and any(own.startswith(key) for own in name_keys(name))


def _ask(scope: Scope, key: str) -> list[int]:
    """Message ids, newest first. Raises EngineUnavailableError."""
    if not key or not scope.readable:
        return []
    body: dict[str, Any] = {
        "query": {"bool": {"filter": [*scope_filter(scope), {"prefix": {"file_keys": key}}]}},
        "size": MAX_FOUND,
        "sort": [{"created_at": "desc"}],
        "_source": False,
        "track_total_hits": False,
    }
    return [int(hit["_id"]) for hit in find_hits(alias_of(MESSAGES), body)]


def _list_newest(scope: Scope) -> list[int]:
    rows = Attachment.objects.filter(conversation_id__in=list(scope.readable)).order_by("-pk")
    return list(rows.values_list("message_id", flat=True)[:FALLBACK_FILES])


def _names(messages: Iterable[Message]) -> dict[int, str]:
    keys = {message.file_id for message in messages if message.file_id is not None}
    return dict(File.objects.filter(pk__in=keys).values_list("pk", "filename"))


def _view(messages: Sequence[Message], names: dict[int, str], query: str, user_id: int) -> list[FileHit]:
    parsed = parse_query(query)
    return [
        FileHit(view, highlight(names[message.file_id or 0], parsed, loosely=True))
        for view, message in zip(view_messages(messages, user_id), messages, strict=True)
    ]
