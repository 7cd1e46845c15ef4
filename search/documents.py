"""What the engine holds of messages, people and groups, and the bulk actions that bring it to the present state.

Documents hold tokens of our own analysis and what access and filters need; their source leaves the tokens out, so that
the engine can never give a text back. Every message action carries a version: an older state never replaces a later.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django_elasticsearch_dsl import Document, Index, fields

from accounts.models import User
from accounts.privacy import read_privacy
from core.clock import to_wire
from files.models import File
from messaging.models import Conversation, ConversationKind, Message
from search import engine
from search.analysis.fields import digest, text_fields
from search.analysis.names import name_keys

MESSAGES: Final = "gochat-messages"
PEOPLE: Final = "gochat-people"
GROUPS: Final = "gochat-groups"


class PrefixedIndex(Index):  # type: ignore[misc] # the package carries no types
    """An index whose alias carries the installation's prefix, as its topics do.

    The prefix is looked up at each use, since the processes of one test run each enter a world of their own.
    """

    @property
    def _name(self) -> str:
        return self._full or alias_of(self._base)

    @_name.setter
    def _name(self, name: str) -> None:
        if "_base" not in self.__dict__:
            self._base, self._full = name, ""
        else:
            self._full = "" if name == alias_of(self._base) else name


def alias_of(base: str) -> str:
    """The alias of MESSAGES, PEOPLE or GROUPS in this installation."""
    return f"{settings.KAFKA_TOPIC_PREFIX}{base}".lower()


_messages, _people, _groups = PrefixedIndex(MESSAGES), PrefixedIndex(PEOPLE), PrefixedIndex(GROUPS)
for _index in (_messages, _people, _groups):
    _index.settings(number_of_shards=1, refresh_interval="1s")
_KEPT_SOURCE: Final = {"includes": ["conversation_id", "digest"]}


def _tokens() -> fields.TextField:
    return fields.TextField(analyzer="whitespace")


@_messages.document
class MessageDocument(Document):  # type: ignore[misc] # the same
    """A message of any conversation that is neither recalled nor hidden. `digest` tells which text was indexed."""

    conversation_id = fields.KeywordField()
    log_id = fields.LongField()
    sender_id = fields.KeywordField()
    kind = fields.KeywordField()
    created_at = fields.DateField()
    digest = fields.KeywordField(index=False, doc_values=False)
    words = _tokens()
    plain = _tokens()
    grams = _tokens()
    singles = fields.TextField(analyzer="whitespace", index_options="docs", norms=False)
    pinyin = _tokens()
    initials = fields.TextField(analyzer="whitespace", norms=False)
    file_keys = fields.KeywordField()

    class Django:
        model = Message
        ignore_signals = True

    def prepare(self, instance: Message) -> dict[str, Any]:
        """The document of a message, from its present row."""
        return message_source(instance)


@_people.document
class PersonDocument(Document):  # type: ignore[misc] # the same
    """Someone who can be found by name."""

    keys = fields.KeywordField()
    name = fields.KeywordField()

    class Django:
        model = User
        ignore_signals = True

    def prepare(self, instance: User) -> dict[str, Any]:
        """The document of a user."""
        return person_source(instance)


@_groups.document
class GroupDocument(Document):  # type: ignore[misc] # the same
    """A group by its name."""

    keys = fields.KeywordField()
    name = fields.KeywordField()

    class Django:
        model = Conversation
        ignore_signals = True

    def prepare(self, instance: Conversation) -> dict[str, Any]:
        """The document of a group's conversation."""
        return group_source(instance)


DOCUMENTS: Final[dict[str, type[Document]]] = {
    MESSAGES: MessageDocument,
    PEOPLE: PersonDocument,
    GROUPS: GroupDocument,
}


def message_source(message: Message) -> dict[str, Any]:
    """The fields of MessageDocument. One query where the message carries a file."""
    return {
        "conversation_id": str(message.conversation_id),
        "log_id": message.pk,
        "sender_id": str(message.sender_id),
        "kind": str(message.kind),
        "created_at": to_wire(message.created_at),
        "digest": digest(message.text),
        "file_keys": name_keys(_find_filename(message.file_id)) if message.file_id is not None else [],
        **text_fields(message.text),
    }


def _find_filename(file_id: int) -> str:
    return File.objects.filter(pk=file_id).values_list("filename", flat=True).first() or ""


