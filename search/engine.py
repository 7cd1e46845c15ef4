"""The one door to the search engine: Elasticsearch 7.10 to 9, OpenSearch, or the embedded server.

Whatever the engine does wrong leaves here as EngineUnavailableError; only actions that it refuses for what they hold
are ActionsRefusedError.
"""

import dataclasses
import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final

from django.conf import settings
from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport import TransportError as _TransportError
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError
from elasticsearch.dsl import connections

from core.logs import get_logger

SEARCH_TIMEOUT_S: Final = 3.0
WRITE_TIMEOUT_S: Final = 30.0
CHUNK: Final = 500
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
log = get_logger(__name__)
# The client tells of every request, and in debugging of every body: texts that no log may hold.
logging.getLogger("elastic_transport").setLevel(logging.WARNING)


class EngineUnavailableError(Exception):
    """The engine is away, overloaded, or has not got the index yet: trying again later may help."""


class ActionsRefusedError(Exception):
    """The engine took the other actions, but refuses these for what they hold: `{document id: reason}`."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        super().__init__(f"{len(refused)} actions refused")
        self.refused = dict(refused)


class PlainNode(Urllib3HttpNode):
    """Speaks to any engine of the family: media types without Elastic's version suffix, and the product header, on
    whose absence the client refuses OpenSearch and Elasticsearch before 7.14, is supplied."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        plain = HttpHeaders(headers or {})
        plain["accept"] = _JSON
        if "content-type" in plain:
            plain["content-type"] = _LINES if "ndjson" in plain["content-type"] else _JSON
        answer = super().perform_request(method, target, body, plain, request_timeout)
        headers_seen = HttpHeaders(answer.meta.headers)
        headers_seen["x-elastic-product"] = "Elasticsearch"
        return answer._replace(meta=dataclasses.replace(answer.meta, headers=headers_seen))


def get_engine() -> Elasticsearch:
    """The client of the engine that settings name, shared by all threads. Connects on first use."""
    return _client(settings.ELASTICSEARCH_URL, os.getpid())


@cache
def _client(url: str, _process: int) -> Elasticsearch:
    """Connections do not survive a fork: every process has a client of its own."""
    return Elasticsearch(
        url, node_class=PlainNode, request_timeout=WRITE_TIMEOUT_S, max_retries=0, retry_on_timeout=False
    )


def connect_documents() -> None:
    """Let the documents of django-elasticsearch-dsl and its commands use the same client."""
    connections.add_connection("default", get_engine())


def check_engine() -> None:
    """Raises EngineUnavailableError unless the engine answers within a second."""
    try:
        get_engine().options(request_timeout=0.8).info()
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc


def find_hits(index: str, body: Mapping[str, Any], *, routing: str | None = None) -> list[dict[str, Any]]:
    """The hits (`_id`, `_score`, `_source`) of a search within SEARCH_TIMEOUT_S, best first.

    Raises EngineUnavailableError, also where a shard failed or time ran out: half an answer is none.
    """
    options: dict[str, Any] = {"routing": routing} if routing else {}
    try:
        engine = get_engine().options(request_timeout=SEARCH_TIMEOUT_S)
        answer = engine.search(index=index, body=dict(body), **options)
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
    if answer["timed_out"] or answer["_shards"]["failed"]:
        raise EngineUnavailableError("a part of the index did not answer")
    hits: list[dict[str, Any]] = answer["hits"]["hits"]
    return hits


def create_index(alias: str, index: str, body: Mapping[str, Any], *, with_alias: bool) -> bool:
    """Make the index, and with it the alias in the same step; False where the index is there already.

    Raises EngineUnavailableError.
    """
    aliases: dict[str, Any] = {"aliases": {alias: {}}} if with_alias else {}
    try:
        get_engine().indices.create(index=index, body={**body, **aliases})
    except BadRequestError as exc:
        if exc.error == "resource_already_exists_exception":
            return False
        raise
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
    return True


