"""What an agent may rest an answer on: passages found by meaning and by words, among what the asker may read now and
the senders let AI read. Decided before a model says anything, and by nothing that a model says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from core import clock
from messaging.agents import agent_ids
from messaging.models import AiSetting, Conversation, ConversationKind, Member, Message
from messaging.selectors.consent import readable_by_ai
from search.analysis.highlights import highlight
from search.analysis.queries import Query, parse_query
from search.selectors.access import Scope, access_readable, find_present, list_readable
from search.selectors.messages import Mode, rank_messages

LIMIT: Final = 8
MAX_QUERY: Final = 400
"""Letters of a question by which is searched."""
_CANDIDATES: Final = 120
"""Of the messages found, how many are asked whether AI may read them: two queries for all of them."""
QUOTE: Final = 240
"""Letters of a quote."""


@dataclass(frozen=True, slots=True)
class Source:
    """A message that an answer may cite, as it stood at `taken_at`; `quote` is what of it is shown beside the answer.

    `score` only compares with others of the same question.
    """

    message: Message
    quote: str
    score: float
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Sources, best first. `degraded`: a part of search was away, and there may be better ones."""

    sources: Sequence[Source]
    degraded: bool = False


def retrieve(
    asker_id: int, query: str, *, only_in: int | None, limit: int = LIMIT, without: Collection[int] = ()
) -> Retrieved:
    """Up to `limit` messages that may answer the query, none of `without`, none that an agent wrote or was asked.

    Only from conversations that the asker is in now, in their visible range; with `only_in`, from that one alone. Only
    messages whose senders let AI read them there. In the state of now. Raises CONVERSATION_NOT_FOUND for an `only_in`
    that the asker is not in.
    """
    taken_at = clock.now()
    scope = _scope(asker_id, only_in)
    parsed = parse_query(query[:MAX_QUERY])
    if not scope.readable or not query.strip():
        return Retrieved([])
    ranking = rank_messages(scope, parsed, Mode.HYBRID)
    agents = agent_ids()
    hits = [
        hit
        for hit in ranking.hits
        if hit.message.pk not in without and hit.message.sender_id not in agents and not _asks_one(hit.message, agents)
    ][:_CANDIDATES]
    allowed = {message.pk for message in readable_by_ai([hit.message for hit in hits], asked_in=only_in)}
    sources = [
        Source(hit.message, quote_of(hit.message.text, parsed), hit.score, taken_at)
        for hit in hits
        if hit.message.pk in allowed and hit.message.text.strip()
    ]
    return Retrieved(sources[:limit], ranking.degraded)


def take(messages: Sequence[Message]) -> list[Source]:
    """Messages that were not searched for, as sources."""
    now = clock.now()
    return [Source(message, quote_of(message.text), 0.0, now) for message in messages]


def quote_of(text: str, query: Query | None = None) -> str:
    """What of a text is shown as a quote: all of a short one, of a long one the part that answers the query."""
    if len(text) > QUOTE and query is not None:
        text = max(highlight(text, query, loosely=True), key=lambda part: len(part.ranges)).text
    line = " ".join(text.split())
    return line if len(line) <= QUOTE else line[: QUOTE - 1] + "…"


def find_standing(asker_id: int, message_ids: Collection[int]) -> set[int]:
    """Those of the messages that the asker may still read and whose senders still let AI read them from elsewhere, as
    they are now: neither recalled nor hidden. At most five queries."""
    scope = Scope(user_id=asker_id, readable=list_readable(asker_id))
    present = find_present(scope, list(message_ids))
    return {message.pk for message in readable_by_ai(list(present.values()), asked_in=None)}


def _scope(asker_id: int, only_in: int | None) -> Scope:
    if only_in is not None:
        key, readable = access_readable(asker_id, str(only_in))
        return Scope(user_id=asker_id, readable=readable, conversation_id=key)
    return Scope(user_id=asker_id, readable=_open_to_agents(list_readable(asker_id)))


def _open_to_agents(readable: dict[int, int]) -> dict[int, int]:
    """Those of the conversations in which somebody lets agents read from elsewhere. One query."""
    indexed = Member.objects.filter(conversation_id=OuterRef("pk"), ai=AiSetting.INDEXED)
    rows = Conversation.objects.filter(pk__in=list(readable), ai_max=AiSetting.INDEXED)
    keys = rows.exclude(kind=ConversationKind.AGENT).filter(Exists(indexed)).values_list("pk", flat=True)
    return {key: readable[key] for key in keys}


def _asks_one(message: Message, agents: Collection[int]) -> bool:
    """Whether the message is a question to an agent: who asks again does not want the question for an answer."""
    return any(name.isdecimal() and int(name) in agents for name in message.mentions or ())
