"""The chat client: an account, a socket, an outbox, and a copy of every conversation that it keeps right by itself."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from websockets.exceptions import WebSocketException

from tests.client.connection import Connection, open_socket
from tests.client.http import Api, ApiError
from tests.client.keeper import LogKeeper
from tests.client.outbox import PATIENCE_S, Outbox, RefusedError
from tests.client.record import Frame, Record

WAIT_S = 20.0
TICK_S = 0.1
SYNC_EVERY_S = 60.0
SESSION_ENDED, NOT_AUTHENTICATED = 4403, 4401


class ChatClient:
    """One device of one user.

    `gateways` are base URLs, tried in turn when `stay_online` lets it reconnect. `record` is all that it did and saw.
    """

    def __init__(
        self,
        name: str,
        gateways: Sequence[str],
        *,
        patience_s: float = PATIENCE_S,
        way: str = "header",
        stay_online: bool = False,
        acknowledge_receipt: bool = False,
    ) -> None:
        self.name = name
        self.api = Api(gateways[0])
        self.record = Record(name)
        self.refresh_token = ""
        self.way = way
        self.connection: Connection | None = None
        self.ready: Frame | None = None
        self._gateways = list(gateways)
        self._stay_online = stay_online
        self._acknowledge_receipt = acknowledge_receipt
        self.outbox = Outbox(self.record, self._transmit, patience_s=patience_s)
        self.keeper = LogKeeper(self.api, self.record)
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._synced_to: str | None = None
        self._reported: dict[str, int] = {}

    async def register(self, username: str, password: str) -> "ChatClient":
        """A new account, and be signed in with it."""
        return self.sign_in(await self.api.post("auth/register", {"username": username, "password": password}))

    async def login(self, username: str, password: str) -> "ChatClient":
        """Sign in, on this device."""
        body = {"username": username, "password": password, "device_name": self.name}
        return self.sign_in(await self.api.post("auth/login", body))

    async def guest(self) -> "ChatClient":
        """Be a new guest."""
        return self.sign_in(await self.api.post("auth/guest", {"display_name": self.name}))

    def sign_in(self, answer: Frame) -> "ChatClient":
        """Take over the tokens of an answer `{user, access, refresh, expires_in}`."""
        self.record.user_id = answer["user"]["id"]
        self._take_tokens(answer)
        return self

    async def refresh(self) -> None:
        """Rotate the tokens."""
        self._take_tokens(await self.api.post("auth/refresh", {"refresh": self.refresh_token}))

    def _take_tokens(self, answer: Frame) -> None:
        self.api.access, self.refresh_token = answer["access"], answer["refresh"]

    @property
    def user_id(self) -> str:
        """This account's id."""
        return self.record.user_id

    async def connect(self) -> "ChatClient":
        """Open a socket, wait for `ready`, sync, and repeat what is unanswered."""
        self._end_tasks()
        await self._open()
        self._spawn(self._tick())
        if self._stay_online:
            self._spawn(self._remain())
        return self

    async def _open(self) -> None:
        self.ready = None
        self.record.sockets += 1
        number = self.record.sockets
        ws_url = self.api.base_url.replace("http", "ws", 1) + "/ws/"
        connection = await open_socket(ws_url, self.api, lambda frame: self._take(number, frame), way=self.way)
        self.connection = connection
        connection.closed.add_done_callback(lambda task: self._note_close(number, task))
        await self.wait_until(lambda: self.is_ready or connection.closed.done(), "ready")
        if not self.is_ready:
            raise ConnectionError(f"{self.name}: closed with {connection.closed.result()} before it was ready")
        self.outbox.repeat_all()
        await self.sync()

    async def disconnect(self) -> None:
        """Close the socket and stay away."""
        self._stay_online = False
        await asyncio.gather(*self._end_tasks(), return_exceptions=True)
        self.keeper.stop()
        if self.connection is not None:
            await self.connection.close()

    def _end_tasks(self) -> "list[asyncio.Task[None]]":
        ended = [task for task in self._tasks if task.cancel()]
        self._tasks.clear()
        return ended

    def _note_close(self, number: int, task: "asyncio.Task[int]") -> None:
        if not task.cancelled():
            self.record.closes.append((number, task.result()))
        self._news.set()

    @property
    def is_ready(self) -> bool:
        """Whether the newest socket has had its `ready`."""
        return self.ready is not None

    @property
    def is_online(self) -> bool:
        """Whether the socket is open and ready."""
        return self.is_ready and self.connection is not None and not self.connection.closed.done()

    async def _remain(self) -> None:
        """Reconnect with jitter, to one gateway after the other, until the session is over."""
        while self.connection is not None:
            code = await asyncio.shield(self.connection.closed)
            if code == SESSION_ENDED:
                return
            await asyncio.sleep(random.uniform(0.05, 0.5))
            await self._reopen(code)

    async def _reopen(self, code: int) -> None:
        while True:
            self.keeper.api.base_url = self._gateways[self.record.sockets % len(self._gateways)]
            try:
                if code == NOT_AUTHENTICATED:
                    await self.refresh()
                await self._open()
                return
            except (OSError, TimeoutError, WebSocketException, ApiError, RefusedError, AssertionError):
                if self.connection is not None:
                    self.connection.drop()
                await asyncio.sleep(random.uniform(0.2, 1.0))

    async def _tick(self) -> None:
        """What comes due with time: repetitions, receipts, the sync of every minute."""
        synced_at = time.monotonic()
        received_at = 0.0
        while True:
            await asyncio.sleep(TICK_S)
            self.outbox.repeat_overdue()
            now = time.monotonic()
            if self._acknowledge_receipt and now - received_at > 1:
                received_at = now
                self._report_received()
            if now - synced_at > SYNC_EVERY_S * random.uniform(0.9, 1.1) and self.is_online:
                synced_at = now
                self._spawn(self._sync_quietly())

    def _report_received(self) -> None:
        for conversation_id, log in self.keeper.logs.items():
            if log.held > self._reported.get(conversation_id, 0) and self.is_online:
                self._reported[conversation_id] = log.held
                self.push({"type": "message-received", "conversation_id": conversation_id, "seq": log.held})

    def _spawn(self, coroutine: Any) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _transmit(self, frame: Frame) -> bool:
        if not self.is_online or self.connection is None:
            return False
        self.connection.send(frame)
        return True

    def push(self, frame: Frame) -> None:
        """Send a frame that nobody answers."""
        if not self._transmit(frame):
            raise ConnectionError(f"{self.name} is not online")

    async def ask(self, kind: str, **fields: Any) -> Frame:
        """Send a frame with an `id` of its own and wait for the answer that repeats it. Raises RefusedError."""
        number = uuid.uuid4().hex
        self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self.push({"type": kind, "id": number, **fields})
            async with asyncio.timeout(WAIT_S):
                answer = await self._asked[number]
        finally:
            del self._asked[number]
        if answer["type"] == "error":
            raise RefusedError(answer)
        return answer

    def submit(self, kind: str, conversation_id: str, /, **fields: Any) -> "asyncio.Future[Frame]":
        """Send a durable command and go on; the future gets the ack or RefusedError."""
        frame = {"type": kind, "client_msg_id": str(uuid.uuid4()), "conversation_id": conversation_id, **fields}
        return self.outbox.submit(frame)

    async def command(self, kind: str, conversation_id: str, /, **fields: Any) -> Frame:
        """Send a durable command; the ack. Raises RefusedError."""
        async with asyncio.timeout(WAIT_S):
            return await self.submit(kind, conversation_id, **fields)

    async def say(self, conversation_id: str, text: str, **fields: Any) -> Frame:
        """Send a text message; the ack. Raises RefusedError."""
        return await self.command("send-message", conversation_id, kind="text", content={"text": text}, **fields)

    async def sync(self) -> None:
        """Ask which conversations changed, and bring the copies up to them."""
        has_more = True
        while has_more:
            since = {} if self._synced_to is None else {"since": self._synced_to}
            page = await self.ask("sync", **since)
            self.keeper.take_sync(page)
            self._synced_to, has_more = page["next"], page["has_more"]

    async def _sync_quietly(self) -> None:
        """A sync that may meet the end of the socket, which the next `ready` repeats, or a server that is not well."""
        while self.is_online:
            try:
                await self.sync()
                return
            except (ConnectionError, TimeoutError, RefusedError):
                await asyncio.sleep(random.uniform(0.3, 1.5))

    def _take(self, number: int, frame: Frame) -> None:
        self.record.note_arrival(number, frame)
        kind = frame["type"]
        if kind == "ready":
            self.ready = frame
        elif kind in ("message-ack", "error"):
            self._take_answer(frame)
        elif kind == "resync":
            self._spawn(self._sync_quietly())
        else:
            self.keeper.take(frame)
        asked = self._asked.get(frame.get("id", ""))
        if asked is not None and not asked.done():
            asked.set_result(frame)
        self._news.set()

    def _take_answer(self, frame: Frame) -> None:
        self.outbox.take_answer(frame)
        if frame["type"] == "message-ack" and (sent := self.record.sent.get(frame["client_msg_id"])) is not None:
            self.keeper.take_ack(sent.frame, frame)

    async def wait_until(
        self, condition: Callable[[], bool], what: str | Callable[[], str], *, timeout_s: float = WAIT_S
    ) -> None:
        """Wait until `condition` holds, looking at every frame. Raises AssertionError with `what` after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                last = [arrival.frame for arrival in self.record.arrivals[-5:]]
                awaited = what if isinstance(what, str) else what()
                raise AssertionError(f"{self.name} waited {timeout_s} s for {awaited}; the last frames: {last}")
            self._news.clear()
            try:
                async with asyncio.timeout(TICK_S):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def wait_for(self, kind: str, *, timeout_s: float = WAIT_S, **fields: Any) -> Frame:
        """The first frame of this type, of all that ever came, whose members equal `fields`."""
        await self.wait_until(lambda: bool(self.record.frames(kind, **fields)), f"{kind} {fields}", timeout_s=timeout_s)
        return self.record.frames(kind, **fields)[0]

    async def wait_for_message(self, conversation_id: str, seq: int) -> Frame:
        """The message of the first `new-message` with this place in the log."""
        await self.wait_until(lambda: bool(self.pushed(conversation_id, seq)), f"message {conversation_id}/{seq}")
        return self.pushed(conversation_id, seq)[0]

    def pushed(self, conversation_id: str, seq: int | None = None) -> list[Frame]:
        """The messages that were pushed of a conversation (and at one seq), repetitions included."""
        messages = [frame["message"] for frame in self.record.frames("new-message")]
        return [m for m in messages if m["conversation_id"] == conversation_id and seq in (None, m["seq"])]
