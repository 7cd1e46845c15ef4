"""The sweeps: whatever a lost record, an outage or an empty engine has left behind is found by comparing positions.

They look at all conversations in pages by id, a few thousand in a query. A turn takes about BUDGET_S; where there is
more to do it goes on in the next one, so that the batches of what is written now come in between.
"""

import contextlib
import time
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final

from django.core.cache import cache

from core import clock
from core.logs import get_logger
from core.redis import RedisError
from messaging.models import Conversation
from search.embeddings import EmbeddingsUnavailableError, current_model
from search.engine import EngineUnavailableError
from search.models import EmbeddedConversation, IndexedConversation
from search.services import embedding, filling, indexing, people

PAGE: Final = 5000
AT_ONCE: Final = 50
BUDGET_S: Final = 1.0
_TURN_S: Final = 30
"""A turn that has not come by then was lost."""
_ON_ITS_WAY: Final = timedelta(seconds=5)
"""What was written just now is in a bridge's hands, unless very much of it is missing."""
log = get_logger(__name__)

Positions = Callable[[int, int], Mapping[int, int]]
"""How far the conversations with ids in a closed range are."""


def may_begin(name: str, *, continued: bool) -> bool:
    """Whether to take a turn now: always one that continues another; a new sweep only where none goes on, or else their
    turns would pile up before the batches of what is written now."""
    try:
        if continued:
            cache.set(f"{name}-goes-on", 1, _TURN_S)
            return True
        return cache.get(f"{name}-goes-on") is None
    except RedisError:
        return True


def end(name: str) -> None:
    """The sweep has come to its end: the next one may begin."""
    with contextlib.suppress(RedisError):
        cache.delete(f"{name}-goes-on")


def sweep_documents() -> bool:
    """Brings what is in the engine up to date; returns whether there is more to do now. An engine that is away is left
    for the next time."""
    deadline = time.monotonic() + BUDGET_S
    try:
        people.index_pending()
        if not filling.fill_new_indices():
            return True
        identity = indexing.live_identity()
        rows = IndexedConversation.objects.filter(index_name=identity)

        def positions(first: int, last: int) -> Mapping[int, int]:
            page = rows.filter(conversation_id__range=(first, last))
            return dict(page.values_list("conversation_id", "indexed_seq"))

        def catch_up(ids: Collection[int]) -> None:
            indexing.catch_up(ids, identity=identity, deadline=deadline)

        def retire(ids: Collection[int]) -> None:
            indexing.retire(ids, identity)

        return _sweep("documents", positions, catch_up, retire, deadline)
    except EngineUnavailableError as exc:
        log.warning("the search engine is away", error=str(exc))
        return False


def sweep_vectors() -> bool:
    """The same for the vectors."""
    deadline = time.monotonic() + BUDGET_S
    try:
        rows = EmbeddedConversation.objects.filter(model_id=current_model().pk)

        def positions(first: int, last: int) -> Mapping[int, int]:
            return dict(rows.filter(pk__range=(first, last)).values_list("conversation_id", "embedded_seq"))

        def catch_up(ids: Collection[int]) -> None:
            embedding.catch_up(ids, deadline=deadline)

        return _sweep("vectors", positions, catch_up, embedding.retire, deadline)
    except EmbeddingsUnavailableError as exc:
        log.warning("the embeddings API is away", error=str(exc))
        return False


def _sweep(
    name: str,
    positions: Positions,
    catch_up: Callable[[Collection[int]], None],
    retire: Callable[[Collection[int]], None],
    deadline: float,
) -> bool:
    """One turn, from where the last one stopped; returns whether it stopped before the end."""
    start = _recall(name)
    while page := list(_read_page(start)):
        behind, gone = _compare(page, positions(page[0].pk, page[-1].pk))
        retire(gone)
        for at in range(0, len(behind), AT_ONCE):
            catch_up(behind[at : at + AT_ONCE])
            if time.monotonic() > deadline:
                _remember(name, behind[at])
                return True
        start = page[-1].pk + 1
        if time.monotonic() > deadline:
            _remember(name, start)
            return True
    _remember(name, 0)
    return False


def _read_page(start: int) -> list[Conversation]:
    rows = Conversation.objects.filter(pk__gte=start).order_by("pk")
    return list(rows.only("id", "last_seq", "changed_at", "dissolved_at")[:PAGE])


def _compare(page: Collection[Conversation], positions: Mapping[int, int]) -> tuple[list[int], list[int]]:
    """Who is behind, and who is gone but not from where the positions are of."""
    settled = clock.now() - _ON_ITS_WAY
    behind: list[int] = []
    gone: list[int] = []
    for row in page:
        missing = row.last_seq - positions.get(row.pk, 0)
        if row.dissolved_at is not None:
            if row.pk in positions:
                gone.append(row.pk)
        elif missing > indexing.FAR_BEHIND or (missing > 0 and row.changed_at < settled):
            behind.append(row.pk)
    return behind, gone


def _recall(name: str) -> int:
    try:
        return int(cache.get(f"search-sweep-{name}") or 0)
    except RedisError:
        return 0


def _remember(name: str, start: int) -> None:
    try:
        cache.set(f"search-sweep-{name}", start, timeout=3600)
    except RedisError as exc:
        log.warning("the sweep begins anew", error=repr(exc))
