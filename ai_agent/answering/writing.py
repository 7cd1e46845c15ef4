"""Letting the model write: its words go out as they come, until it is done, is stopped, or fails."""

import time
from dataclasses import dataclass
from typing import Final

from ai_agent.answering import notices
from ai_agent.answering.questions import Question
from ai_agent.citing import Citing
from ai_agent.prompting import Prompt, count_tokens
from ai_agent.services.limits import is_on
from core.llm import ChatModel, LlmRefusedError, LlmTooSlowError, LlmUnavailableError, stream_chat
from core.logs import get_logger
from messaging.agents import is_stopped
from messaging.delivery.deltas import DeltaStream
from messaging.services.answers import Cited

QUIET_S: Final = 30.0
WHOLE_S: Final = 110.0
_RETRY_WITHIN_S: Final = 20.0
"""An API that fails sooner than this is asked once more."""
_LOOK_EVERY_S: Final = 0.25
_MAX_REASON: Final = 300
STOPPED: Final = "stopped"
SWITCHED_OFF: Final = "switched off"
Ending = str | LlmUnavailableError | LlmRefusedError
"""How a request came to its end: why the model says it did, one of the two above, or what it failed with."""
log = get_logger(__name__)


@dataclass(slots=True)
class Written:
    """What came of it: the text with what it cites, `note` on why it ends where it does, and the tokens it took."""

    text: str
    cited: list[Cited]
    note: str
    prompt_tokens: int
    completion_tokens: int


def _note(ending: Ending, *, has_text: bool) -> str:
    """What is to be said of how an answer ended."""
    if isinstance(ending, Exception):
        return notices.say_broken_off(ending) if has_text else notices.say_failed(ending)
    if ending == STOPPED:
        return "" if has_text else notices.say_stopped()
    if ending == "content_filter":
        return notices.say_rejected()
    if ending == SWITCHED_OFF:
        return notices.say_switched_off()
    if not has_text:
        return notices.say_empty()
    return notices.say_cut() if ending == "length" else ""


class Writing:
    """One answer. `deltas` get what `Citing` lets through, so that nothing is shown that will not be stored."""

    def __init__(self, question: Question, prompt: Prompt, model: ChatModel, deltas: DeltaStream) -> None:
        self._question = question
        self._prompt = prompt
        self._model = model
        self._deltas = deltas
        self._began = time.monotonic()
        self._look_at = 0.0
        self._citing = self._new_citing()
        self._prompt_tokens = 0
        self._completion_tokens = 0

    def write(self) -> Written:
        """Asks the model, twice where it fails at once; never raises what the model's API does."""
        ending = self._attempt()
        if self._may_repeat(ending):
            self._deltas.restart()
            self._citing = self._new_citing()
            ending = self._attempt()
        self._show(self._citing.close())
        text = self._citing.text
        note = _note(ending, has_text=bool(text))
        return Written(text, self._citing.cited, note, self._prompt_tokens, self._completion_tokens)

    def _attempt(self) -> Ending:
        """One request, to whatever end it comes."""
        stream = stream_chat(
            self._prompt.turns,
            self._model,
            max_tokens=self._question.agent.max_answer_tokens,
            quiet_s=QUIET_S,
            whole_s=max(1.0, WHOLE_S - self._spent()),
        )
        counted: tuple[int, int] | None = None
        finish: str | None = None
        try:
            for chunk in stream:
                self._show(self._citing.feed(chunk.text) if chunk.text else "")
                finish = chunk.finish_reason or finish
                if chunk.prompt_tokens is not None and chunk.completion_tokens is not None:
                    counted = (chunk.prompt_tokens, chunk.completion_tokens)
                if (ending := self._find_ending()) is not None:
                    return ending
        except (LlmUnavailableError, LlmRefusedError) as exc:
            log.warning("a language model failed", model=self._model.name, error=str(exc)[:_MAX_REASON])
            return exc
        finally:
            stream.close()
            self._count(counted)
        return finish or ""

    def _may_repeat(self, ending: Ending) -> bool:
        has_failed = isinstance(ending, LlmUnavailableError) and not isinstance(ending, LlmTooSlowError)
        return has_failed and self._spent() < _RETRY_WITHIN_S

    def _show(self, text: str) -> None:
        if text:
            self._deltas.push(text)

    def _find_ending(self) -> str | None:
        """Asked about four times a second: whether the asker wants no more, or AI was switched off."""
        if time.monotonic() < self._look_at:
            return None
        self._look_at = time.monotonic() + _LOOK_EVERY_S
        if not is_on():
            return SWITCHED_OFF
        return STOPPED if is_stopped(self._question.message.pk) else None

    def _count(self, counted: tuple[int, int] | None) -> None:
        """What a request took: as the server says, or else as we estimate it."""
        prompt, completion = counted or (self._prompt.tokens, count_tokens(self._citing.text))
        self._prompt_tokens += prompt
        self._completion_tokens += completion

    def _spent(self) -> float:
        return time.monotonic() - self._began

    def _new_citing(self) -> Citing:
        return Citing(self._prompt.sources, self._question.text)
