"""Filling an index as a whole: people and groups in pages by id, messages by the positions of a new index.

A new index begins empty beside the one in use, or in place of one that the engine has lost.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from django.db.models import QuerySet, Sum

from accounts.models import User
from core.logs import get_logger
from messaging.models import Conversation, ConversationKind
from search import documents
from search.documents import GROUPS, MESSAGES, PEOPLE
from search.engine import ActionsRefusedError
from search.models import FilledIndex, IndexedConversation, PendingPerson
from search.services import indexing, people

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
            note_filled(base, identity)
            filled = True
    return not filled


def note_filled(base: str, identity: str) -> None:
    """This index of PEOPLE or GROUPS has been filled; what was known of others counts no more."""
    FilledIndex.objects.filter(base=base).delete()
    FilledIndex.objects.bulk_create([FilledIndex(base=base, index_name=identity)], ignore_conflicts=True)


def fill(base: str, *, index: str = "", progress: Progress = lambda _count: None) -> None:
    """Writes all documents of PEOPLE or GROUPS into the index in use, or into the one named.

    Raises EngineUnavailableError.
    """
    for page in _pages(rows_of(base)):
        if base == PEOPLE and not index:
            # In the same queue as changes, so that a name that is read here never replaces a later one.
            PendingPerson.objects.bulk_create(PendingPerson(user_id=row.pk) for row in page)
            people.index_pending()
        else:
            _write_page(base, page, index)
        progress(len(page))


def _write_page(base: str, page: Sequence[Any], index: str) -> None:
    if base == PEOPLE:
        actions = [documents.person_action(row, index=index) for row in page]
    else:
        actions = [indexing.group_action(row, index=index) for row in page]
    try:
        documents.write(actions)
    except ActionsRefusedError as exc:
        log.warning("documents were refused", count=len(exc.refused))


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


def count_missing(identity: str) -> int:
    """How many log entries of live conversations are not in this index yet."""
    all_entries = rows_of(MESSAGES).aggregate(total=Sum("last_seq"))["total"] or 0
    rows = IndexedConversation.objects.filter(index_name=identity)
    return max(0, all_entries - (rows.aggregate(total=Sum("indexed_seq"))["total"] or 0))


def forget_positions(*, but: str) -> None:
    """Deletes the positions of every index but the one named: those indices are gone."""
    IndexedConversation.objects.exclude(index_name=but).delete()


def _pages(rows: "QuerySet[Any]") -> Iterator[list[Any]]:
    last = 0
    while page := list(rows.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk
