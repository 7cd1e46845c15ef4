"""Building an index anew beside the one in use, and changing over without a moment in which nothing is found."""

from collections.abc import Callable
from typing import Final

from search import documents
from search.documents import GROUPS, MESSAGES, PEOPLE
from search.engine import drop_unused
from search.services import filling, indexing
from search.services.filling import Progress

MAX_PASSES: Final = 5
"""Each pass takes what was written during the one before; under any load that comes to little soon."""
CLOSE_ENOUGH: Final = 1000
"""Log entries that may be missing at the change-over: the bridge and the sweep bring them within a second or two."""
Announce = Callable[[str, int], Progress]
"""Told what is done next and how many rows that is; gives what to tell the progress to."""


def rebuild(base: str, announce: Announce) -> None:
    """Builds the index of MESSAGES, PEOPLE or GROUPS anew and lets its alias stand for it. Indices that earlier, broken
    off rebuilds have left are dropped.

    Until the change-over the index in use is kept up as ever. What changes meanwhile is not lost: messages follow by
    the positions of the new index; people and groups are written once more afterwards. Raises EngineUnavailableError.
    """
    drop_unused(documents.alias_of(base))
    index = documents.create_next_index(base)
    if base == MESSAGES:
        _fill_messages(index, announce)
    else:
        filling.fill(base, index=index, progress=announce(f"{base}: {index}", filling.rows_of(base).count()))
    identity = indexing.identity_of_index(index)
    documents.switch_index(base, index)
    if base == MESSAGES:
        filling.forget_positions(but=identity)
    else:
        filling.fill(base, progress=announce(f"{base}: what changed meanwhile", filling.rows_of(base).count()))
        filling.note_filled(base, identity)


def _fill_messages(index: str, announce: Announce) -> None:
    for number in range(MAX_PASSES):
        missing = filling.count_missing(indexing.identity_of_index(index))
        if number and missing <= CLOSE_ENOUGH:
            break
        filling.fill_messages(index, progress=announce(f"{MESSAGES}: {index}", missing))


BASES: Final = (PEOPLE, GROUPS, MESSAGES)
