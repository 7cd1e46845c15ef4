"""What comes over the channel layer, handed to whom it concerns (`core.moments` lists the messages)."""

from typing import Any

from messaging.framing import frame_text
from messaging.gateway.hub import Hub
from messaging.gateway.sessions import Sessions
from messaging.gateway.watching import Watching
from messaging.records import Push


class Moments:
    """Takes the messages that all gateways get."""

    def __init__(self, hub: Hub, sessions: Sessions, watching: Watching) -> None:
        self._hub = hub
        self._sessions = sessions
        self._watching = watching

    def take(self, message: dict[str, Any]) -> None:
        """Act on one message and write what it has queued."""
        kind = message["type"]
        if kind == "users.push":
            framed = frame_text(message["frame"].encode())
            self._hub.push(Push(framed, message["user_ids"], exclude=message.get("exclude", [])))
        elif kind == "users.pushes":
            for user_ids, frame in message["pushes"]:
                self._hub.push(Push(frame_text(frame.encode()), user_ids))
        elif kind == "presence.changed":
            self._watching.note_changes(message["changes"])
        elif kind == "sessions.ended":
            self._sessions.end(message["session_ids"], message["code"], message["reason"])
        self._hub.flush()
