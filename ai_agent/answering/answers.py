"""Answering a question, once (flow 6): everything is read by the asker's rights, at the time of the answer."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from django.utils import translation

from ai_agent.answering import notices
from ai_agent.answering.passages import Gathered, gather
from ai_agent.answering.questions import Question, find_question
from ai_agent.answering.writing import Writing
from ai_agent.models import Agent
from ai_agent.prompting import Prompt, build_prompt
from ai_agent.services import budgets
from ai_agent.services.budgets import BudgetExceededError
from ai_agent.services.ledger import record_use
from core.bridges import TryAgainError
from core.errors import DomainError, ErrorCode
from core.llm import ChatModel
from core.logs import get_logger
from messaging.delivery.deltas import DeltaStream
from messaging.records import AgentRecord
from messaging.services.answers import Cited, replace_answer, store_answer

PURPOSE: Final = "answer"
NAMED: Final = 5
"""Passages that are named where there is no model to read them."""
_STORE_TRIES: Final = 2
PASSING: Final = (OperationalError, InterfaceError, DomainError)
"""What goes by itself: the question is handed out again."""
Answer = tuple[str, list[Cited]]
log = get_logger(__name__)


def answer(record: AgentRecord) -> None:
    """Sees to it that the question has its one answer, in the end; whatever keeps the agent from it, it says.

    Nothing happens for a question that is gone, answered, or not the asker's to ask any more. Safe to repeat. Raises
    TryAgainError where the answer cannot be stored at the moment.
    """
    question = find_question(record)
    if question is None:
        return
    with translation.override(question.language_code):
        deltas = DeltaStream(question.conversation.pk, question.message)
        try:
            text, cited = _compose(question, deltas)
        except PASSING:
            raise
        except Exception:
            # The record becomes a dead letter for the operators; the asker shall not wait for ever.
            deltas.finish(_store(question, notices.say_broken(), ()))
            raise
        deltas.finish(_store(question, text, cited))


def model_of(agent: Agent) -> ChatModel | None:
    """The model that the agent uses, or None where none is configured."""
    name = agent.model or settings.AI_MODEL
    if not settings.OPENAI_BASE_URL or not name:
        return None
    return ChatModel(name, settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY)


def _compose(question: Question, deltas: DeltaStream) -> Answer:
    if not question.is_open:
        return _say(deltas, notices.say_closed())
    if not question.text:
        return _say(deltas, notices.say_nothing_to_read())
    try:
        reservation = budgets.check(question.asker_id, question.agent.pk)
    except BudgetExceededError as exc:
        return _say(deltas, notices.say_refused(exc))
    try:
        gathered = gather(question)
        model = model_of(question.agent)
        if model is None:
            budgets.release(reservation)
            return _name_passages(question, gathered, deltas)
        prompt = build_prompt(gathered.asked, max_tokens=settings.AI_PROMPT_TOKENS)
        _record(question, prompt, model)
    except BaseException:
        budgets.release(reservation)
        raise
    return _write(question, prompt, model, deltas, reservation=reservation, degraded=gathered.degraded)


def _write(
    question: Question, prompt: Prompt, model: ChatModel, deltas: DeltaStream, *, reservation: int, degraded: bool
) -> Answer:
    _let_go_of_database()
    written = Writing(question, prompt, model, deltas).write()
    budgets.settle(
        asker_id=question.asker_id,
        agent_id=question.agent.pk,
        model=model.name,
        purpose=PURPOSE,
        prompt_tokens=written.prompt_tokens,
        completion_tokens=written.completion_tokens,
        reservation=reservation,
    )
    away = notices.say_search_degraded() if prompt.sources else notices.say_search_away()
    is_poorer = degraded and question.agent.uses_retrieval and written.text
    note = notices.join([written.note, away if is_poorer else ""])
    if note:
        deltas.push(f"\n\n{note}" if written.text else note)
    room = settings.MESSAGE_MAX_CHARACTERS - len(note) - 2
    return notices.join([written.text[:room], note]), written.cited


def _name_passages(question: Question, gathered: Gathered, deltas: DeltaStream) -> Answer:
    """What was found, without its content: that stands in the citations alone, and goes with the sources."""
    sources = gathered.asked.sources[:NAMED]
    cited = [Cited(source.message.pk, source.quote, source.taken_at) for source in sources]
    said = notices.say_no_model(len(cited), searched=question.agent.uses_retrieval, degraded=gathered.degraded)
    return _say(deltas, said, cited)


def _say(deltas: DeltaStream, text: str, cited: Sequence[Cited] = ()) -> Answer:
    deltas.push(text)
    return text, list(cited)


def _record(question: Question, prompt: Prompt, model: ChatModel) -> None:
    sent = [question.message, *prompt.earlier, *(source.message for source in prompt.sources)]
    record_use(
        purpose=PURPOSE,
        model=model.name,
        asker_id=question.asker_id,
        conversation_id=question.conversation.pk,
        agent_id=question.agent.pk,
        messages=list({message.pk: message for message in sent}.values()),
    )


def _store(question: Question, text: str, cited: Sequence[Cited]) -> str | None:
    """Stores the answer; why it cannot be, where that is for good. Raises TryAgainError."""
    try:
        _put(question, text, cited)
    except DomainError as exc:
        if exc.code is ErrorCode.UNAVAILABLE:
            raise TryAgainError("the answer is not stored") from exc
        if exc.code is not ErrorCode.CONTENT_REJECTED:
            log.info("an answer was refused", code=exc.code.value, question=question.message.pk)
            return exc.code.value
        return _store_rejection(question)
    return None


def _store_rejection(question: Question) -> str | None:
    try:
        _put(question, notices.say_rejected(), ())
    except DomainError as exc:
        return exc.code.value
    return None


def _put(question: Question, text: str, cited: Sequence[Cited]) -> None:
    agent_id = question.agent.pk
    for tries in range(1, _STORE_TRIES + 1):
        try:
            if question.answer_id:
                replace_answer(
                    agent_id=agent_id,
                    answer_id=question.answer_id,
                    text=text,
                    citations=cited,
                    attempt=question.attempt,
                )
            else:
                store_answer(
                    agent_id=agent_id,
                    conversation_id=question.conversation.pk,
                    question_id=question.message.pk,
                    text=text,
                    citations=cited,
                )
        except DomainError as exc:
            if exc.code is not ErrorCode.UNAVAILABLE or tries == _STORE_TRIES:
                raise
        else:
            return


def _let_go_of_database() -> None:
    """A model takes its time, and connections are few: this thread's go back to their pool meanwhile."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
