"""A summary of what someone has not read in a conversation (flow 6)."""

import time
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ai_agent.digests import asking
from ai_agent.digests.extracts import extract_text
from ai_agent.digests.jobs import Job, Kept
from ai_agent.digests.reading import Reading, as_source, read_unread
from ai_agent.digests.wire import DigestCitation, Summary
from ai_agent.models import Purpose
from ai_agent.services.digesting import obtain
from core import clock
from core.clock import to_wire
from messaging.selectors.access import Place, access_place

FRESH_S: Final = 60
"""For so long a summary is given out although more has been written since, or something been read."""


def ask_summary(place: Place, after_seq: int | None) -> dict[str, Any] | None:
    """The contract's summary for the caller, None while it is being made. Raises as `digesting.obtain`."""
    first = max((place.member.read_seq if after_seq is None else after_seq) + 1, place.member.visible_from)
    last = place.conversation.last_seq
    job = Job(
        kind="summary",
        user_id=place.member.user_id,
        conversation_id=place.conversation.pk,
        after_seq=after_seq,
        language=get_language() or settings.LANGUAGE_CODE,
    )

    def is_fresh(kept: Kept) -> bool:
        if time.time() - kept.made_at < FRESH_S:
            return True
        made = kept.result or {}
        return made.get("to_seq") == last and made.get("from_seq") == first

    return obtain(job, is_fresh)


def make_summary(job: Job) -> Kept:
    """Reads, asks the model, and puts the answer together. Raises CONVERSATION_NOT_FOUND, BudgetExceededError."""
    place = access_place(job.user_id, str(job.conversation_id))
    reading = read_unread(place, job.after_seq)
    text, citations, model, used = _summarise(reading)
    summary = Summary(
        text=text,
        citations=citations,
        from_seq=reading.from_seq,
        to_seq=reading.to_seq,
        message_count=len(used.messages),
        left_out=used.left_out,
        model=model,
        as_of=to_wire(clock.now()),
    )
    sources = [as_source(message) for message in used.messages]
    return Kept(
        attempt="", state="done", made_at=time.time(), result=dict(msgspec.to_builtins(summary)), sources=sources
    )


def _summarise(reading: Reading) -> tuple[str, list[DigestCitation], str | None, Reading]:
    """The text, its citations, who wrote it, and what was read for it."""
    if not reading.messages:
        nothing = _("There is nothing here that AI may read.") if reading.left_out else _("There is nothing new here.")
        return nothing, [], None, reading
    model = asking.find_model()
    if model is None:
        text, citations = extract_text(reading, _("No language model is set up here. This is what stands out:"))
        return text, citations, None, reading
    prompt = asking.summary_prompt(reading)
    said = asking.ask(model, prompt, purpose=Purpose.SUMMARY)
    if said is None:
        text, citations = extract_text(reading, _("The language model does not answer now. This is what stands out:"))
        return text, citations, None, reading
    text, citations = asking.check_lines(said, prompt.reading)
    if not citations:
        text, citations = extract_text(reading, _("The language model named no sources. This is what stands out:"))
        return text, citations, None, reading
    return text, citations, model.name, prompt.reading
