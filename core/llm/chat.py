"""Chat: an answer as it is written, or whole. Nothing but text is asked for, and nothing but text is taken."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.llm.client import LlmRefusedError, LlmTooSlowError, LlmUnavailableError, in_our_words, open_client

QUIET_S: Final = 30.0
WHOLE_S: Final = 110.0
"""How long the API may say nothing, before its first word and after; and how long an answer may take in all."""
TICK_S: Final = 0.2
"""How long a caller of `stream_chat` waits for a sign at most."""


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A model and where it is."""

    name: str
    base_url: str
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class ChatTurn:
    """One message of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """What came: text, maybe empty. Towards the end one says why it ended ("stop", "length", "content_filter" ...) and,
    where the server counts, one says what it has read and written, in tokens."""

    text: str = ""
    finish_reason: str | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """A whole answer, with the tokens read and written where the server counts them."""

    text: str
    finish_reason: str | None
    prompt_tokens: int | None
    completion_tokens: int | None


def stream_chat(
    turns: Sequence[ChatTurn],
    model: ChatModel,
    *,
    max_tokens: int,
    quiet_s: float = QUIET_S,
    whole_s: float = WHOLE_S,
) -> Generator[ChatChunk, None, None]:
    """The answer, piece by piece, and an empty chunk at least every TICK_S, so that the caller may look up.

    Closing the iterator ends the request. Raises LlmUnavailableError (also when the answer breaks off), LlmTooSlowError
    after `quiet_s` without a sign or `whole_s` in all, LlmRefusedError.
    """
    reading = _Reading(turns, model, max_tokens, quiet_s)
    until = time.monotonic() + whole_s
    try:
        while (chunk := reading.next()) is not None:
            if time.monotonic() > until:
                raise LlmTooSlowError(f"not done after {whole_s:.0f} s")
            yield chunk
    finally:
        reading.abandon()


def complete_chat(
    turns: Sequence[ChatTurn],
    model: ChatModel,
    *,
    max_tokens: int,
    quiet_s: float = QUIET_S,
    whole_s: float = WHOLE_S,
) -> ChatAnswer:
    """The same answer when it is whole. Raises what `stream_chat` raises."""
    text, last = [], ChatChunk()
    for chunk in stream_chat(turns, model, max_tokens=max_tokens, quiet_s=quiet_s, whole_s=whole_s):
        text.append(chunk.text)
        last = _merge(last, chunk)
    return ChatAnswer("".join(text), last.finish_reason, last.prompt_tokens, last.completion_tokens)


class _Reading:
    """One request, read by a thread of its own, so that whoever waits for it can also look elsewhere."""

    def __init__(self, turns: Sequence[ChatTurn], model: ChatModel, max_tokens: int, quiet_s: float) -> None:
        self._request = {
            "model": model.name,
            "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
            "stream": True,
        }
        self._model = model
        self._max_tokens = max_tokens
        self._quiet_s = quiet_s
        self._chunks: queue.SimpleQueue[ChatChunk | BaseException | None] = queue.SimpleQueue()
        self._stream: Any = None
        self._is_abandoned = False
        threading.Thread(target=self._read, name="llm-stream", daemon=True).start()

    def next(self) -> ChatChunk | None:
        """What has come, an empty chunk after TICK_S without, None at the end; raises what the thread met."""
        try:
            found = self._chunks.get(timeout=TICK_S)
        except queue.Empty:
            return ChatChunk()
        if isinstance(found, BaseException):
            raise found
        return found

    def abandon(self) -> None:
        """Let go of the connection, whatever the thread is waiting for."""
        self._is_abandoned = True
        if self._stream is not None:
            _hang_up(self._stream)

    def _read(self) -> None:
        try:
            with in_our_words():
                self._stream = _open(self._request, self._model, self._max_tokens, self._quiet_s)
                with contextlib.closing(self._stream):
                    for event in self._stream:
                        if self._is_abandoned:
                            return
                        self._chunks.put(_as_chunk(event))
            self._chunks.put(None)
        except (LlmUnavailableError, LlmRefusedError) as exc:
            self._chunks.put(exc)
        except Exception as exc:  # noqa: BLE001 -- the edge of a thread: the connection may break in any words
            self._chunks.put(LlmUnavailableError(repr(exc)))


_OPTIONAL: Final = ("max_tokens", "stream_options")
"""Parameters that not every server takes: newer models of OpenAI's want another name for the bound, older servers do
not count for streams."""
_refused: Final[dict[tuple[str, str], frozenset[str]]] = {}
"""Which of them an address and model have refused."""


def _open(request: dict[str, Any], model: ChatModel, max_tokens: int, quiet_s: float) -> Any:
    client = open_client(model.base_url, model.api_key, quiet_s)
    place = (model.base_url, model.name)
    while True:
        refused = _refused.get(place, frozenset())
        try:
            with in_our_words():
                return client.chat.completions.create(**request, **_optional(refused, max_tokens))
        except LlmRefusedError as exc:
            said = str(exc)
            named = next((name for name in _OPTIONAL if name in said and name not in refused), None)
            if named is None:
                raise
            _refused[place] = refused | {named}


def _optional(refused: frozenset[str], max_tokens: int) -> dict[str, Any]:
    bound = "max_completion_tokens" if "max_tokens" in refused else "max_tokens"
    counts = {} if "stream_options" in refused else {"stream_options": {"include_usage": True}}
    return {bound: max_tokens, **counts}


def _as_chunk(event: Any) -> ChatChunk:
    choice = event.choices[0] if event.choices else None
    usage = getattr(event, "usage", None)
    return ChatChunk(
        text=(choice.delta.content if choice is not None and choice.delta is not None else None) or "",
        finish_reason=choice.finish_reason if choice is not None else None,
        prompt_tokens=usage.prompt_tokens if usage is not None else None,
        completion_tokens=usage.completion_tokens if usage is not None else None,
    )


def _merge(last: ChatChunk, chunk: ChatChunk) -> ChatChunk:
    return ChatChunk(
        finish_reason=chunk.finish_reason or last.finish_reason,
        prompt_tokens=last.prompt_tokens if chunk.prompt_tokens is None else chunk.prompt_tokens,
        completion_tokens=last.completion_tokens if chunk.completion_tokens is None else chunk.completion_tokens,
    )


def _hang_up(stream: Any) -> None:
    """Wake the thread that reads: closing its socket's descriptor alone would leave it waiting."""
    with contextlib.suppress(Exception):
        line = stream.response.extensions["network_stream"].get_extra_info("socket")
        line.shutdown(socket.SHUT_RDWR)
