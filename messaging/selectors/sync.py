"""`sync`: which conversations changed for a user since an earlier answer, a page at a time."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import DomainError, ErrorCode
from core.paging import decode_cursor, encode_cursor
from messaging.models import Conversation, ConversationKind, Member
from messaging.selectors.conversations import list_views
from messaging.selectors.world import find_world

PAGE = 50
OVERLAP = timedelta(seconds=30)
"""How much of the time before `since` is looked at again: changes are stamped when they are written and seen when they
commit, and no transaction takes this long."""

GONE = Case(
    When(Q(left_at__isnull=False) | Q(conversation__dissolved_at__isnull=False), then=Value(True)), default=Value(False)
)


class _Token(msgspec.Struct, frozen=True, array_like=True):
    """Where a client stands: what changed from `since` on is wanted (None: everything), rows up to `after` are had.

    `began` is when the round of pages started, by the database's clock: the next round's `since`.
    """

    since: datetime | None
    began: datetime | None
    after: int


def sync_page(user_id: int, since: str | None) -> dict[str, Any]:
    """The contract's `{conversations, removed, next, has_more}`. `since` is the `next` of an earlier answer.

    A conversation is in it when its log, its own fields, the user's own state in it, or (in a direct one) the peer's
    position changed. Pages run by conversation id, so that nothing moves between them; what changes meanwhile comes in
    the next round. Nothing is missed, some things are said twice. Raises INVALID_MESSAGE for a token that is not ours.
    """
    token = _read_token(since)
    began = token.began or _database_now(user_id)
    rows = _changed(user_id, token.since - OVERLAP if token.since else None).filter(conversation_id__gt=token.after)
    found = rows.order_by("conversation_id").values_list("conversation_id", GONE)[: PAGE + 1]
    keys = [(conversation_id, bool(gone)) for conversation_id, gone in found]
    keys = _with_world(user_id, token, keys)
    page, has_more = keys[:PAGE], len(keys) > PAGE
    return {
        "conversations": list_views(user_id, [key for key, gone in page if not gone]),
        "removed": [str(key) for key, gone in page if gone],
        "next": _write_token(_Token(token.since, began, page[-1][0]) if has_more else _Token(began, None, 0)),
        "has_more": has_more,
    }


def _changed(user_id: int, cut: datetime | None) -> "QuerySet[Member]":
    """The user's membership rows: from the start (None) only what is there, later all that changed since `cut`."""
    rows = Member.objects.filter(user_id=user_id)
    if cut is None:
        return rows.filter(left_at=None, conversation__dissolved_at=None)
    peers = Member.objects.filter(conversation_id=OuterRef("conversation_id"), changed_at__gte=cut)
    by_peer = Q(conversation__kind=ConversationKind.DIRECT) & Exists(peers)
    return rows.filter(Q(changed_at__gte=cut) | Q(conversation__changed_at__gte=cut) | by_peer)


def _with_world(user_id: int, token: _Token, keys: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The keys with the world room in its place, for who is in it without a row."""
    world = find_world()
    if world is None or world.pk <= token.after or not _has_changed(world, token):
        return keys
    if Member.objects.filter(conversation_id=world.pk, user_id=user_id).exists():
        return keys
    return sorted([*keys, (world.pk, False)])[: PAGE + 1]


def _has_changed(world: Conversation, token: _Token) -> bool:
    return token.since is None or world.changed_at >= token.since - OVERLAP


def _database_now(user_id: int) -> datetime:
    """The moment by the clock that stamps `changed_at`. One query."""
    moment = User.objects.filter(pk=user_id).annotate(moment=Now()).values_list("moment", flat=True).first()
    if moment is None:
        raise DomainError(ErrorCode.AUTH_FAILED)
    return moment


def _read_token(text: str | None) -> _Token:
    if text is None:
        return _Token(None, None, 0)
    try:
        return msgspec.convert(decode_cursor(text), _Token, from_attributes=False, strict=True)
    except (DomainError, msgspec.ValidationError) as exc:
        raise _bad_token() from exc


def _write_token(token: _Token) -> str:
    return encode_cursor(msgspec.structs.astuple(token))


def _bad_token() -> DomainError:
    return DomainError(ErrorCode.INVALID_MESSAGE, details={"fields": {"since": [_("Unknown token.")]}})