def person_source(user: User) -> dict[str, Any]:
    """The fields of PersonDocument."""
    return {"keys": name_keys(user.display_name, user.username), "name": user.display_name}


def group_source(conversation: Conversation) -> dict[str, Any]:
    """The fields of GroupDocument."""
    return {"keys": name_keys(conversation.title), "name": conversation.title}


def message_action(message: Message, *, version: int, index: str = "") -> dict[str, Any]:
    """The bulk action that brings a message's document to its present state: a deletion once it is recalled, hidden, or
    with neither text nor file.

    `version` is the conversation's `last_seq`, read in the same snapshot as the message. `index` names a concrete index
    that is being filled instead of the alias.
    """
    is_gone = message.recalled_at is not None or message.hidden_at is not None or not (message.text or message.file_id)
    action = _action(MESSAGES, message.pk, None if is_gone else message_source(message), index)
    return action | {"version": version, "version_type": "external_gte", "routing": str(message.conversation_id)}


def person_action(user: User, *, index: str = "") -> dict[str, Any]:
    """The same for a user: a deletion for who is inactive or does not want to be found. The last write wins."""
    is_found = user.is_active and read_privacy(user.privacy)["searchable"]
    return _action(PEOPLE, user.pk, person_source(user) if is_found else None, index)


def group_action(conversation: Conversation, *, index: str = "") -> dict[str, Any]:
    """The same for a group: a deletion once it is dissolved. The last write wins."""
    is_there = conversation.kind == ConversationKind.GROUP and conversation.dissolved_at is None
    return _action(GROUPS, conversation.pk, group_source(conversation) if is_there else None, index)


def _action(base: str, key: int, source: Mapping[str, Any] | None, index: str) -> dict[str, Any]:
    action: dict[str, Any] = {"_index": index or alias_of(base), "_id": str(key), "require_alias": not index}
    return action | ({"_op_type": "delete"} if source is None else {"_op_type": "index", "_source": source})


def write(actions: Iterable[Mapping[str, Any]], *, refresh: bool = False) -> None:
    """Carry out actions in bulk. Raises EngineUnavailableError (try again) and ActionsRefusedError (never again)."""
    engine.write(actions, refresh=refresh)


def delete_conversation(conversation_id: int) -> None:
    """Delete the documents of a conversation that is no more. Raises EngineUnavailableError."""
    engine.delete_matching(alias_of(MESSAGES), {"term": {"conversation_id": str(conversation_id)}})
    write([_action(GROUPS, conversation_id, None, "")])


def ensure_indices() -> list[str]:
    """Make the indices that are missing, behind their aliases; returns which of DOCUMENTS were made, and so are empty.

    Safe to run in several processes at once. Raises EngineUnavailableError.
    """
    return [base for base in DOCUMENTS if not engine.list_indices(alias_of(base)) and _create_first(base)]


def _create_first(base: str) -> bool:
    alias = alias_of(base)
    return engine.create_index(alias, f"{alias}-0", index_body(base), with_alias=True)


def create_next_index(base: str) -> str:
    """A new, empty index beside the one that the alias stands for; returns its name. Raises EngineUnavailableError."""
    name = f"{alias_of(base)}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
    engine.create_index(alias_of(base), name, index_body(base), with_alias=False)
    return name


def switch_index(base: str, index: str) -> None:
    """Let the alias stand for this index from now on, and drop the one before. Raises EngineUnavailableError."""
    engine.move_alias(alias_of(base), index)


def find_identity(base: str) -> str | None:
    """Which index the alias stands for now: its name and what it was marked with when it was made.

    An engine that lost everything and was given an index of the same name has another identity. None where there is no
    index. Raises EngineUnavailableError.
    """
    for name, metadata in engine.find_metadata(alias_of(base)).items():
        return identity_of(name, metadata)
    return None


def identity_of(name: str, metadata: Mapping[str, Any]) -> str:
    """The identity of an index by its name and the `_meta` of its mapping."""
    return f"{name}@{metadata.get('made', '')}"


def index_body(base: str) -> dict[str, Any]:
    """Settings and mappings of a kind of document; each call marks it anew."""
    body: dict[str, Any] = DOCUMENTS[base]._index.to_dict()
    body["mappings"] |= {"dynamic": "false", "_source": _KEPT_SOURCE, "_meta": {"made": secrets.token_hex(8)}}
    return body
