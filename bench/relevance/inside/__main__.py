"""Build the world, ask every query of every contestant, and print the outcome as JSON lines."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from bench.relevance.inside.world import World, build_plain_index, build_world, search_plain
from bench.relevance.measures import Answer
from bench.relevance.reading import check_labels, make_lines, read_queries
from core.paging import PageRequest
from search.selectors.messages import MessageSearch, Mode, search_messages

DEPTH = 10
Contestant = Callable[[str], Sequence[int]]


def main() -> None:
    """One Answer a line on standard output; what is being done on standard error."""
    lines, queries = make_lines(), read_queries()
    check_labels(lines, queries)
    print(f"{len(lines)} messages, {len(queries)} queries; indexing and embedding ...", file=sys.stderr)
    world = build_world(lines)
    for name, contestant in _contestants(world).items():
        print(f"{name} ...", file=sys.stderr)
        contestant("warm up")
        for query in queries:
            started = time.perf_counter()
            found = contestant(query.text)
            spent_ms = (time.perf_counter() - started) * 1000
            keys = [world.keys.get(key, "") for key in found]
            answer = Answer(name, query.kind, query.held_out, query.text, sorted(query.keys), keys, spent_ms)
            sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


def _contestants(world: World) -> Mapping[str, Contestant]:
    plain = {analyzer: partial(_ask_plain, build_plain_index(analyzer)) for analyzer in ("standard", "cjk")}
    return plain | {mode.value: partial(_ask, world.user_id, mode) for mode in Mode}


def _ask_plain(index: str, text: str) -> Sequence[int]:
    return search_plain(index, text, DEPTH)


def _ask(user_id: int, mode: Mode, text: str) -> Sequence[int]:
    answer = search_messages(user_id, MessageSearch(q=text, mode=mode), PageRequest(limit=DEPTH))
    assert not answer.degraded, "a service was away: these figures would mean nothing"
    return [int(hit.message.message_id) for hit in answer.results]


main()
