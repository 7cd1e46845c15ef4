"""What each client frame does. Synchronous up to the point where something must be waited for; no database on the way
of durable commands."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec
from django.conf import settings
from django.utils import translation

from accounts.services.tokens import authenticate_access
from core.errors import DomainError, ErrorCode
from core.ids import parse_id
from core.logs import get_logger
from core.metrics import counters
from core.ratelimits import TokenBuckets
from messaging import commands, frames
from messaging.commands import AnyClientFrame, DurableCommand
from messaging.gateway.answers import regenerate_answer, stop_answer
from messaging.gateway.connection import Connection
from messaging.gateway.hub import Hub
from messaging.gateway.receipts import Receipts
from messaging.gateway.sessions import Sessions
from messaging.gateway.threads import Threads
from messaging.gateway.typing import TypingRelay
from messaging.gateway.upstream import Upstream
from messaging.gateway.watching import Watching
from messaging.policies import check_command, check_intake
from messaging.records import UpstreamItem
from messaging.selectors.sync import sync_page

COMMANDS_PER_S: Final = 20.0
COMMANDS_BURST: Final = 60
SLOW_BURST: Final = 20
SLOW_PER_S: Final = 2.0
MAX_WORK_PER_SOCKET: Final = 8
log = get_logger(__name__)


class Handling:
    """Dispatches decoded frames of ready connections."""

    def __init__(self, gateway_id: str, hub: Hub, upstream: Upstream, threads: Threads, sessions: Sessions) -> None:
        self.receipts = Receipts(threads)
        self.watching = Watching(hub, threads)
        self._gateway_id = gateway_id
        # Asked for with every command, and Django's settings object is slow to ask.
        self._is_limited = bool(settings.RATE_LIMITS)
        self._hub = hub
        self._upstream = upstream
        self._threads = threads
        self._sessions = sessions
        self._typing = TypingRelay(threads)
        self._command_rate = TokenBuckets(per_s=COMMANDS_PER_S, burst=COMMANDS_BURST)
        self._query_rate = TokenBuckets(per_s=SLOW_PER_S, burst=SLOW_BURST)
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[type, Callable[[Connection, Any], None]] = {
            commands.SendMessage: self._submit,
            commands.EditMessage: self._submit,
            commands.RecallMessage: self._submit,
            commands.React: self._submit,
            commands.MessageReceived: self._note_received,
            commands.MarkRead: self._note_read,
            commands.StopAnswer: self._stop_answer,
            commands.RegenerateAnswer: self._regenerate_answer,
            commands.Typing: self._relay_typing,
            commands.Sync: self._sync,
            commands.PresenceSubscribe: self._subscribe,
            commands.Auth: self._renew,
            commands.Ping: self._answer_ping,
        }

    def handle(self, connection: Connection, data: bytes) -> None:
        """One text frame. Whatever is wrong with it is answered; nothing is raised."""
        try:
            frame = decode(data)
        except DomainError as error:
            self.refuse(connection, error, commands.salvage_ids(data))
            return
        try:
            self._handlers[type(frame)](connection, frame)
        except DomainError as error:
            self.refuse(connection, error, ids_of(frame))

    def check_rate(self, user_id: int) -> None:
        """Takes one durable command from the user's budget on this gateway. Raises RATE_LIMITED."""
        if self._is_limited:
            self._command_rate.check(user_id)

    def refuse(self, connection: Connection, error: DomainError, ids: dict[str, Any]) -> None:
        """Answer with an error frame in the connection's language."""
        self._hub.send(connection, self.error_frame(connection.language, error, ids))

    def error_frame(self, language: str, error: DomainError, ids: dict[str, Any]) -> frames.Error:
        """The refusal as a frame; `ids` is what it repeats of the client's."""
        counters.error_frames += 1
        with translation.override(language):
            return frames.Error(**error.as_dict(), **ids)

    # --- Durable commands -------------------------------------------------------------------------------------------
    def _submit(self, connection: Connection, command: Any) -> None:
        conversation_id = parse_id(command.conversation_id, ErrorCode.CONVERSATION_NOT_FOUND)
        check_command(connection.user_id, command)
        self.check_rate(connection.user_id)
        check_intake(connection.user_id, command)
        self._upstream.submit(
            conversation_id,
            UpstreamItem(
                connection.user_id,
                connection.session_id,
                connection.id,
                self._gateway_id,
                int(time.time() * 1000),
                connection.language,
                command,
            ),
        )
        connection.sent += 1
        if connection.mark is None:
            connection.mark = (connection.sent, time.monotonic())

    # --- Frames of the moment ---------------------------------------------------------------------------------------
    def _note_received(self, connection: Connection, frame: commands.MessageReceived) -> None:
        self.receipts.note(connection, frame.conversation_id, received=frame.seq)

    def _note_read(self, connection: Connection, frame: commands.MarkRead) -> None:
        self.receipts.note(connection, frame.conversation_id, read=frame.seq)

    def _relay_typing(self, connection: Connection, frame: commands.Typing) -> None:
        conversation_id = self._typing.is_due(connection, frame.conversation_id)
        if conversation_id is not None:
            self._start(connection, frame, self._typing.push(connection, conversation_id))

    def _stop_answer(self, connection: Connection, frame: commands.StopAnswer) -> None:
        self._check_query_rate(connection)
        work = self._threads.run(stop_answer, connection.user_id, frame.conversation_id, frame.message_id)
        self._start(connection, frame, work)

    def _regenerate_answer(self, connection: Connection, frame: commands.RegenerateAnswer) -> None:
        self._check_query_rate(connection)
        work = self._threads.run(regenerate_answer, connection.user_id, frame.conversation_id, frame.message_id)
        self._start(connection, frame, work)

    def _sync(self, connection: Connection, frame: commands.Sync) -> None:
        self._check_query_rate(connection)
        self._start(connection, frame, self._answer_sync(connection, frame))

    def _subscribe(self, connection: Connection, frame: commands.PresenceSubscribe) -> None:
        self._check_query_rate(connection)
        user_ids = [
            int(text)
            for text in dict.fromkeys(frame.user_ids)
            if text.isascii() and text.isdecimal() and len(text) < 19
        ]
        self._start(connection, frame, self.watching.subscribe(connection, user_ids))

    def _renew(self, connection: Connection, frame: commands.Auth) -> None:
        self._check_query_rate(connection)
        self._start(connection, frame, self._renew_token(connection, frame))

    def _answer_ping(self, connection: Connection, frame: commands.Ping) -> None:
        self._hub.send(connection, frames.Pong(id=frame.id))

    async def _answer_sync(self, connection: Connection, frame: commands.Sync) -> None:
        page = await self._threads.run(sync_page, connection.user_id, frame.since)
        self._hub.send(connection, frames.SyncResult(id=frame.id, **page))

    async def _renew_token(self, connection: Connection, frame: commands.Auth) -> None:
        grant = await self._threads.run(authenticate_access, frame.token)
        if grant.session_id != connection.session_id:
            raise DomainError(ErrorCode.AUTH_FAILED)
        if connection.expires_at is None or grant.expires_at > connection.expires_at:
            connection.authenticate(grant)
            self._sessions.watch(connection)

    # --- Work that waits --------------------------------------------------------------------------------------------
    def _check_query_rate(self, connection: Connection) -> None:
        if self._is_limited:
            self._query_rate.check(connection.user_id)

    def _start(self, connection: Connection, frame: AnyClientFrame, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._finish(connection, frame, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, connection: Connection, frame: AnyClientFrame, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except DomainError as error:
            self.refuse(connection, error, ids_of(frame))
        except Exception:  # the edge: a client is told, and the socket goes on
            log.exception("a frame could not be handled", frame_type=type(frame).__name__)
            self.refuse(connection, DomainError(ErrorCode.UNAVAILABLE), ids_of(frame))


def decode(data: bytes) -> AnyClientFrame:
    """The frame in a text message. Raises INVALID_MESSAGE, saying what is wrong with it."""
    try:
        frame = commands.decode_frame(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise DomainError(ErrorCode.INVALID_MESSAGE, details={"reason": str(exc)[:200]}) from exc
    if b"\\u0000" in data and _has_nul(msgspec.to_builtins(frame)):
        raise DomainError(ErrorCode.INVALID_MESSAGE, details={"reason": "A text holds a NUL character."})
    return frame


def ids_of(frame: AnyClientFrame) -> dict[str, Any]:
    """What an answer to this frame repeats of it."""
    ids: dict[str, Any] = {} if frame.id is None else {"id": frame.id}
    if isinstance(frame, DurableCommand):
        ids["client_msg_id"] = frame.client_msg_id
    return ids


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    return isinstance(value, list) and any(map(_has_nul, value))
