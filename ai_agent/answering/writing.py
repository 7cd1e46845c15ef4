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
log = get_logger(__name__)


@dataclass(slots=True)
class Written:
    """What came of it: the text with what it cites, `note` on why it ends where it does, and the tokens it took."""

    text: str
    cited: list[Cited]
    note: str
    prompt_tokens: int
    completion_tokens: int


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
        note = ""
        for is_last in (False, True):
            try:
                note = self._attempt()
                break
            except (LlmUnavailableError, LlmRefusedError) as exc:
                log.warning("a language model failed", model=self._model.name, error=str(exc)[:300])
                if (
                    not (is_last or isinstance(exc, LlmRefusedError | LlmTooSlowError))
                    and self._spent() < _RETRY_WITHIN_S
                ):
                    self._deltas.restart()
                    self._citing = self._new_citing()
                    continue
                note = notices.say_broken_off(exc) if self._citing.text else notices.say_failed(exc)
                break
        self._show(self._citing.close())
        if not self._citing.text and not note:
            note = notices.say_empty()
        return Written(self._citing.text, self._citing.cited, note, self._prompt_tokens, self._completion_tokens)

    def _attempt(self) -> str:
        """One request; why the answer ends early, or nothing. Raises what `stream_chat` raises."""
        counted: tuple[int, int] | None = None
        finish, letters = None, 0
        stream = stream_chat(
            self._prompt.turns,
            self._model,
            max_tokens=self._question.agent.max_answer_tokens,
            quiet_s=QUIET_S,
            whole_s=max(1.0, WHOLE_S - self._spent()),
        )
        try:
            for chunk in stream:
                letters += len(chunk.text)
                self._show(self._citing.feed(chunk.text) if chunk.text else "")
                finish = chunk.finish_reason or finish
                if chunk.prompt_tokens is not None and chunk.completion_tokens is not None:
                    counted = (chunk.prompt_tokens, chunk.completion_tokens)
                if (ending := self._find_ending()) is not None:
                    return ending
        finally:
            stream.close()
            self._count(counted)
        if finish == "content_filter":
            return notices.say_rejected()
        return notices.say_cut() if finish == "length" else ""

    def _show(self, text: str) -> None:
        if text:
            self._deltas.push(text)

    def _find_ending(self) -> str | None:
        """Asked about four times a second: what to say where the asker wants no more, or AI was switched off."""
        if time.monotonic() < self._look_at:
            return None
        self._look_at = time.monotonic() + _LOOK_EVERY_S
        if not is_on():
            return notices.say_switched_off()
        if is_stopped(self._question.message.pk):
            return "" if self._citing.text else notices.say_stopped()
        return None

    def _count(self, counted: tuple[int, int] | None) -> None:
        """What a request took: as the server says, or else as we estimate it."""
        prompt, completion = counted or (self._prompt.tokens, count_tokens(self._citing.text))
        self._prompt_tokens += prompt
        self._completion_tokens += completion

    def _spent(self) -> float:
        return time.monotonic() - self._began

    def _new_citing(self) -> Citing:
        return Citing(self._prompt.sources, self._question.text)
