"""What the tests of search share: people, conversations with a log, and an index brought up to date on demand."""

from typing import Any

from django.test import TestCase
from rest_framework.test import APIClient

from accounts.models import User
from core.redis import get_redis
from messaging.models import Conversation, Message
from search import documents
from search.engine import get_engine, list_indices
from search.services.embedding import embed_conversations
from search.services.indexing import index_conversations
from tests.factories import make_client
from tests.messaging.building import Log, make_group, make_user


def refresh() -> None:
    """What was written can be found from now on."""
    get_engine().indices.refresh(index=documents.alias_of("*"))


class QueryCase(TestCase):
    """Ann and Ben in a group, Eve outside; an empty index."""

    def setUp(self) -> None:
        get_redis().flushdb()
        for base in documents.DOCUMENTS:
            for index in list_indices(documents.alias_of(base)):
                get_engine().indices.delete(index=index)
        documents.ensure_indices()
        self.ann, self.ben, self.eve = make_user("ann"), make_user("ben"), make_user("eve")
        self.group = make_group(self.ann, self.ben, title="项目组 Rocket")
        self.log = Log(self.group)
        self._clients: dict[int, APIClient] = {}

    def say(self, text: str, sender: User | None = None, log: Log | None = None) -> Message:
        """A message of Ann's in the group, or as told."""
        return (log or self.log).send(sender or self.ann, text)

    def index(self, *conversations: Conversation, vectors: bool = True) -> None:
        """Bring the index (and the vectors) of these conversations, or of the group, to their present state."""
        ids = [conversation.pk for conversation in conversations or (self.group,)]
        index_conversations(ids)
        if vectors:
            embed_conversations(ids)
        refresh()

    def get(self, path: str, user: User | None = None, *, status: int = 200, **query: Any) -> Any:
        """The decoded answer to the user (Ann); asserts its status."""
        who = user or self.ann
        client = self._clients.setdefault(who.pk, make_client(who))
        response = client.get(f"/api/v1/search/{path}", query)
        assert response.status_code == status, (response.status_code, response.content)
        return response.json()

    def find(self, q: str, user: User | None = None, *, mode: str = "keyword", **query: Any) -> list[str]:
        """The ids of the messages that a search finds, best first."""
        answer = self.get("messages", user, q=q, mode=mode, **query)
        return [hit["message"]["message_id"] for hit in answer["results"]]

    def assert_finds(self, q: str, *messages: Message, **options: Any) -> None:
        """The search finds exactly these."""
        found = self.find(q, **options)
        self.assertEqual(set(found), {str(message.pk) for message in messages}, q)
