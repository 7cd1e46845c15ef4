"""The delivery of one message in the admin: a picture on its page, and all of it on a page of its own."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.models import User, fold_username
from core import clock
from core.admin_base import as_number
from core.charts import Lane, timeline
from messaging.delivery import tracing
from messaging.delivery.tracing import Sampler, Step, read_steps
from messaging.models import Message
from messaging.selectors.explaining import explain
from messaging.selectors.trace import Trace, find_trace


def draw_timeline(message: Message) -> SafeString:
    """The sampled steps, and the way to the rest."""
    address = reverse("admin:messaging_message_trace", args=[message.pk])
    link = format_html('<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>', address, _("All about it"))
    steps = read_steps(message.pk)
    if not steps:
        return format_html("{} {}", _say_missing(steps, Sampler().takes(message.pk)), link)
    return format_html('<div class="max-w-2xl">{}</div>{}', _draw(steps), link)


@never_cache
def show_trace(request: HttpRequest, object_id: str, site_context: dict[str, Any]) -> HttpResponse:
    """What is known of the delivery, and with `?user=` why that person did not get it. 403 for who may not see it."""
    if not request.user.has_perm("messaging.trace_message"):
        raise PermissionDenied
    number = as_number(object_id)
    trace = find_trace(number) if number is not None else None
    if trace is None:
        raise Http404
    asked = request.GET.get("user", "").strip()
    user = _find_user(asked)
    context = {
        **site_context,
        "title": _("Delivery of message %(id)d") % {"id": trace.message_id},
        "opts": Message._meta,
        "trace": trace,
        "facts": _facts(trace),
        "picture": _draw(trace.steps) if trace.steps else _say_missing(trace.steps, trace.is_sampled),
        "steps": _rows(trace.steps or []),
        "asked": asked,
        "sentences": explain(trace, user) if user is not None else [],
        "is_unknown": bool(asked) and user is None,
    }
    return TemplateResponse(request, "messaging/trace.html", context)


def _say_missing(steps: Sequence[Step] | None, is_sampled: bool) -> str:
    if steps is None:
        return _("The steps of its delivery cannot be read: Redis does not answer.")
    if is_sampled:
        return _("The steps of its delivery are no longer kept.")
    return _("Its delivery was not traced (TRACE_SAMPLE).")


def _draw(steps: Sequence[Step]) -> SafeString:
    first = steps[0].at_ms
    names = list(dict.fromkeys(step.name for step in steps))
    lanes = [
        Lane(_label(name), [(s.at_ms - first, f"{s.at_ms - first} ms, {s.process}") for s in steps if s.name == name])
        for name in names
    ]
    return timeline(_("How it was delivered"), lanes)


def _label(name: str) -> str:
    labels = {
        tracing.ACCEPTED: _("accepted"),
        tracing.STORED: _("stored"),
        tracing.PUBLISHED: _("published"),
        tracing.QUEUED: _("left to the fan-out"),
        tracing.FANNED_OUT: _("fanned out"),
        tracing.PUSHED: _("pushed"),
        tracing.ACKNOWLEDGED: _("acknowledged"),
        tracing.RECEIVED: _("received"),
        tracing.READ: _("read"),
    }
    return labels.get(name, name)


def _facts(trace: Trace) -> dict[str, str]:
    """Names, and how it stands."""
    reach = {"received": trace.reach.received, "members": trace.reach.members, "read": trace.reach.read}
    facts = {
        _("Conversation"): f"{trace.conversation_id} ({trace.conversation_kind}), seq {trace.seq}",
        _("Sender"): f"{trace.sender} (#{trace.sender_id})",
        _("Stored"): clock.to_wire(trace.stored_at),
        _("Received"): _("by %(received)d of %(members)d, read by %(read)d") % reach,
    }
    if trace.outbox:
        facts[_("Outbox")] = str(trace.outbox)
    return facts | {_label_fact(name): text for name, text in trace.facts.items()}


def _label_fact(name: str) -> str:
    return {"indexed": _("In the search index"), "embedded": _("In vectors")}.get(name, name)


def _rows(steps: Sequence[Step]) -> list[dict[str, Any]]:
    first = steps[0].at_ms if steps else 0
    return [
        {
            "after": step.at_ms - first,
            "name": _label(step.name),
            "process": step.process,
            "gateway": step.gateway if step.gateway != step.process else "",
            "count": step.count or "",
            "users": step.users,
        }
        for step in steps
    ]


def _find_user(asked: str) -> User | None:
    """By name, or by id."""
    if not asked:
        return None
    number = as_number(asked)
    named = User.objects.filter(username_folded=fold_username(asked)).first()
    return named or (User.objects.filter(pk=number).first() if number is not None else None)
