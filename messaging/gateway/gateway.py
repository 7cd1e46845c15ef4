"""The gateway of a process: puts hub, upstream, downstream, presence and moments together, starts and stops them."""

import asyncio
import itertools
import secrets
from functools import partial
from typing import Any, Final

from django.conf import settings

from accounts.presence import REFRESH_S, PresenceWriter, check_gateway_id
from accounts.services.tokens import AccessGrant, authenticate_access
from core import clock, metrics, moments
from core.clock import to_wire
from core.errors import DomainError, ErrorCode
from core.kafka import open_producer
from core.kafka.aio import AsyncProducer
from core.kafka.port import Reports
from core.logs import get_logger
from core.metrics import counters
from messaging import commands, frames, framing
from messaging.delivery.tracing import note_pushed
from messaging.framing import frame_text
from messaging.gateway.connection import MAX_HELD_FRAMES, Connection, Socket
from messaging.gateway.downstream import Downstream
from messaging.gateway.handling import Handling, decode, ids_of
from messaging.gateway.heartbeat import Heartbeats
from messaging.gateway.hub import Hub
from messaging.gateway.lag import UpstreamLag, count_unsent_bytes
from messaging.gateway.large import LargeGroups
from messaging.gateway.local import LocalCalls
from messaging.gateway.moments import Moments
from messaging.gateway.sessions import Sessions
from messaging.gateway.sockets import FramedSocket
from messaging.gateway.threads import Threads
from messaging.gateway.upstream import Upstream
from messaging.gateway.watching import Announcer
from messaging.records import Push, UpstreamItem
from messaging.services.upstream import set_gateway

AUTH_TIMEOUT_S: Final = 5.0
READY_TIMEOUT_S: Final = 1.0
# Shorter than the ten seconds after which a client repeats a command by itself.
DELIVERY_TIMEOUT_S: Final = 8.0
MAX_SOCKETS_PER_USER: Final = 20
MAX_SOCKETS_PER_ADDRESS: Final = 2000
log = get_logger(__name__)


