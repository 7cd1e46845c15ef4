"""Filling an index as a whole: people and groups in pages by id, messages by the positions of a new index.

A new index begins empty beside the one in use, or in place of one that the engine has lost.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import User
from core.logs import get_logger
from messaging.models import Conversation, ConversationKind
from search import documents
from search.documents import GROUPS, MESSAGES, PEOPLE
from search.engine import ActionsRefusedError
from search.models import FilledIndex, IndexedConversation
from search.services import indexing

PAGE: Final = 500
Progress = Callable[[int], None]
"""Told how many rows have been done since the last time."""
log = get_logger(__name__)


def fill_new_indices() -> bool:
    """Makes the indices that are missing and fills those of people and groups that nobody has filled.

    The messages follow by their positions, which count for nothing in a new index. Returns False where it has filled
    something: that took a while. Raises EngineUnavailableError.
    """
    documents.ensure_indices()
    filled = False
    for base in (PEOPLE, GROUPS):
        identity = documents.find_identity(base)
        if identity is not None and not FilledIndex.objects.filter(index_name=identity).exists():
            fill(base)
            FilledIndex.objects.filter(base=base).delete()
            FilledIndex.objects.bulk_create([FilledIndex(base=base, index_name=identity)], ignore_conflicts=True)
            filled = True
    return not filled


def fill(base: str, *, index: str = "", progress: Progress = lambda _count: None) -> None:
    """Writes all documents of PEOPLE or GROUPS into the index in use, or into the one named.

    Raises EngineUnavailableError.
    """
    make: Callable[..., dict[str, Any]] = documents.person_action if base == PEOPLE else documents.group_action
    for page in _pages(rows_of(base)):
        try:
            documents.write(make(row, index=index) for row in page)
        except ActionsRefusedError as exc:
            log.warning("documents were refused", count=len(exc.refused))
        progress(len(page))


def fill_messages(index: str, *, progress: Progress = lambda _count: None) -> None:
    """Takes the log of every conversation into an index that is not in use yet. `progress` counts log entries.

    May be broken off and repeated: positions are kept. Raises EngineUnavailableError.
    """
    identity = indexing.identity_of_index(index)
    for page in _pages(rows_of(MESSAGES)):
        progress(indexing.catch_up([row.pk for row in page], identity=identity, index=index))


def rows_of(base: str) -> "QuerySet[Any]":
    """What the documents of an index are made from; for MESSAGES the conversations whose logs hold them."""
    if base == PEOPLE:
        return User.objects.filter(is_active=True)
    live = Conversation.objects.filter(dissolved_at=None)
    return live.filter(kind=ConversationKind.GROUP) if base == GROUPS else live


def forget_positions(*, but: str) -> None:
    """Deletes the positions of every index but the one named: those indices are gone."""
    IndexedConversation.objects.exclude(index_name=but).delete()


def _pages(rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk
