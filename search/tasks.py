"""Celery's side of search: the batches that the bridges hand over, and the sweeps."""

import contextlib
from collections.abc import Callable, Collection, Sequence

import msgspec
from celery import Task, shared_task

from core.bridges import BridgeItem, Refused, TryAgainError, bridge_task
from messaging.records import UnknownVersionError, decode_indexing
from search.embeddings import EmbeddingsUnavailableError
from search.engine import EngineUnavailableError
from search.services import embedding, indexing, people, sweeping
from search.services.people import INDEX_PEOPLE

INDEX_TASK = "search.index"
EMBED_TASK = "search.embed"
EMBED_QUEUE = "embedding"


@bridge_task(INDEX_TASK)
def index(items: Sequence[BridgeItem]) -> Sequence[Refused]:
    """Documents of the conversations whose log has moved. TryAgainError while the engine is away."""
    return _handle(items, indexing.index_conversations)


@bridge_task(EMBED_TASK)
def embed(items: Sequence[BridgeItem]) -> Sequence[Refused]:
    """Vectors of the conversations whose log has moved. TryAgainError while the embeddings API is away."""
    return _handle(items, embedding.embed_conversations)


@shared_task(name="search.sweep_documents", expires=60)
def sweep_documents(*, continued: bool = False) -> None:
    """Repairs what has not reached the engine, a turn at a time."""
    _take_turn(sweep_documents, sweeping.sweep_documents, continued=continued)


@shared_task(name="search.sweep_vectors", expires=60)
def sweep_vectors(*, continued: bool = False) -> None:
    """Repairs what has no vectors, a turn at a time."""
    _take_turn(sweep_vectors, sweeping.sweep_vectors, continued=continued)


@shared_task(name=INDEX_PEOPLE, expires=60)
def index_people() -> None:
    """Documents of people whose names have changed. The sweep repeats it where the engine is away."""
    with contextlib.suppress(EngineUnavailableError):
        people.index_pending()


def _take_turn(task: Task[..., None], sweep: Callable[[], bool], *, continued: bool) -> None:
    if not sweeping.may_begin(task.name, continued=continued):
        return
    if sweep():
        task.delay(continued=True)
    else:
        sweeping.end(task.name)


def _handle(items: Sequence[BridgeItem], work: Callable[[Collection[int]], None]) -> list[Refused]:
    changed: set[int] = set()
    refused: list[Refused] = []
    for item in items:
        try:
            changed.update(conversation_id for conversation_id, _seq in decode_indexing(item.value).changed)
        except (msgspec.DecodeError, UnknownVersionError) as exc:
            refused.append(Refused(item.offset, repr(exc)))
    try:
        work(changed)
    except (EngineUnavailableError, EmbeddingsUnavailableError) as exc:
        raise TryAgainError(str(exc)) from exc
    return refused
