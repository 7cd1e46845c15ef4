"""Keeps the copies of all conversations right: takes what is pushed, notices gaps, asks `events`, reloads history."""

import asyncio
import random
from typing import Any

from tests.client.http import Api, ApiError
from tests.client.log import ConversationLog, Message
from tests.client.record import Frame, Record

MAX_BEHIND = 1_000
PAGE = 200
GONE = 404


class LogKeeper:
    """The conversations of one user as one device holds them. `conversations` has their objects as last seen."""

    def __init__(self, api: Api, record: Record) -> None:
        self.api = api
        self.logs: dict[str, ConversationLog] = {}
        self.conversations: dict[str, Frame] = {}
        self._record = record
        self._repairs: dict[str, asyncio.Task[None]] = {}

    def log(self, conversation_id: str) -> ConversationLog:
        """The copy of a conversation, made when it is first heard of."""
        if conversation_id not in self.logs:
            self.logs[conversation_id] = ConversationLog(conversation_id, self._record.user_id)
        return self.logs[conversation_id]

    def take(self, frame: Frame) -> None:
        """A pushed frame that may concern a conversation."""
        kind = frame["type"]
        if kind == "new-message":
            message = frame["message"]
            self._add(message["conversation_id"], _as_event(message))
        elif kind == "conversation-event":
            self._add(frame["conversation_id"], frame)
        elif kind in ("conversation-added", "conversation-updated"):
            self._take_conversation(frame["conversation"])
        elif kind == "conversation-removed":
            self.forget(frame["conversation_id"])

    def take_ack(self, command: Frame, ack: Frame) -> None:
        """One's own message is held from its ack on; of other commands the ack tells how long the log is at least."""
        log = self.log(ack["conversation_id"])
        if command["type"] == "send-message":
            log.add(_as_event(_own_message(command, ack, self._record.user_id)))
        log.known_last = max(log.known_last, ack["seq"])
        self._repair_if_needed(log)

    def take_sync(self, page: Frame) -> None:
        """A page of a `sync-result`."""
        for conversation in page["conversations"]:
            self._take_conversation(conversation)
        for conversation_id in page["removed"]:
            self.forget(conversation_id)

    def forget(self, conversation_id: str) -> None:
        """The user is no longer in it."""
        self.logs.pop(conversation_id, None)
        self.conversations.pop(conversation_id, None)
        repair = self._repairs.pop(conversation_id, None)
        if repair is not None:
            repair.cancel()

    def stop(self) -> None:
        """End what is under way."""
        for repair in self._repairs.values():
            repair.cancel()

    @property
    def is_settled(self) -> bool:
        """Whether every copy is loaded and has no known gap."""
        return all(log.held >= 0 and not log.has_gap for log in self.logs.values())

    async def fetch_history(self, conversation_id: str) -> tuple[list[Message], int]:
        """The whole visible history and the seq that it reflects at least."""
        path = f"conversations/{conversation_id}/messages"
        page = await self.api.get(path, limit=PAGE)
        messages, as_of_seq = page["results"], page["as_of_seq"]
        while page["has_before"]:
            page = await self.api.get(path, limit=PAGE, before_seq=messages[0]["seq"])
            messages = page["results"] + messages
        return messages, as_of_seq

    def _take_conversation(self, conversation: Frame) -> None:
        conversation_id = conversation["id"]
        before = self.conversations.get(conversation_id)
        self.conversations[conversation_id] = conversation
        log = self.log(conversation_id)
        if before is not None and before["first_seq"] != conversation["first_seq"]:
            log.held = -1
        log.known_last = max(log.known_last, conversation["last_seq"])
        self._repair_if_needed(log)

    def _add(self, conversation_id: str, event: dict[str, Any]) -> None:
        log = self.log(conversation_id)
        log.add(event)
        self._repair_if_needed(log)

    def _repair_if_needed(self, log: ConversationLog) -> None:
        running = self._repairs.get(log.conversation_id)
        if (log.held < 0 or log.has_gap) and (running is None or running.done()):
            self._repairs[log.conversation_id] = asyncio.create_task(self._repair(log))

    async def _repair(self, log: ConversationLog) -> None:
        if log.held >= 0:
            await asyncio.sleep(random.uniform(0.3, 1.5))
        while log.held < 0 or log.has_gap:
            try:
                await (self._reload(log) if _needs_history(log) else self._catch_up(log))
            except ApiError as error:
                if error.status == GONE:
                    self.logs.pop(log.conversation_id, None)
                    return
                await asyncio.sleep(random.uniform(0.3, 1.5))
            except (OSError, TimeoutError):
                await asyncio.sleep(random.uniform(0.3, 1.5))

    async def _reload(self, log: ConversationLog) -> None:
        messages, as_of_seq = await self.fetch_history(log.conversation_id)
        log.load(messages, as_of_seq)

    async def _catch_up(self, log: ConversationLog) -> None:
        before = log.held
        page = await self.api.get(f"conversations/{log.conversation_id}/events", after_seq=log.held, limit=PAGE)
        for event in page["events"]:
            log.add(event)
        log.known_last = max(log.known_last, page["last_seq"])
        if log.held == before and log.has_gap:
            # The log ends before something that was acknowledged or pushed.
            self._record.anomalies.append(
                f"{log.conversation_id}: {log.known_last} is known, events after {before} are "
                f"{[event['seq'] for event in page['events']]} of {page['last_seq']}"
            )
            await asyncio.sleep(0.5)


def _needs_history(log: ConversationLog) -> bool:
    return log.held < 0 or log.known_last - log.held > MAX_BEHIND


def _as_event(message: Message) -> dict[str, Any]:
    return {
        "seq": message["seq"],
        "event": "message-stored",
        "actor_id": message["sender_id"],
        "at": message["created_at"],
        "message": message,
    }


def _own_message(command: Frame, ack: Frame, user_id: str) -> Message:
    return {
        "message_id": ack["message_id"],
        "conversation_id": ack["conversation_id"],
        "seq": ack["seq"],
        "sender_id": user_id,
        "client_msg_id": command["client_msg_id"],
        "kind": command["kind"],
        "content": ack.get("content", command["content"]),
        "reply_to": command.get("reply_to"),
        "mentions": command.get("mentions", []),
        "created_at": ack["created_at"],
        "edited_at": None,
        "recalled": False,
        "reactions": {},
    }
