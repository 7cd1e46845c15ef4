"""What an agent is asked, as everything stands now: the record only says where to look."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from accounts.models import User, UserKind
from ai_agent.models import Agent
from core.errors import DomainError
from messaging.models import AiSetting, Conversation, ConversationKind, Message
from messaging.records import AgentRecord
from messaging.selectors.access import access_conversation
from messaging.selectors.consent import readable_by_ai
from messaging.services.answers import find_answer
from search.embeddings import Language, detect_language

_ASKED_IN: Final = frozenset({ConversationKind.AGENT, ConversationKind.GROUP})
_MACHINES: Final = frozenset({UserKind.AGENT, UserKind.BOT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question that waits for its answer. `text` is without the agent's name; `visible_from` is the first seq that
    the asker may see there. `answer_id` is the stored answer that is to be replaced, in `attempt`; or 0."""

    message: Message
    text: str
    agent: Agent
    conversation: Conversation
    visible_from: int
    is_open: bool
    answer_id: int = 0
    attempt: str = ""

    @property
    def asker_id(self) -> int:
        """Who asks, and with whose rights everything is read."""
        return self.message.sender_id

    @property
    def only_in(self) -> int | None:
        """Where alone may be looked, for an answer that a group sees; None: in all that the asker may read."""
        return self.conversation.pk if self.conversation.kind == ConversationKind.GROUP else None

    @property
    def language(self) -> Language:
        """What it is asked in."""
        return detect_language(self.text)

    @property
    def language_code(self) -> str:
        """The language of what the program itself says."""
        return {"zh": "zh-hans", "en": "en"}.get(self.language, settings.LANGUAGE_CODE)


def find_question(record: AgentRecord) -> Question | None:
    """The question, or None where nothing is to be answered any more: it was recalled, hidden or answered, the asker or
    the agent has left, the group lets no AI read, or no person asks. At most eight queries."""
    message = Message.objects.filter(pk=record.question_id, recalled_at=None, hidden_at=None).first()
    agent = Agent.objects.select_related("user").filter(pk=record.agent_id, user__is_active=True).first()
    if message is None or agent is None or message.sender_id != record.asker_id:
        return None
    place = _find_place(message, agent)
    if place is None or not _is_due(record, agent):
        return None
    conversation, visible_from = place
    return Question(
        message=message,
        text=_without_name(message.text, agent),
        agent=agent,
        conversation=conversation,
        visible_from=visible_from,
        is_open=bool(readable_by_ai([message], asked_in=conversation.pk)),
        answer_id=record.answer_id,
        attempt=record.attempt,
    )


def list_earlier(question: Question, limit: int) -> Sequence[Message]:
    """The newest `limit` messages before the question that the asker may see and AI may read, oldest first."""
    rows = Message.objects.filter(
        conversation_id=question.conversation.pk,
        pk__lt=question.message.pk,
        seq__gte=question.visible_from,
        recalled_at=None,
        hidden_at=None,
    )
    newest = list(rows.exclude(text="").order_by("-pk")[:limit])[::-1]
    return readable_by_ai(newest, asked_in=question.conversation.pk)


def _find_place(message: Message, agent: Agent) -> tuple[Conversation, int] | None:
    """The conversation, with the first seq that the asker sees of it, if both are in it and it lets AI read."""
    try:
        conversation, member = access_conversation(message.sender_id, message.conversation_id)
        access_conversation(agent.pk, message.conversation_id)
    except DomainError:
        return None
    if conversation.kind not in _ASKED_IN or conversation.ai_max == AiSetting.OFF:
        return None
    if not User.objects.filter(pk=message.sender_id, is_active=True).exclude(kind__in=_MACHINES).exists():
        return None
    visible_from = member.visible_from if member is not None else 1
    return (conversation, visible_from) if message.seq >= visible_from else None


def _is_due(record: AgentRecord, agent: Agent) -> bool:
    if not record.answer_id:
        return find_answer(record.question_id, agent.pk) is None
    answers = Message.objects.filter(pk=record.answer_id, sender_id=agent.pk, reply_to=record.question_id)
    return answers.filter(recalled_at=None, hidden_at=None).exists()


def _without_name(text: str, agent: Agent) -> str:
    for name in (agent.user.display_name, agent.user.username):
        text = text.replace(f"@{name}", " ")
    return text.strip()
