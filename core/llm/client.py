"""The one place that knows OpenAI's client: how it is opened, and what "the API is not there" looks like."""

import contextlib
import importlib
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import openai

_CONNECT_TIMEOUT_S: Final = 2.0
_NO_KEY: Final = "none"
"""The client insists on a key; servers of one's own do not."""
_REFUSALS: Final = frozenset({400, 413, 422})


class LlmUnavailableError(Exception):
    """The API does not answer, or answers that it cannot: later it may."""


class LlmTooSlowError(LlmUnavailableError):
    """The API is there, and has said nothing for too long."""


class LlmRefusedError(Exception):
    """The API will not take this input, now or later."""


def answers(*, base_url: str, api_key: str, timeout_s: float) -> bool:
    """Whether there is an API at this address, whatever it says about listing its models."""
    sdk = _load_sdk()
    try:
        open_client(base_url, api_key, timeout_s).models.list()
    except sdk.APIStatusError as exc:
        return int(exc.status_code) < 500
    except sdk.OpenAIError:
        return False
    return True


@lru_cache(maxsize=16)
def open_client(base_url: str, api_key: str, timeout_s: float) -> "openai.OpenAI":
    """The process's client for an address; `timeout_s` bounds the silence between two pieces of an answer.

    Nothing is retried here: callers have batches that come again, or a person who waits.
    """
    sdk = _load_sdk()
    timeout = sdk.Timeout(timeout_s, connect=min(timeout_s, _CONNECT_TIMEOUT_S))
    client: openai.OpenAI = sdk.OpenAI(base_url=base_url, api_key=api_key or _NO_KEY, timeout=timeout, max_retries=0)
    return client


@contextlib.contextmanager
def in_our_words() -> Iterator[None]:
    """The client's errors within, as ours. Raises LlmUnavailableError, LlmTooSlowError, LlmRefusedError."""
    sdk = _load_sdk()
    try:
        yield
    except sdk.APIStatusError as exc:
        if exc.status_code in _REFUSALS:
            raise LlmRefusedError(str(exc)) from exc
        raise LlmUnavailableError(str(exc)) from exc
    except sdk.APITimeoutError as exc:
        raise LlmTooSlowError(str(exc)) from exc
    except sdk.OpenAIError as exc:
        raise LlmUnavailableError(str(exc)) from exc


def _load_sdk() -> Any:
    """The SDK, when first needed: it weighs half a second and 44 MB, and most processes never speak to a model."""
    return importlib.import_module("openai")
