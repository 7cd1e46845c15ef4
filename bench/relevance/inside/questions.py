"""Ask an agent's retrieval every question, and print the outcome as JSON lines."""

import sys
import time

import msgspec

from ai_agent.retrieval import retrieve
from bench.relevance.inside.world import build_world
from bench.relevance.measures import Answer
from bench.relevance.reading import make_lines, read_questions
from messaging.models import AiSetting, Member


def main() -> None:
    """One Answer a line on standard output: the keys of what the model would be given, best first."""
    world = build_world(make_lines())
    Member.objects.update(ai=AiSetting.INDEXED)
    for question in read_questions():
        started = time.perf_counter()
        found = retrieve(world.user_id, question.text, only_in=None)
        spent_ms = (time.perf_counter() - started) * 1000
        assert not found.degraded, "a service was away: these figures would mean nothing"
        keys = [world.keys.get(source.message.pk, "") for source in found.sources]
        answer = Answer("agent", question.kind, question.held_out, question.text, sorted(question.keys), keys, spent_ms)
        sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")


main()
