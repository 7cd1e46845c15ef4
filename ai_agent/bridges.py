"""The bridge of questions to agents: a conversation's one after the other, those of many at once."""

from typing import Final

from core.bridges import BridgeSpec
from core.kafka.topics import AGENT

ANSWER_TASK: Final = "ai_agent.answer"
ANSWER_QUEUE: Final = "agent"

# One question a task: an answer takes up to two minutes, and who is next waits for no more than one.
AGENT_BRIDGE: Final = BridgeSpec(
    name="agent",
    topic=AGENT,
    task=ANSWER_TASK,
    queue=ANSWER_QUEUE,
    max_records=1,
    deadline_s=30.0,
    time_limit_s=300.0,
    lane_by="key",
    max_in_flight=32,
)
