"""What an agent says of itself when it cannot answer as it should, in the language that is active."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from ai_agent.services.budgets import BudgetExceededError
from core.llm import LlmRefusedError, LlmTooSlowError, LlmUnavailableError


def say_failed(error: LlmUnavailableError | LlmRefusedError) -> str:
    """Why the model has not answered."""
    if isinstance(error, LlmRefusedError):
        return _("The language model does not accept this question. Ask it in another way, or a shorter one.")
    if isinstance(error, LlmTooSlowError):
        return _("The language model takes too long at the moment. Ask again in a while.")
    return _("The language model cannot be reached at the moment. Ask again in a while.")


def say_broken_off(error: LlmUnavailableError | LlmRefusedError) -> str:
    """Why the answer ends in the middle."""
    if isinstance(error, LlmTooSlowError):
        return _("(The answer took too long and ends here.)")
    return _("(The connection to the language model broke off, so the answer ends here.)")


def say_refused(error: BudgetExceededError) -> str:
    """Why the agent may not be asked now, and until when."""
    if error.scope == "off":
        return _("I am switched off at the moment.")
    return str(error.message)


def say_closed() -> str:
    """The asker lets no agent read what they write here."""
    return _("Your setting for this chat lets AI read nothing that you write here, so I cannot read your question.")


def say_nothing_to_read() -> str:
    """The question has no words."""
    return _("I can only read text. Write what you want to know.")


def say_no_model(found: int, *, searched: bool, degraded: bool) -> str:
    """No language model is configured; `found` passages are named, and stand in the citations alone."""
    if found:
        named = " ".join(f"[{number}]" for number in range(1, found + 1))
        said = _("No language model is configured, so I can only name what I have found: %(named)s") % {"named": named}
    elif searched and not degraded:
        said = _("No language model is configured, and I have found nothing in the chats that I may read for you.")
    else:
        said = _("No language model is configured, so I cannot answer.")
    return join([said, say_search_away() if degraded and not found else ""])


def say_search_away() -> str:
    """The answer rests on no passages, since none could be looked for."""
    return _("(Search is not available at the moment, so this answer comes without sources.)")


def say_search_degraded() -> str:
    """The answer rests on what could be found."""
    return _("(A part of search is not available at the moment; there may be better sources.)")


def say_cut() -> str:
    """The answer has reached its greatest length."""
    return _("(The answer has reached its greatest length and ends here.)")


def say_stopped() -> str:
    """The asker wanted no more before there was anything."""
    return _("(Stopped before the first word.)")


def say_switched_off() -> str:
    """All of AI was switched off while the agent was writing."""
    return _("(AI has been switched off, so the answer ends here.)")


def say_broken() -> str:
    """Something is wrong with the program; the operators have it in their log."""
    return _("Something went wrong here, and I could not answer.")


def say_empty() -> str:
    """The model has said nothing that could be shown."""
    return _("The language model has given no answer. Ask in another way.")


def say_rejected() -> str:
    """The answer breaks this site's rules on content."""
    return _("The answer contained what is not allowed here, so I do not show it.")


def join(parts: Sequence[str]) -> str:
    """Paragraphs, without the empty ones."""
    return "\n\n".join(part for part in parts if part)
