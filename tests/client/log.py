"""A client's copy of one conversation: events applied once each, in the order of their seq, to the messages they name.

A page of history gives the state as of a seq; pushes, fetched events and own messages after it are kept by seq and
applied as soon as nothing before them is missing.
"""

from collections.abc import Iterable
from typing import Any

Message = dict[str, Any]
Event = dict[str, Any]
MEMBERSHIP = frozenset({"member-joined", "member-left", "member-removed"})
COMPARED = (
    *("message_id", "seq", "sender_id", "kind", "content", "reply_to", "mentions"),
    *("created_at", "edited_at", "recalled"),
)


class ConversationLog:
    """One conversation as one user sees it. `held` is the highest seq held without a gap, -1 before it is loaded."""

    def __init__(self, conversation_id: str, user_id: str) -> None:
        self.conversation_id = conversation_id
        self.user_id = user_id
        self.held = -1
        self.known_last = 0
        self.messages: dict[int, Message] = {}
        self._waiting: dict[int, Event] = {}

    @property
    def has_gap(self) -> bool:
        """Whether something is known to exist that is not held."""
        return self.held < self.known_last

    def load(self, messages: Iterable[Message], as_of_seq: int) -> None:
        """Replace the state by a full history as it stood at `as_of_seq`."""
        self.messages = {message["seq"]: dict(message) for message in messages}
        self.held = as_of_seq
        self.known_last = max(self.known_last, as_of_seq)
        self._waiting = {seq: event for seq, event in self._waiting.items() if seq > as_of_seq}
        self._apply_waiting()

    def add(self, event: Event) -> bool:
        """Take an event; False when this seq has been taken before. What waits for a gap is applied later."""
        seq = event["seq"]
        self.known_last = max(self.known_last, seq)
        if seq <= self.held or seq in self._waiting:
            return False
        self._waiting[seq] = event
        self._apply_waiting()
        return True

    def _apply_waiting(self) -> None:
        if self.held < 0:
            return
        while (event := self._waiting.pop(self.held + 1, None)) is not None:
            self.held += 1
            self._apply(event)

    def _apply(self, event: Event) -> None:
        kind = event["event"]
        if kind == "message-stored":
            self.messages[event["seq"]] = dict(event["message"])
        elif kind in MEMBERSHIP:
            self.messages[event["seq"]] = {"seq": event["seq"], "kind": "system", "sender_id": event["actor_id"]}
        elif kind == "message-edited":
            self._edit(event["message"])
        elif kind == "message-recalled":
            self._empty(event["message_id"])
        elif kind == "message-hidden":
            self._hide(event["message_id"])
        elif kind == "message-restored":
            self._restore(event["message"])
        elif kind in ("reaction-added", "reaction-removed"):
            self._react(event)

    def _edit(self, shown: Message) -> None:
        message = self._find(shown["message_id"])
        if message is not None:
            message |= {name: shown[name] for name in ("content", "edited_at", "mentions", "recalled")}

    def _empty(self, message_id: str) -> None:
        message = self._find(message_id)
        if message is not None:
            message |= {"content": {}, "mentions": [], "recalled": True, "reactions": {}}

    def _hide(self, message_id: str) -> None:
        message = self._find(message_id)
        if message is not None:
            message |= {"content": {}, "mentions": [], "reactions": {}}

    def _restore(self, shown: Message) -> None:
        message = self._find(shown["message_id"])
        if message is not None:
            message |= shown

    def _react(self, event: Event) -> None:
        message = self._find(event["message_id"])
        if message is None or message["recalled"]:
            return
        reactions = message["reactions"] = dict(message["reactions"])
        users = list(reactions.get(event["emoji"], {"user_ids": []})["user_ids"])
        actor = event["actor_id"]
        if event["event"] == "reaction-added" and actor not in users:
            users.append(actor)
        elif event["event"] == "reaction-removed" and actor in users:
            users.remove(actor)
        reactions[event["emoji"]] = {"count": event["count"], "user_ids": users}
        if not event["count"]:
            del reactions[event["emoji"]]

    def _find(self, message_id: str) -> Message | None:
        """Messages before `first_seq` are nobody's business here: an event about one is skipped."""
        return next((m for m in self.messages.values() if m.get("message_id") == message_id), None)

    def view(self) -> list[Message]:
        """The messages by rising seq, reduced to what every reader of the log agrees on."""
        return comparable(self.messages[seq] for seq in sorted(self.messages))


def comparable(messages: Iterable[Message]) -> list[Message]:
    """Messages without what differs by reader, language or way of arrival."""
    return [_comparable(message) for message in messages]


def _comparable(message: Message) -> Message:
    if message["kind"] == "system":
        return {name: message[name] for name in ("seq", "kind", "sender_id")}
    reactions = {
        emoji: {"count": reaction["count"], "user_ids": sorted(reaction["user_ids"])}
        for emoji, reaction in message["reactions"].items()
    }
    content = comparable_content(message["content"])
    return {name: message[name] for name in COMPARED} | {"reactions": reactions, "content": content}


def comparable_content(content: dict[str, Any]) -> dict[str, Any]:
    """A content as its sender wrote it: of a file, the sender knows its id before anyone shows it."""
    if "file" not in content:
        return content
    return {name: value for name, value in content.items() if name != "file"} | {"file_id": content["file"]["id"]}
