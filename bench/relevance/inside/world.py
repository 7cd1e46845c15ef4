"""The corpus in a database, indexed as the product indexes it; and a plain index of the same texts to compare with."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from django.core.management import call_command

from accounts.models import User
from bench.relevance.reading import Line
from core import clock
from core.ids import log_id
from messaging.models import Conversation, ConversationKind, Member, Message
from search import documents
from search.engine import get_engine
from search.services.embedding import embed_conversations
from search.services.indexing import index_conversations

PEOPLE: Final = 12
PLAIN: Final = "plain"


@dataclass(frozen=True, slots=True)
class World:
    """Who searches, and which key each message has (those that no query looks for have none)."""

    user_id: int
    keys: dict[int, str]


def build_world(lines: Sequence[Line]) -> World:
    """A conversation for each of the corpus, all of them the searcher's; everything indexed and embedded."""
    call_command("migrate", verbosity=0)
    people = User.objects.bulk_create(User.objects.build(f"person-{number}") for number in range(PEOPLE))
    keys: dict[int, str] = {}
    conversations = []
    for name, spoken in groupby(lines, key=lambda line: line.conversation):
        conversation = Conversation.objects.create(kind=ConversationKind.GROUP, title=name, member_count=PEOPLE)
        Member.objects.bulk_create(Member(conversation=conversation, user=person) for person in people)
        keys |= _write(conversation, list(spoken), people)
        conversations.append(conversation.pk)
    documents.ensure_indices()
    index_conversations(conversations)
    embed_conversations(conversations)
    get_engine().indices.refresh(index=documents.alias_of(documents.MESSAGES))
    return World(people[0].pk, keys)


def _write(conversation: Conversation, lines: Sequence[Line], people: Sequence[User]) -> dict[int, str]:
    """The messages, newest last and not in the future; returns their keys by id."""
    moment = clock.now() - timedelta(seconds=sum(line.pause_s for line in lines) + 60)
    rows = []
    for seq, line in enumerate(lines, 1):
        moment += timedelta(seconds=line.pause_s)
        row = Message(
            id=log_id(conversation.pk, seq),
            conversation_id=conversation.pk,
            seq=seq,
            ordinal=seq,
            sender_id=people[seq * 7 % PEOPLE].pk,
            client_msg_id=str(uuid.UUID(int=log_id(conversation.pk, seq))),
            payload_hash=0,
            text=line.text,
            created_at=moment,
        )
        rows.append(row)
    Message.objects.bulk_create(rows)
    last = len(rows)
    Conversation.objects.filter(pk=conversation.pk).update(last_seq=last, last_ordinal=last, last_message_seq=last)
    return {row.pk: line.key for row, line in zip(rows, lines, strict=True) if line.key}


def build_plain_index(analyzer: str) -> str:
    """The same texts in one field with one of the engine's own analyzers; returns the index's name."""
    name = f"{PLAIN}-{analyzer}"
    mapping = {"properties": {"text": {"type": "text", "analyzer": analyzer}}}
    get_engine().indices.create(index=name, mappings=mapping)
    operations: list[dict[str, Any]] = []
    for pk, text in Message.objects.values_list("pk", "text"):
        operations += [{"index": {"_index": name, "_id": str(pk)}}, {"text": text}]
    get_engine().bulk(operations=operations, refresh=True)
    return name


def search_plain(index: str, text: str, size: int) -> list[int]:
    """Message ids as plain Elasticsearch ranks them: a match query on the text."""
    answer = get_engine().search(index=index, query={"match": {"text": text}}, size=size)
    return [int(hit["_id"]) for hit in answer["hits"]["hits"]]
