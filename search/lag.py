"""How far search is behind the logs: for /metrics, the admin's first page, and the word `degraded` in an answer."""

from collections.abc import Callable
from typing import Final

import msgspec
from django.core.cache import cache
from django.db import DatabaseError, connections, router
from django.db.models import Sum

from core import clock
from core.ids import log_id
from core.logs import get_logger
from core.metrics import add_gauge
from core.redis import RedisError
from messaging.models import Conversation, LogEvent, Message
from search import documents
from search.documents import MESSAGES
from search.embeddings.versions import current_model_id
from search.engine import EngineUnavailableError
from search.models import EmbeddedConversation, IndexedConversation

KEPT_S: Final = 10
"""The figures cost two scans of narrow tables: they are taken this often, once for all processes."""
TOLERATED_S: Final = 30.0
SAMPLE: Final = 200
"""Conversations that are looked at for the oldest entry: those that have been quiet for longest."""
_KEY: Final = "search-lag"
log = get_logger(__name__)


class Lag(msgspec.Struct, frozen=True):
    """`documents`, `vectors`: log entries that are not in the index, not in vectors. `oldest_s`: for how many seconds
    the oldest of the former has waited; 0 where there is none."""

    documents: int
    vectors: int
    oldest_s: float


def read_lag() -> Lag:
    """The figures, up to KEPT_S old. Raises EngineUnavailableError (nobody knows which index counts), DatabaseError."""
    try:
        kept = cache.get(_KEY)
    except RedisError:
        return measure()
    if kept is not None:
        return msgspec.convert(kept, Lag)
    lag = measure()
    try:
        cache.set(_KEY, msgspec.to_builtins(lag), KEPT_S)
    except RedisError as exc:
        log.warning("the lag is measured for each who asks", error=repr(exc))
    return lag


def is_behind() -> bool:
    """Whether so much is missing from the index that an answer from it must be called degraded."""
    try:
        return read_lag().oldest_s > TOLERATED_S
    except (EngineUnavailableError, DatabaseError):
        return True


def measure() -> Lag:
    """The figures of now. Raises EngineUnavailableError, DatabaseError."""
    identity = documents.find_identity(MESSAGES) or ""
    live = Conversation.objects.filter(dissolved_at=None)
    written = live.aggregate(total=Sum("last_seq"))["total"] or 0
    indexed = IndexedConversation.objects.filter(index_name=identity).aggregate(total=Sum("indexed_seq"))["total"] or 0
    embedded = EmbeddedConversation.objects.filter(model_id=current_model_id())
    in_vectors = embedded.aggregate(total=Sum("embedded_seq"))["total"] or 0
    missing = max(0, written - indexed)
    return Lag(missing, max(0, written - in_vectors), _age_of_oldest(identity) if missing else 0.0)


def _age_of_oldest(identity: str) -> float:
    """Seconds since the oldest entry that is not in the index was written."""
    firsts = [log_id(conversation_id, seq + 1) for conversation_id, seq in _list_behind(identity)]
    if not firsts:
        return 0.0
    messages = Message.objects.filter(pk__in=firsts).values_list("created_at", flat=True)
    events = LogEvent.objects.filter(pk__in=firsts).values_list("at", flat=True)
    oldest = min([*messages, *events], default=clock.now())
    return max(0.0, (clock.now() - oldest).total_seconds())


def _list_behind(identity: str) -> list[tuple[int, int]]:
    """Up to SAMPLE conversations that are behind, each with its position."""
    conversation, position = Conversation._meta.db_table, IndexedConversation._meta.db_table
    # A join of two tables without a relation between them: positions may be missing, and are of many indices.
    query = f"""
        SELECT c.id, COALESCE(i.indexed_seq, 0) FROM {conversation} c
        LEFT JOIN {position} i ON i.conversation_id = c.id AND i.index_name = %s
        WHERE c.dissolved_at IS NULL AND c.last_seq > COALESCE(i.indexed_seq, 0) ORDER BY c.changed_at LIMIT {SAMPLE}
    """  # noqa: S608 - names of our own tables
    with connections[router.db_for_read(Conversation)].cursor() as cursor:
        cursor.execute(query, [identity])
        return [(int(conversation_id), int(seq)) for conversation_id, seq in cursor.fetchall()]


def show_lag() -> None:
    """Adds the gauges to /metrics of this process; they read NaN while nobody knows. For one kind of process alone: who
    asks for the metrics has the database asked."""
    add_gauge("search_lag", "Log entries that are not in the search index yet", _gauge(lambda lag: lag.documents))
    add_gauge("search_lag_seconds", "Age of the oldest of them", _gauge(lambda lag: lag.oldest_s))
    add_gauge("vector_lag", "Log entries that are not in vectors yet", _gauge(lambda lag: lag.vectors))


def _gauge(pick: Callable[[Lag], float]) -> Callable[[], float]:
    def read() -> float:
        try:
            return pick(read_lag())
        except (EngineUnavailableError, DatabaseError):
            return float("nan")
        finally:
            _let_connections_go()

    return read


def _let_connections_go() -> None:
    """The thread that is asked may have no request at whose end this is done; one in a transaction has."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
