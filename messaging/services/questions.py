"""Which messages of a batch agents are to answer: each becomes a record on im-agent-topic (flow 6).

A batch without mentions and without agents' conversations pays nothing for this, one with questions two queries.
"""

from collections.abc import Iterable

from accounts.models import User, UserKind
from messaging.agents import agent_ids
from messaging.models import AiSetting, Conversation, ConversationKind, Message
from messaging.records import VERSION, AgentRecord
from messaging.services.batch import Asked, Batch, LogState


def note_question(batch: Batch, log: LogState, *, message_id: int, sender_id: int, mentions: Iterable[str]) -> None:
    """Notes the message if it names agents in a group, or is in a conversation with one. Agents ask nobody."""
    agents = agent_ids()
    if sender_id in agents:
        return
    asked: tuple[int, ...] = ()
    if log.row.kind == ConversationKind.AGENT and log.roster is not None:
        asked = tuple(user_id for user_id in log.roster.seats if user_id != sender_id)
    elif log.row.kind == ConversationKind.GROUP:
        asked = tuple(user_id for user_id in map(_as_id, mentions) if user_id in agents)
    if asked:
        batch.asked.append(Asked(log.row.id, message_id, sender_id, asked))


def _as_id(mention: str) -> int:
    """The mentioned user; 0 for everyone, who is no agent."""
    return int(mention) if mention.isdecimal() else 0


def note_repeated(batch: Batch, message: Message) -> None:
    """The same for a message that was stored before and is published again: its question may not have gone out."""
    log = batch.logs[message.conversation_id]
    if message.recalled_at is None and (message.mentions or log.row.kind == ConversationKind.AGENT):
        sender_id, mentions = message.sender_id, message.mentions or []
        note_question(batch, log, message_id=message.pk, sender_id=sender_id, mentions=mentions)


def make_questions(batch: Batch) -> list[AgentRecord]:
    """The records of what was noted, but for bots' messages, and groups that let no AI read anything."""
    if not batch.asked:
        return []
    senders = {asked.sender_id for asked in batch.asked}
    machines = User.objects.filter(pk__in=senders, kind__in=[UserKind.AGENT, UserKind.BOT])
    silent = set(machines.values_list("pk", flat=True))
    places = Conversation.objects.filter(pk__in={asked.conversation_id for asked in batch.asked})
    closed = set(places.filter(ai_max=AiSetting.OFF).values_list("pk", flat=True))
    return [
        AgentRecord(VERSION, asked.conversation_id, asked.message_id, asked.sender_id, agent_id)
        for asked in batch.asked
        if asked.sender_id not in silent and asked.conversation_id not in closed
        for agent_id in asked.agents
    ]
