"""One socket as the chat sees it: who it speaks for, and what waits to be written to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Final, Protocol

from accounts.services.tokens import AccessGrant

MAX_HELD_FRAMES: Final = 1000


class Socket(Protocol):
    """What a connection needs of its transport; `FramedSocket` and `consumers.ChannelsSocket` are such."""

    def write(self, framed: bytes) -> None:
        """Send text frames that `framing` made, in order; nothing when closed."""

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake."""

    def unsent_bytes(self) -> int:
        """How much waits to be written."""

    def is_closed(self) -> bool:
        """Whether closing has begun."""


class Connection:
    """A socket with its session. Lives on the event loop.

    `out` holds framed frames until the hub writes them. Before `ready` it is never empty (its first element is a
    placeholder), so that pushes gather behind it; see `hub.Hub.push`.
    """

    __slots__ = (
        "acked",
        "address",
        "expires_at",
        "held",
        "id",
        "is_ready",
        "language",
        "mark",
        "out",
        "sent",
        "session_id",
        "socket",
        "user_id",
        "warned",
        "watching",
        "write",
    )

    def __init__(self, connection_id: str, socket: Socket, *, address: str, language: str) -> None:
        self.id = connection_id
        self.socket = socket
        self.write: Callable[[bytes], None] = socket.write
        self.address = address
        self.language = language
        self.user_id = 0
        self.session_id = 0
        self.expires_at: datetime | None = None
        self.warned = False
        self.is_ready = False
        self.out: list[bytes] = [b""]
        # Frames that came while the socket was being authenticated; None once it is ready.
        self.held: list[bytes] | None = None
        self.watching: tuple[int, ...] = ()
        # How many commands went out, how many answers came, and the one whose answer is timed: (number, start).
        self.sent = 0
        self.acked = 0
        self.mark: tuple[int, float] | None = None

    def authenticate(self, grant: AccessGrant) -> None:
        """From now on the socket speaks for this session."""
        self.user_id = grant.user_id
        self.session_id = grant.session_id
        self.expires_at = grant.expires_at
        self.warned = False

    def close(self, code: int, reason: str = "") -> None:
        """Begin the closing handshake."""
        self.socket.close(code, reason)
