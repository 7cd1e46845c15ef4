"""Messages by what they mean: the nearest passages in pgvector, and within them the messages that come nearest."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.conf import settings
from django.db import Error, connections, transaction
from django.db.models import Q, QuerySet
from pgvector.django import CosineDistance

from core.ids import split_log_id
from messaging.models import Message
from search.analysis.lexicon import translate
from search.analysis.queries import Query
from search.embeddings import EmbeddingsUnavailableError, Vector, current_model, embed_query
from search.models import Passage
from search.selectors.access import Scope, find_present
from search.selectors.nearness import Piece, measure
from search.selectors.ranking import Ranked, Ranking

NEAREST: Final = 40
NEAREST_NARROWED: Final = 200
"""How many passages are fetched; more where date or kind, which passages do not know, will take some out again."""
MIN_SIMILARITY: Final = 0.12
"""Below this a passage has nothing to do with the query: unrelated texts lie around 0 once they are centred."""


class VectorsUnavailableError(Exception):
    """The vectors, or the model that turns a query into one, are away."""


def rank_by_meaning(scope: Scope, query: Query) -> Ranking:
    """Messages by how near they come to the query, from the passages that do. Raises VectorsUnavailableError.

    Only the messages that the caller may read now, with their present texts, decide on the order and on what is shown.
    """
    if not scope.readable:
        return Ranking([])
    try:
        vector = embed_query(query.text, translate(query).text)
        pieces = find_pieces(scope, vector)
    except (EmbeddingsUnavailableError, Error) as exc:
        raise VectorsUnavailableError(repr(exc)) from exc
    messages = find_present(scope, [key for piece in pieces for key in piece.visible_ids])
    scores = measure(vector, pieces, messages)
    return Ranking(_order(scores, messages))


def find_pieces(scope: Scope, vector: Vector) -> list[Piece]:
    """The passages nearest to a vector among those that hold something the caller may read, nearest first."""
    is_narrowed = scope.kind is not None or scope.since is not None or scope.until is not None
    limit = NEAREST_NARROWED if is_narrowed else NEAREST
    near = _within(scope).annotate(distance=CosineDistance("embedding", vector)).order_by("distance")
    with transaction.atomic(using=settings.VECTOR_DATABASE):
        _scan_on(limit)
        rows = list(near.values_list("message_ids", "part", "text_hash", "distance")[:limit])
    return [
        Piece(tuple(message_ids), _visible(scope, message_ids), part, text_hash, 1 - distance)
        for message_ids, part, text_hash, distance in rows
        if 1 - distance >= MIN_SIMILARITY
    ]


def _within(scope: Scope) -> "QuerySet[Passage]":
    whole, late = scope.split_late()
    where = Q(conversation_id__in=whole)
    for conversation_id, first_seq in late:
        where |= Q(conversation_id=conversation_id, last_seq__gte=first_seq)
    rows = Passage.objects.filter(where, model_id=current_model().pk)
    if scope.sender_id is not None:
        rows = rows.filter(sender_ids__contains=[scope.sender_id])
    return rows


def _scan_on(limit: int) -> None:
    """Let the index go on where the filter leaves too few of the first it finds (pgvector 0.8)."""
    with connections[settings.VECTOR_DATABASE].cursor() as cursor:
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(f"SET LOCAL hnsw.ef_search = {limit}")


def _visible(scope: Scope, message_ids: Sequence[int]) -> tuple[int, ...]:
    first = scope.readable
    places = ((key, *split_log_id(key)) for key in message_ids)
    return tuple(key for key, conversation_id, seq in places if seq >= first[conversation_id])


def _order(scores: Mapping[int, float], messages: Mapping[int, Message]) -> list[Ranked]:
    best = sorted(scores, key=lambda key: -scores[key])
    return [Ranked(messages[key], scores[key]) for key in best]
