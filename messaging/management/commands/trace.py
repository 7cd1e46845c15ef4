"""`manage.py trace MESSAGE_ID`: where a message has been, and with `--user` why somebody did not get it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User, fold_username
from core.clock import to_wire
from core.ids import MAX_BIGINT
from core.kafka.port import KafkaError
from messaging.delivery.tracing import Step
from messaging.selectors.explaining import explain
from messaging.selectors.trace import Trace, find_trace


class Command(BaseCommand):
    help = "Shows what is known about a message's delivery: who, where and when, never what was written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("message_id", type=int)
        parser.add_argument("--json", action="store_true", help="all of it, for programs")
        parser.add_argument("--user", metavar="NAME", help="say why this person did not get it (a name or an id)")

    def handle(self, *args: Any, **options: Any) -> None:
        trace = _get_trace(options["message_id"])
        sentences = explain(trace, _get_user(options["user"])) if options["user"] else []
        if options["json"]:
            shown = msgspec.to_builtins(trace) | {"steps": _as_dicts(trace.steps)}
            if options["user"]:
                shown["explained"] = sentences
            self.stdout.write(msgspec.json.format(msgspec.json.encode(shown)).decode())
            return
        for line in (*_facts(trace), *_steps(trace), *_people(trace), *sentences):
            self.stdout.write(line)


def _get_trace(message_id: int) -> Trace:
    try:
        trace = find_trace(message_id, with_dead_letters=True) if 0 < message_id <= MAX_BIGINT else None
    except KafkaError as error:
        raise CommandError(f"Kafka does not answer: {error}") from error
    if trace is None:
        raise CommandError(f"there is no message {message_id}: nothing of that id was ever stored, or it was erased")
    return trace


def _get_user(name: str) -> User:
    user = User.objects.filter(username_folded=fold_username(name)).first()
    if user is None and name.isdecimal():
        user = User.objects.filter(pk=int(name)).first() if int(name) <= MAX_BIGINT else None
    if user is None:
        raise CommandError(f"there is no user {name}")
    return user


def _facts(trace: Trace) -> list[str]:
    reach = trace.reach
    lines = [
        f"message {trace.message_id}: seq {trace.seq} of conversation {trace.conversation_id} "
        f"({trace.conversation_kind}), {trace.kind}, by {trace.sender or '?'} (#{trace.sender_id})",
        f"client_msg_id  {trace.client_msg_id}",
        f"stored         {to_wire(trace.stored_at)}",
    ]
    changes = (("edited", trace.edited_at), ("recalled", trace.recalled_at), ("hidden", trace.hidden_at))
    lines += [f"{name:<14} {to_wire(at)}" for name, at in changes if at is not None]
    lines += [f"event          {to_wire(e.at)}  seq {e.seq} {e.event} by #{e.actor_id}" for e in trace.events]
    lines.append(f"received       by {reach.received} of {reach.members}, read by {reach.read}")
    lines += [f"{name:<14} {text}" for name, text in trace.facts.items()]
    if trace.outbox:
        lines.append(f"outbox         {trace.outbox} entries of the conversation wait to be published")
    lines += [f"dead letter    {one.number} ({one.topic}, {one.failed_at}): {one.reason}" for one in _letters(trace)]
    return lines


def _letters(trace: Trace) -> list[Any]:
    return trace.dead_letters or []


def _steps(trace: Trace) -> list[str]:
    if trace.steps is None:
        return ["steps          unknown: Redis does not answer"]
    if not trace.steps:
        return ["steps          no longer kept" if trace.is_sampled else "steps          not sampled (TRACE_SAMPLE)"]
    first = trace.steps[0].at_ms
    return ["steps", *(_line(step, step.at_ms - first) for step in trace.steps)]


def _line(step: Step, after_ms: int) -> str:
    return f"  {_wire(step)}  {after_ms:>+7} ms  {step.name:<12} {step.process:<20} {_detail(step)}".rstrip()


def _detail(step: Step) -> str:
    parts = []
    if step.gateway and step.gateway != step.process:
        parts.append(f"to {step.gateway}")
    if step.count:
        parts.append({"stored": "a batch of {}", "pushed": "{} sockets"}.get(step.name, "{}").format(step.count))
    if step.users:
        parts.append("users " + " ".join(f"#{user}" for user in step.users))
    return ", ".join(parts)


def _people(trace: Trace) -> list[str]:
    words = {(False, False): "-", (True, False): "received", (True, True): "read", (False, True): "read"}
    return [
        f"member         {one.username} (#{one.user_id}): {words[one.has_received, one.has_read]}"
        for one in trace.members
        if one.user_id != trace.sender_id
    ]


def _wire(step: Step) -> str:
    return to_wire(datetime.fromtimestamp(step.at_ms / 1000, UTC))


def _as_dicts(steps: list[Step] | None) -> list[dict[str, Any]] | None:
    return None if steps is None else [{**msgspec.structs.asdict(step), "at": _wire(step)} for step in steps]
