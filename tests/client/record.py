"""What one client did and saw, in order of arrival: the evidence that the invariant checker reads."""

import time
from dataclasses import dataclass, field
from typing import Any

Frame = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Transmission:
    """One time that a command went out: on which socket, and as which of all of this client's transmissions."""

    socket: int
    position: int
    at: float


@dataclass(slots=True)
class Sent:
    """One durable command with everything that came back for it."""

    client_msg_id: str
    conversation_id: str
    frame: Frame
    transmissions: list[Transmission] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    """Codes that ask for a repetition: RATE_LIMITED, UNAVAILABLE."""
    acks: list[Frame] = field(default_factory=list)
    error: Frame | None = None
    """The final refusal."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One frame, by the clock of this machine (seconds, monotonic)."""

    at: float
    socket: int
    frame: Frame


@dataclass(slots=True)
class Record:
    """Everything of one client. `sockets` counts its connections; frames carry the number of theirs."""

    name: str
    user_id: str = ""
    sent: dict[str, Sent] = field(default_factory=dict)
    arrivals: list[Arrival] = field(default_factory=list)
    closes: list[tuple[int, int]] = field(default_factory=list)
    """(socket, close code), 1006 for a connection that broke."""
    anomalies: list[str] = field(default_factory=list)
    """What the client found to contradict the contract by itself."""
    sockets: int = 0
    _transmitted: int = 0

    def note_transmission(self, sent: Sent) -> None:
        """The command goes out on the newest socket."""
        self._transmitted += 1
        sent.transmissions.append(Transmission(self.sockets, self._transmitted, time.monotonic()))

    def note_arrival(self, socket: int, frame: Frame) -> None:
        """A frame came in."""
        self.arrivals.append(Arrival(time.monotonic(), socket, frame))

    def frames(self, kind: str, **fields: Any) -> list[Frame]:
        """The frames of this type whose members equal `fields`, in order of arrival."""
        return [
            arrival.frame
            for arrival in self.arrivals
            if arrival.frame.get("type") == kind
            and all(arrival.frame.get(name) == value for name, value in fields.items())
        ]