def list_indices(alias: str) -> list[str]:
    """The indices behind an alias, none where there is no such alias. Raises EngineUnavailableError."""
    try:
        return sorted(get_engine().indices.get_alias(name=alias))
    except NotFoundError:
        return []
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc


def find_metadata(alias: str) -> dict[str, dict[str, Any]]:
    """`{index: what its mapping keeps under _meta}` of the indices behind an alias. Raises EngineUnavailableError."""
    try:
        found = get_engine().indices.get_mapping(index=alias)
    except NotFoundError:
        return {}
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
    return {name: description["mappings"].get("_meta", {}) for name, description in found.items()}


def move_alias(alias: str, index: str) -> None:
    """Point the alias at this index alone, in one step, and drop the indices it stood for.

    Raises EngineUnavailableError.
    """
    old = [name for name in list_indices(alias) if name != index]
    actions = [
        {"add": {"index": index, "alias": alias}},
        *({"remove": {"index": name, "alias": alias}} for name in old),
    ]
    try:
        get_engine().indices.update_aliases(actions=actions)
        for name in old:
            get_engine().indices.delete(index=name, ignore_unavailable=True)
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc


def drop_unused(alias: str) -> list[str]:
    """Drop the indices that were made for this alias and that it does not stand for; returns their names.

    Raises EngineUnavailableError.
    """
    used = set(list_indices(alias))
    try:
        unused = [name for name in get_engine().indices.get(index=f"{alias}-*") if name not in used]
        for name in unused:
            get_engine().indices.delete(index=name, ignore_unavailable=True)
    except NotFoundError:
        return []
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
    return unused


def write(actions: Iterable[Mapping[str, Any]], *, refresh: bool = False) -> None:
    """Carry out bulk actions (`_op_type`, `_index`, `_id`, `_source` and metadata), CHUNK in a request.

    A version conflict (the engine has the same or a later state) and the deletion of what is not there are success.
    Raises EngineUnavailableError as soon as the engine does not take an action now, ActionsRefusedError at the end when
    it will never take some. With `refresh`, what was written can be found when this returns.
    """
    waiting = iter(actions)
    refused: dict[str, str] = {}
    while chunk := list(islice(waiting, CHUNK)):
        refused |= _write_chunk(chunk, refresh=refresh)
    if refused:
        raise ActionsRefusedError(refused)


def _write_chunk(chunk: Sequence[Mapping[str, Any]], *, refresh: bool) -> dict[str, str]:
    lines: list[Mapping[str, Any]] = []
    for action in chunk:
        metadata = {name: value for name, value in action.items() if name not in {"_op_type", "_source"}}
        lines.append({action["_op_type"]: metadata})
        if action["_op_type"] != "delete":
            lines.append(action["_source"])
    try:
        answer = get_engine().bulk(operations=lines, refresh=refresh)
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
    if not answer["errors"]:
        return {}
    refused: dict[str, str] = {}
    for item in answer["items"]:
        [outcome] = item.values()
        refused |= _judge(outcome)
    return refused


def _judge(outcome: Mapping[str, Any]) -> dict[str, str]:
    """What became of one action: nothing to report, or its refusal. Raises EngineUnavailableError."""
    error = outcome.get("error")
    if error is None or outcome["status"] == 409:
        return {}
    if outcome["status"] == 400:
        log.error("the engine refuses a document", id=outcome["_id"], reason=error["type"])
        return {outcome["_id"]: str(error["type"])}
    raise EngineUnavailableError(f"{outcome['status']} {error['type']}")


def delete_matching(index: str, query: Mapping[str, Any]) -> None:
    """Delete every document that matches. Raises EngineUnavailableError."""
    try:
        get_engine().delete_by_query(index=index, query=dict(query), conflicts="proceed", ignore_unavailable=True)
    except (_TransportError, ApiError) as exc:
        raise EngineUnavailableError(repr(exc)) from exc
