"""The gateway's registry of sockets, and how a push reaches them: a frame is encoded once, and a batch is one write per
socket."""

import concurrent.futures
from collections.abc import Callable, Collection, Iterable, Iterator
from time import monotonic
from typing import Any, Protocol

import msgspec

from core.metrics import counters, upstream_to_ack
from messaging import frames
from messaging.framing import frame_text, split_frames
from messaging.gateway.connection import Connection
from messaging.records import Push

OnTraced = Callable[[Push, Collection[int], int], None]
"""A traced push is queued: for which of its users (empty where it names none), and for how many sockets in all."""


class Receiver(Protocol):
    """Whatever a connection id may name: a `Connection`, or an HTTP call that waits for its answer."""

    out: list[bytes]
    acked: int
    mark: tuple[int, float] | None

    def write(self, framed: bytes, /) -> None:
        """Takes framed frames."""


class Waiter:
    """An HTTP call that waits for the answer to its command: a receiver without a socket, good for one answer."""

    def __init__(self, connection_id: str) -> None:
        self.id = connection_id
        self.out: list[bytes] = []
        self.acked = 0
        self.mark: tuple[int, float] | None = None
        self.future: concurrent.futures.Future[dict[str, Any]] = concurrent.futures.Future()

    def write(self, framed: bytes, /) -> None:
        """The first frame is the answer."""
        if not self.future.done():
            self.future.set_result(msgspec.json.decode(next(split_frames(framed)), type=dict[str, Any]))


class Hub:
    """Who is connected here. Everything happens on the event loop.

    A receiver's `out` is its queue within one batch: the first push of a batch puts the receiver on the list of those
    to write to, `flush` writes each its frames in one go. A connection that is not ready keeps a placeholder in `out`,
    so it never gets on that list and its pushes wait, in order, until `release`.
    """

    def __init__(self, on_traced: OnTraced = lambda push, users, sockets: None) -> None:
        self._on_traced = on_traced
        self.by_id: dict[str, Connection] = {}
        self._by_user: dict[int, tuple[Connection, ...]] = {}
        self._by_session: dict[int, set[Connection]] = {}
        self.waiters: dict[str, Waiter] = {}
        self._touched: list[Receiver] = []

    # --- Registry ---------------------------------------------------------------------------------------------------
    def register(self, connection: Connection) -> bool:
        """Take an authenticated connection in; whether it is its user's first here."""
        self.by_id[connection.id] = connection
        others = self._by_user.get(connection.user_id, ())
        self._by_user[connection.user_id] = (*others, connection)
        self._by_session.setdefault(connection.session_id, set()).add(connection)
        return not others

    def unregister(self, connection: Connection) -> bool:
        """Forget a connection; whether it was its user's last here. Harmless when it is not registered."""
        if self.by_id.pop(connection.id, None) is None:
            return False
        session = self._by_session.get(connection.session_id, set())
        session.discard(connection)
        if not session:
            self._by_session.pop(connection.session_id, None)
        left = tuple(other for other in self._by_user[connection.user_id] if other is not connection)
        if left:
            self._by_user[connection.user_id] = left
            return False
        del self._by_user[connection.user_id]
        return True

    def __len__(self) -> int:
        return len(self.by_id)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self.by_id.values()))

    def of_user(self, user_id: int) -> tuple[Connection, ...]:
        """The user's connections here."""
        return self._by_user.get(user_id, ())

    def of_session(self, session_id: int) -> list[Connection]:
        """The session's connections here."""
        return list(self._by_session.get(session_id, ()))

    def sessions(self) -> list[int]:
        """The sessions that have connections here."""
        return list(self._by_session)

    def has_user(self, user_id: int) -> bool:
        """Whether the user has a connection here."""
        return user_id in self._by_user

    def users(self) -> list[int]:
        """The users who have a connection here."""
        return list(self._by_user)

    # --- Pushing ----------------------------------------------------------------------------------------------------
    def push(self, push: Push) -> None:
        """Queue a push's frames for its recipients here; `flush` writes them."""
        if push.users:
            self.push_to(push.users, push)
        copies = 0
        if push.sockets:
            copies += self._answer(push)
        if push.everyone:
            for connection in self.by_id.values():
                if connection.id not in push.exclude:
                    self._queue(connection, push.framed)
                    copies += 1
        if copies and push.trace:
            self._on_traced(push, (), copies)
        counters.frames_out += copies * push.count

    def push_to(self, user_ids: Collection[int], push: Push) -> None:
        """Queue a push's frames for these users, whomever the push itself names; `flush` writes them."""
        framed, exclude, by_user, touched, copies = push.framed, push.exclude, self._by_user, self._touched, 0
        for user_id in user_ids:
            for connection in by_user.get(user_id, ()):
                if exclude and connection.id in exclude:
                    continue
                out = connection.out
                if not out:
                    touched.append(connection)
                out.append(framed)
                copies += 1
        if push.trace:
            self._on_traced(push, [user_id for user_id in user_ids if user_id in by_user], copies)
        counters.frames_out += copies * push.count

    def queue(self, connection: Connection, frame: frames.ServerFrame) -> None:
        """Queue one frame for one connection; `flush` writes it."""
        counters.frames_out += 1
        self._queue(connection, frame_text(frames.encode(frame)))

    def send(self, connection: Connection, frame: frames.ServerFrame) -> None:
        """Queue one frame for one connection and write what it has queued."""
        self.queue(connection, frame)
        self.flush()

    def send_all(self, connections: Iterable[Connection], frame: frames.ServerFrame) -> None:
        """Queue one frame for many connections and write."""
        framed = frame_text(frames.encode(frame))
        for connection in connections:
            self._queue(connection, framed)
            counters.frames_out += 1
        self.flush()

    def flush(self) -> None:
        """Write what is queued: one write per connection, whatever the number of frames."""
        touched, self._touched = self._touched, []
        for connection in touched:
            out = connection.out
            data = out[0] if len(out) == 1 else b"".join(out)
            out.clear()
            connection.write(data)
        counters.writes_out += len(touched)

    def release(self, connection: Connection, first: frames.ServerFrame) -> None:
        """The connection is ready: write `first`, then all that was pushed to it meanwhile."""
        out = connection.out
        out[0] = frame_text(frames.encode(first))
        connection.is_ready = True
        self._touched.append(connection)
        self.flush()

    def _queue(self, receiver: Receiver, framed: bytes) -> None:
        if not receiver.out:
            self._touched.append(receiver)
        receiver.out.append(framed)

    def _answer(self, push: Push) -> int:
        """A push to sockets by their ids: the answers to commands. How many sockets there were."""
        copies = 0
        for connection_id in push.sockets:
            receiver = self.by_id.get(connection_id) or self.waiters.get(connection_id)
            if receiver is None:
                continue
            self._queue(receiver, push.framed)
            copies += 1
            receiver.acked += push.count
            mark = receiver.mark
            if mark is not None and receiver.acked >= mark[0]:
                upstream_to_ack.observe(monotonic() - mark[1])
                receiver.mark = None
        return copies