class Gateway:
    """Everything that a process needs to hold sockets. Lives on one event loop."""

    def __init__(self, gateway_id: str) -> None:
        check_gateway_id(gateway_id)
        self.id = gateway_id
        self.boot = secrets.token_hex(4)
        self.hub = Hub(partial(note_pushed, gateway_id))
        self.threads = Threads()
        self.large_groups = LargeGroups(self.hub, self.threads)
        self.announcer = Announcer(self.threads)
        self.presence = PresenceWriter(
            gateway_id,
            self.boot,
            on_changes=self.announcer.note_changes,
            on_lapse=partial(self._note_gap, "presence_lapsed"),
        )
        producer = open_producer(reports=Reports.FAILURES, delivery_timeout_s=DELIVERY_TIMEOUT_S)
        self.upstream = Upstream(AsyncProducer(producer), self._refuse_items)
        self.sessions = Sessions(self.hub, self.threads)
        self.handling = Handling(gateway_id, self.hub, self.upstream, self.threads, self.sessions)
        self.heartbeats = Heartbeats()
        self.downstream = Downstream(gateway_id, self.hub, self.large_groups, self._note_gap)
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._addresses: dict[str, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._authentications: set[asyncio.Task[None]] = set()

    # --- Start and stop ---------------------------------------------------------------------------------------------
    async def start(self) -> None:
        """Fix the place in the downstream, then write presence: sockets may be accepted when this returns."""
        await self.downstream.start()
        await self.presence.start()
        # Workers look at the gateways every REFRESH_S: from now on none of them can miss this one.
        await asyncio.sleep(REFRESH_S)
        self._tasks = [
            self._loop.create_task(moments.listen(Moments(self.hub, self.sessions, self.handling.watching).take)),
            self._loop.create_task(self._beat()),
            self._loop.create_task(self._look_after_sessions()),
        ]
        set_gateway(LocalCalls(self.id, f"{self.boot}-w", self.hub, self.upstream, self.handling))
        metrics.add_gauge("sockets", "Sockets that are ready", lambda: len(self.hub))
        metrics.add_gauge("upstream_lag", "Upstream records that the workers have not committed", UpstreamLag().read)
        metrics.add_gauge("downstream_queue_bytes", "Bytes not yet written", lambda: count_unsent_bytes(self.hub))
        metrics.add_gauge("large_groups", "Large groups whose members here are known", lambda: len(self.large_groups))
        metrics.add_gauge("large_group_seats", "Members here, over all large groups", self.large_groups.count_seats)
        log.info("gateway started", gateway_id=self.id, boot=self.boot)

    async def stop(self) -> None:
        """After the sockets are closed: flush what they sent, take presence out, write what is buffered."""
        set_gateway(None)
        for task in self._tasks:
            task.cancel()
        await self.upstream.close(3.0)
        await self.handling.receipts.close()
        await self.presence.stop()
        await self.announcer.close()
        await self.downstream.close()
        self.large_groups.close()
        self.threads.close()
        log.info("gateway stopped", gateway_id=self.id)

    # --- Sockets ----------------------------------------------------------------------------------------------------
    def check_address(self, address: str) -> None:
        """Raises RATE_LIMITED when an address holds too many sockets."""
        if settings.RATE_LIMITS and self._addresses.get(address, 0) >= MAX_SOCKETS_PER_ADDRESS:
            raise DomainError(ErrorCode.RATE_LIMITED, details={"retry_after_ms": 10_000})

    def open(self, socket: Socket, *, address: str, language: str) -> Connection:
        """A connection for an accepted socket that is not authenticated yet."""
        connection = Connection(f"{self.boot}-{next(self._numbers):x}", socket, address=address, language=language)
        self._addresses[address] = self._addresses.get(address, 0) + 1
        if isinstance(socket, FramedSocket):
            socket.on_text = partial(self.on_text, connection)
            socket.on_binary = partial(self.on_binary, connection)
            socket.on_closed = partial(self.on_closed, connection)
            self.heartbeats.add(socket)
        return connection

    def await_token(self, connection: Connection) -> None:
        """The first frame must bring a token, in time."""
        self._loop.call_later(AUTH_TIMEOUT_S, self._give_up, connection)

    async def welcome(self, connection: Connection, grant: AccessGrant) -> None:
        """Register an authenticated connection; `ready` goes out when presence is written and its groups are known.

        When Redis or the database does not answer in time, `ready` goes out all the same, and `resync` once it has.
        """
        connection.held = connection.held or []
        connection.authenticate(grant)
        if connection.socket.is_closed():
            return
        if settings.RATE_LIMITS and len(self.hub.of_user(grant.user_id)) >= MAX_SOCKETS_PER_USER:
            connection.close(framing.FLOODING, "too many sockets")
            return
        is_first = self.hub.register(connection)
        waiters = {
            "presence_was_late": self.presence.add(grant.user_id),
            "groups_were_late": self.large_groups.seat(grant.user_id, is_first=is_first),
        }
        late = await self._wait({reason: waiter for reason, waiter in waiters.items() if waiter is not None})
        if connection.socket.is_closed():
            return
        self.hub.release(connection, self._ready(connection))
        counters.sockets_opened += 1
        self.sessions.watch(connection)
        held, connection.held = connection.held, None
        for data in held:
            self.handling.handle(connection, data)
        for reason, waiter in late.items():
            waiter.add_done_callback(partial(self._note_late, connection, reason))

    def on_text(self, connection: Connection, data: bytes) -> None:
        """A text frame from a client."""
        counters.frames_in += 1
        if connection.is_ready:
            self.handling.handle(connection, data)
        elif connection.held is None:
            self._take_first(connection, data)
        elif len(connection.held) < MAX_HELD_FRAMES:
            connection.held.append(data)
        else:
            connection.close(framing.FLOODING, "flooding")

    def on_binary(self, connection: Connection) -> None:
        """The contract has no binary frames."""
        error = DomainError(ErrorCode.INVALID_MESSAGE, details={"reason": "Frames are text."})
        self._refuse_early(connection, error, {})

    def on_closed(self, connection: Connection, code: int) -> None:
        """Closing has begun, from whichever side: the socket gets and sends nothing more."""
        left = self._addresses.get(connection.address, 1) - 1
        if left:
            self._addresses[connection.address] = left
        else:
            self._addresses.pop(connection.address, None)
        self.handling.watching.forget(connection)
        if connection.is_ready:
            counters.sockets_closed += 1
        if self.hub.unregister(connection):
            self.large_groups.leave(connection.user_id)
            self.presence.remove(connection.user_id)
            self.announcer.note_left(connection.user_id)
        log.debug("socket closed", connection_id=connection.id, code=code)

    def resync(self, reason: str) -> None:
        """Tell every socket that the gateway may have missed something."""
        counters.resyncs += 1
        self.hub.send_all(self.hub, frames.Resync(reason=reason))

    def close_all(self, code: int, reason: str) -> None:
        """Begin closing every socket."""
        for connection in self.hub:
            connection.close(code, reason)

    # --- Inside -----------------------------------------------------------------------------------------------------
    def _take_first(self, connection: Connection, data: bytes) -> None:
        try:
            frame = decode(data)
        except DomainError as error:
            self._refuse_early(connection, error, commands.salvage_ids(data))
            return
        if not isinstance(frame, commands.Auth):
            self._refuse_early(connection, DomainError(ErrorCode.AUTH_FAILED), ids_of(frame))
            connection.close(framing.UNAUTHENTICATED, "not authenticated")
            return
        connection.held = []
        task = self._loop.create_task(self._authenticate(connection, frame))
        self._authentications.add(task)
        task.add_done_callback(self._authentications.discard)

    async def _authenticate(self, connection: Connection, frame: commands.Auth) -> None:
        try:
            grant = await self.threads.run(authenticate_access, frame.token)
        except DomainError as error:
            self._refuse_early(connection, error, ids_of(frame))
            connection.close(framing.UNAUTHENTICATED, "not authenticated")
        except Exception:  # the database is away: the client comes back
            log.exception("a socket could not be authenticated")
            connection.close(framing.RESTARTING, "unavailable")
        else:
            await self.welcome(connection, grant)

    def _refuse_early(self, connection: Connection, error: DomainError, ids: dict[str, Any]) -> None:
        """An error frame that does not wait for `ready`."""
        if connection.is_ready:
            self.handling.refuse(connection, error, ids)
        else:
            connection.write(frame_text(frames.encode(self.handling.error_frame(connection.language, error, ids))))

    def _give_up(self, connection: Connection) -> None:
        if connection.held is None and not connection.is_ready:
            connection.close(framing.UNAUTHENTICATED, "not authenticated")

    async def _wait(self, waiters: dict[str, "asyncio.Future[None]"]) -> dict[str, "asyncio.Future[None]"]:
        """Wait for all of these for a while; those that are late. Redis is not waited for while it fails."""
        timely = [
            waiter
            for reason, waiter in waiters.items()
            if reason != "presence_was_late" or not self.presence.is_failing
        ]
        if timely:
            await asyncio.wait(timely, timeout=READY_TIMEOUT_S)
        return {reason: waiter for reason, waiter in waiters.items() if not waiter.done()}

    def _note_late(self, connection: Connection, reason: str, _waiter: "asyncio.Future[None]") -> None:
        if not connection.socket.is_closed():
            self.hub.send(connection, frames.Resync(reason=reason))

    def _note_gap(self, reason: str) -> None:
        """Downstream records may have been missed: pushes, and who came into or left a large group."""
        self.large_groups.forget_all()
        self.resync(reason)

    def _ready(self, connection: Connection) -> frames.Ready:
        return frames.Ready(
            user_id=str(connection.user_id),
            session_id=str(connection.session_id),
            connection_id=connection.id,
            gateway_id=self.id,
            heartbeat_ms=settings.HEARTBEAT_MS,
            server_time=to_wire(clock.now()),
        )

    def _refuse_items(self, items: list[UpstreamItem]) -> None:
        """Commands that may not have reached Kafka: UNAVAILABLE, so that their clients repeat them."""
        for item in items:
            if not isinstance(item.command, commands.ClientFrame):
                continue
            error = DomainError(ErrorCode.UNAVAILABLE, details={"retry_after_ms": 1000})
            frame = self.handling.error_frame(item.language, error, ids_of(item.command))
            self.hub.push(Push(frame_text(frames.encode(frame)), sockets=[item.connection_id]))
        self.hub.flush()

    async def _beat(self) -> None:
        """Heartbeats, and once a second the expiry of tokens and of what is known about groups."""
        expire_at = 0.0
        while True:
            await asyncio.sleep(min(1.0, self.heartbeats.interval_s))
            self.heartbeats.tick()
            if self._loop.time() >= expire_at:
                expire_at = self._loop.time() + 1.0
                self.sessions.expire()
                self.large_groups.sweep()

    async def _look_after_sessions(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            await self.sessions.recheck()
