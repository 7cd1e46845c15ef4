"""A broker that hands records over, a directory that knows one gateway, and sockets that throw everything away."""

from collections.abc import Sequence
from typing import Any


class Broker:
    """A producer whose downstream records are taken from its hands."""

    fatal: Exception | None = None

    def __init__(self) -> None:
        self._handed: list[bytes] = []

    def __len__(self) -> int:
        return 0

    def take(self) -> list[bytes]:
        """What was produced since the last time."""
        handed, self._handed = self._handed, []
        return handed

    def produce(self, topic: str, value: bytes, **_options: Any) -> None:
        """Keeps what is for the gateway."""
        if "downstream" in topic:
            self._handed.append(value)

    def poll(self, timeout_s: float = 0.0) -> None:
        """Nothing is due."""

    def flush(self, timeout_s: float) -> int:
        """All is stored."""
        return 0

    def rebuild(self) -> None:
        """It does not fail."""

    def close(self, timeout_s: float = 5.0) -> None:
        """Nothing is open."""


class Directory:
    """Everybody is on gw-1."""

    def live_gateways(self) -> list[str]:
        """The one."""
        return ["gw-1"]

    def locate(self, user_ids: Sequence[int]) -> dict[str, list[int]]:
        """There."""
        return {"gw-1": list(user_ids)}


class Socket:
    """What the hub needs of a connection."""

    def __init__(self, user_id: int) -> None:
        self.id, self.user_id, self.session_id = f"c{user_id}", user_id, user_id
        self.out: list[bytes] = []
        self.acked = 0
        self.mark: tuple[int, float] | None = None

    def write(self, _framed: bytes) -> None:
        """Thrown away."""
