"""The two bridges of search: both read which logs have moved, each with a position of its own in the topic.

Documents first: while vectors are slow, or their API is away, keywords find everything.
"""

from typing import Final

from core.bridges import BridgeSpec
from core.kafka.topics import INDEXING
from search.services.people import INDEX_QUEUE
from search.tasks import EMBED_QUEUE, EMBED_TASK, INDEX_TASK

# A turn costs the engine and the database about the same for one message as for fifty: two a second at most.
INDEX: Final = BridgeSpec(name="indexing", topic=INDEXING, task=INDEX_TASK, queue=INDEX_QUEUE, gather_s=0.5)
# What follows in the next second often belongs to the same passage: one vector instead of several.
EMBED: Final = BridgeSpec(
    name="embedding", topic=INDEXING, task=EMBED_TASK, queue=EMBED_QUEUE, gather_s=1.0, deadline_s=30.0
)
