"""People and groups by their names: any part of one, its pinyin, or the initials of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model

from accounts.models import User
from accounts.selectors import search_users
from core.paging import PageRequest, encode_cursor
from messaging.models import Conversation, ConversationKind, Member
from search.analysis.names import name_keys, squash
from search.documents import GROUPS, PEOPLE, alias_of
from search.engine import EngineUnavailableError, find_hits

MAX_FOUND: Final = 200
MIN_FUZZY: Final = 4
FALLBACK_GROUPS: Final = 500
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Named(Generic[Row]):
    """A page of what was found by name, best first; `degraded`: without the engine, so pinyin found nothing."""

    rows: Sequence[Row]
    next_cursor: str | None
    degraded: bool = False


def find_people(query: str, page: PageRequest) -> Named[User]:
    """Users whose name or username has a part that begins with `query`, also in pinyin; exact hits first.

    Without the erased, the inactive and those whose privacy hides them from search, as the database has them now.
    """
    try:
        ids = _ask(PEOPLE, squash(query))
    except EngineUnavailableError:
        found = search_users(query, page)
        cursor = encode_cursor(found.next_after) if found.next_after is not None else None
        return Named(list(found.rows), cursor, degraded=True)
    visible = User.objects.filter(pk__in=ids, is_active=True).exclude(privacy__contains={"searchable": False})
    return _page_of({user.pk: user for user in visible}, ids, page)


def find_groups(user_id: int, query: str, page: PageRequest) -> Named[Conversation]:
    """The groups that the user is in now whose name has a part that begins with `query`, also in pinyin."""
    rows = Member.objects.filter(
        user_id=user_id,
        left_at=None,
        conversation__kind=ConversationKind.GROUP,
        conversation__dissolved_at=None,
    ).select_related("conversation")
    key = squash(query)
    try:
        mine = list(rows.values_list("conversation_id", flat=True))
        ids = _ask(GROUPS, key, among=mine) if mine else []
    except EngineUnavailableError:
        newest = [row.conversation for row in rows.order_by("-conversation__changed_at")[:FALLBACK_GROUPS]]
        named = {one.pk: one for one in newest if any(own.startswith(key) for own in name_keys(one.title))}
        return _page_of(named, list(named), page, degraded=True)
    found = rows.filter(conversation_id__in=ids)
    return _page_of({row.conversation_id: row.conversation for row in found}, ids, page)


def _ask(base: str, key: str, *, among: Sequence[int] | None = None) -> list[int]:
    """The ids that the engine has for a key, best first. Raises EngineUnavailableError."""
    if not key:
        return []
    ways: list[dict[str, Any]] = [
        {"constant_score": {"filter": {"term": {"keys": key}}, "boost": 3}},
        {"constant_score": {"filter": {"prefix": {"keys": key}}, "boost": 2}},
    ]
    if len(key) >= MIN_FUZZY and key.isascii():
        typo = {"fuzzy": {"keys": {"value": key, "fuzziness": "AUTO:4,8", "prefix_length": 1}}}
        ways.append({"constant_score": {"filter": typo, "boost": 1}})
    filters = [] if among is None else [{"ids": {"values": [str(one) for one in among]}}]
    body = {
        "query": {"bool": {"must": [{"dis_max": {"queries": ways}}], "filter": filters}},
        "size": MAX_FOUND,
        "sort": [{"_score": "desc"}, {"name": "asc"}],
        "_source": False,
        "track_total_hits": False,
    }
    return [int(hit["_id"]) for hit in find_hits(alias_of(base), body)]


def _page_of(present: dict[int, Row], ids: Sequence[int], page: PageRequest, *, degraded: bool = False) -> Named[Row]:
    """A page of what is present, in the order of `ids`, after the id that the page names."""
    order = [key for key in ids if key in present]
    start = 0
    if (after := page.after_as(int)) is not None:
        start = next((place for place, key in enumerate(order, 1) if key == after[0]), len(order))
    shown = order[start : start + page.limit]
    more = start + len(shown) < len(order)
    return Named([present[key] for key in shown], encode_cursor((shown[-1],)) if more else None, degraded)
