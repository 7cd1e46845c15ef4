"""What is gathered for an answer: passages that were found, the group's recent talk, the earlier turns."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from accounts.models import User
from ai_agent.answering.questions import Question, list_earlier
from ai_agent.prompting import Asked
from ai_agent.retrieval import LIMIT, Source, find_standing, retrieve, take
from files.models import File
from messaging.agents import agent_ids
from messaging.models import Citation, Conversation, ConversationKind, Message
from messaging.selectors.citations import citations_of
from messaging.selectors.consent import readable_by_ai
from search.passages import measure

TURNS: Final = 20
"""Of an agent's own conversation."""
RECENT: Final = 12
"""Of a group's talk before the question."""
SHORT: Final = 60
"""A question of fewer letters may mean what the one before it was about."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a prompt is made of. `degraded`: a part of search was away."""

    asked: Asked
    degraded: bool


def gather(question: Question) -> Gathered:
    """Everything that may be read for a question, as of now, by the asker's rights and the senders' consent."""
    is_group = question.only_in is not None
    turns = [] if is_group else _list_turns(question)
    recent = _list_recent(question) if is_group and question.agent.uses_retrieval else []
    sources, degraded = _find(question, turns, without={message.pk for message in recent})
    sources = [*sources, *take(recent)]
    asked = Asked(
        agent=question.agent,
        question=question.text,
        language=question.language,
        turns=turns,
        sources=sources,
        names=_names(sources),
        titles=_titles(sources),
        files=_files(sources),
    )
    return Gathered(asked, degraded)


def _find(question: Question, turns: Sequence[Message], without: Collection[int]) -> tuple[list[Source], bool]:
    """What search finds for the question, and, where it is a short one, for it together with the one before."""
    if not question.agent.uses_retrieval:
        return [], False
    known = {*without, question.message.pk, *(turn.pk for turn in turns)}
    found = retrieve(question.asker_id, question.text, only_in=question.only_in, without=known)
    before = next((turn.text for turn in reversed(turns) if turn.sender_id == question.asker_id), "")
    if not before or measure(question.text) > SHORT:
        return list(found.sources), found.degraded
    both = retrieve(question.asker_id, f"{before} {question.text}", only_in=question.only_in, without=known)
    merged = {source.message.pk: source for source in [*found.sources[: LIMIT // 2], *both.sources, *found.sources]}
    return list(merged.values())[:LIMIT], found.degraded or both.degraded


def _list_turns(question: Question) -> list[Message]:
    """The asker's and the agent's earlier messages. An answer whose source was taken back is left out: a model that
    read it could say it again."""
    pair = {question.asker_id, question.agent.pk}
    turns = [message for message in list_earlier(question, TURNS) if message.sender_id in pair]
    own = [message.pk for message in turns if message.sender_id == question.agent.pk]
    void = _find_void(question, own) if own else set()
    return [message for message in turns if message.pk not in void and message.pk != question.answer_id]


def _find_void(question: Question, answer_ids: Sequence[int]) -> set[int]:
    """Those of the answers that rest on something which is edited, recalled, left, or closed to agents by now."""
    void = {
        answer_id
        for answer_id, citations in citations_of(answer_ids, question.asker_id).items()
        if any(citation.withdrawn for citation in citations)
    }
    cited = list(Citation.objects.filter(answer_id__in=answer_ids).values_list("message_id", "answer_id"))
    standing = find_standing(question.asker_id, {message_id for message_id, _answer in cited}) if cited else set()
    return void | {answer_id for message_id, answer_id in cited if message_id not in standing}


def _list_recent(question: Question) -> list[Message]:
    """The group's last messages but agents' answers, and the message that the question replies to."""
    agents = agent_ids() | {question.agent.pk}
    recent = [message for message in list_earlier(question, RECENT) if message.sender_id not in agents]
    replied = question.message.reply_to
    if replied is not None and replied not in {message.pk for message in recent}:
        recent += _find_replied(question, replied, agents)
    return recent


def _find_replied(question: Question, message_id: int, agents: Collection[int]) -> list[Message]:
    rows = Message.objects.filter(conversation_id=question.conversation.pk, seq__gte=question.visible_from)
    found = rows.filter(pk=message_id, recalled_at=None, hidden_at=None).exclude(sender_id__in=agents).exclude(text="")
    return readable_by_ai(list(found), asked_in=question.conversation.pk)


def _names(sources: Sequence[Source]) -> dict[int, str]:
    senders = {source.message.sender_id for source in sources}
    return dict(User.objects.filter(pk__in=senders).values_list("pk", "display_name"))


def _titles(sources: Sequence[Source]) -> dict[int, str]:
    keys = {source.message.conversation_id for source in sources}
    rows = Conversation.objects.filter(pk__in=keys).values_list("pk", "kind", "title")
    return {key: title or ("world room" if kind == ConversationKind.WORLD else kind) for key, kind, title in rows}


def _files(sources: Sequence[Source]) -> dict[int, str]:
    keys = {source.message.file_id for source in sources if source.message.file_id is not None}
    return dict(File.objects.filter(pk__in=keys).values_list("pk", "filename")) if keys else {}
