"""A brief over all chats: what was decided, what the reader is asked, what is open (flow 6)."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

import msgspec
from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ai_agent.digests import asking
from ai_agent.digests.asking import Prompt
from ai_agent.digests.extracts import extract
from ai_agent.digests.jobs import Job, Kept
from ai_agent.digests.reading import Reading, as_source, read_unread
from ai_agent.digests.wire import Brief, ChatBrief
from ai_agent.models import Purpose
from ai_agent.services.budgets import BudgetExceededError
from ai_agent.services.digesting import obtain
from core import clock
from core.clock import to_wire
from core.llm import ChatAnswer, ChatModel
from messaging.models import ConversationKind, Member
from messaging.selectors.access import Place
from messaging.selectors.conversations import present_members, with_mentions
from messaging.selectors.peers import find_peers

MAX_CHATS: Final = 12
FRESH_S: Final = 120
AT_ONCE: Final = 4
"""Requests of one brief that run side by side."""
EACH_S: Final = 30.0
"""How long one of them may take: all of them together must be done before the claim ends (jobs.RUNNING_S)."""
_SORTS: Final = {"D": "decisions", "Q": "questions", "O": "open_points"}


def ask_brief(user_id: int, since: datetime | None) -> dict[str, Any] | None:
    """The contract's brief for the caller, None while it is being made. Raises as `digesting.obtain`."""
    job = Job(
        kind="brief",
        user_id=user_id,
        since=to_wire(since) if since is not None else None,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    return obtain(job, lambda kept: time.time() - kept.made_at < FRESH_S)


def make_brief(job: Job) -> Kept:
    """Reads every chat with something new, asks the model about each by itself, and puts it together.

    Raises BudgetExceededError where not even one chat could be asked about; the others are then told without a model.
    """
    since = datetime.fromisoformat(job.since) if job.since is not None else None
    members, more = _find_chats(job.user_id, since)
    titles = _titles(members)
    readings = [read_unread(Place(member.conversation, member), None, since) for member in members]
    readings = [reading for reading in readings if reading.messages]
    prompts, answers, model = _ask_all(readings)
    chats = [
        _view(reading, titles[reading.place.conversation.pk], prompts.get(index), answers.get(index), model)
        for index, reading in enumerate(readings)
    ]
    brief = Brief(
        text=_headline(chats, model),
        chats=chats,
        more_chats=more,
        since=job.since,
        model=model.name if model is not None and any(chat.model for chat in chats) else None,
        as_of=to_wire(clock.now()),
    )
    read = [prompts[index].reading if index in answers else reading for index, reading in enumerate(readings)]
    sources = [as_source(message) for reading in read for message in reading.messages]
    return Kept(attempt="", state="done", made_at=time.time(), result=dict(msgspec.to_builtins(brief)), sources=sources)


def _find_chats(user_id: int, since: datetime | None) -> tuple[list[Member], int]:
    """The reader's memberships of chats with something new, those that name them first, then people before groups; and
    how many more there are. Archived chats are left out, muted ones too unless they name the reader."""
    rows: Any = with_mentions(present_members(user_id)).select_related("user").filter(archived=False)
    rows = rows.filter(conversation__kind__in=[ConversationKind.DIRECT, ConversationKind.GROUP])
    rows = _with_news(rows, since).filter(Q(muted=False) | Q(mention_count__gt=0))
    is_direct = Case(When(conversation__kind=ConversationKind.DIRECT, then=Value(0)), default=Value(1))
    found = list(rows.order_by("-mention_count", is_direct, "-conversation__changed_at")[: MAX_CHATS + 1])
    more = rows.count() - MAX_CHATS if len(found) > MAX_CHATS else 0
    return found[:MAX_CHATS], more


def _with_news(rows: "QuerySet[Member]", since: datetime | None) -> "QuerySet[Member]":
    if since is not None:
        return rows.filter(conversation__changed_at__gte=since, conversation__last_ordinal__gt=0)
    return rows.filter(conversation__last_ordinal__gt=F("read_ordinal"))


def _titles(members: Sequence[Member]) -> dict[int, str]:
    peers = find_peers(members)
    return {
        member.conversation_id: peers.fields(member)["title"]
        if member.conversation.kind == ConversationKind.DIRECT
        else member.conversation.title
        for member in members
    }


def _ask_all(
    readings: Sequence[Reading],
) -> tuple[dict[int, Prompt], dict[int, ChatAnswer], ChatModel | None]:
    """What was asked about each reading (by its place in the list), and the answers that came."""
    model = asking.find_model()
    prompts: dict[int, Prompt] = {}
    if model is None:
        return prompts, {}, None
    reserved: dict[int, int] = {}
    for index, reading in enumerate(readings):
        prompt = asking.brief_prompt(reading)
        try:
            reserved[index] = asking.prepare(model, prompt, purpose=Purpose.BRIEF)
        except BudgetExceededError:
            if not reserved:
                raise
            break
        prompts[index] = prompt
    answers: dict[int, ChatAnswer] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="brief") as pool:
        asked = {index: pool.submit(asking.speak, model, prompt, EACH_S) for index, prompt in prompts.items()}
        for index, future in asked.items():
            answer = future.result()
            asking.settle(model, prompts[index], answer, purpose=Purpose.BRIEF, reservation=reserved[index])
            if asking.is_whole(answer):
                answers[index] = answer
    return prompts, answers, model


def _view(
    reading: Reading, title: str, prompt: Prompt | None, answer: ChatAnswer | None, model: ChatModel | None
) -> ChatBrief:
    sorts: dict[str, list[str]] = {name: [] for name in [*_SORTS.values(), "highlights"]}
    if prompt is not None and answer is not None:
        reading = prompt.reading
        text, citations = asking.check_lines(answer.text, reading)
        for line in text.splitlines():
            sort, colon, said = line.partition(":")
            if colon and sort.strip().upper() in _SORTS and said.strip():
                sorts[_SORTS[sort.strip().upper()]].append(said.strip())
    else:
        found = extract(reading)
        sorts |= {"highlights": found.highlights, "questions": found.questions}
        citations = found.citations
    place = reading.place
    return ChatBrief(
        conversation_id=str(place.conversation.pk),
        title=title,
        from_seq=reading.from_seq,
        to_seq=reading.to_seq,
        unread_count=max(0, place.conversation.last_ordinal - place.member.read_ordinal),
        message_count=len(reading.messages),
        left_out=reading.left_out,
        citations=citations,
        model=model.name if model is not None and answer is not None else None,
        **sorts,
    )


def _headline(chats: Sequence[ChatBrief], model: ChatModel | None) -> str:
    if not chats:
        return _("There is nothing new.")
    count = sum(chat.message_count for chat in chats)
    said = _("%(messages)s in %(chats)s.") % {
        "messages": ngettext("%(count)d message", "%(count)d messages", count) % {"count": count},
        "chats": ngettext("%(count)d chat", "%(count)d chats", len(chats)) % {"count": len(chats)},
    }
    if model is None:
        return said + " " + _("No language model is set up here: this is what stands out.")
    if not all(chat.model for chat in chats):
        return said + " " + _("Where the language model could not be asked, this is what stands out.")
    return said
