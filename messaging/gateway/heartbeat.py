"""Heartbeats of all sockets from one timer: each socket sits in one of a ring of buckets, and each tick visits one."""

from typing import Final

from django.conf import settings

from messaging.gateway.sockets import FramedSocket

_BUCKETS: Final = 25


class Heartbeats:
    """Every socket is visited once in HEARTBEAT_MS: pinged, or closed with 4408 when two pings met silence."""

    def __init__(self) -> None:
        self._buckets: list[list[FramedSocket]] = [[] for _ in range(_BUCKETS)]
        self._at = 0
        self._next = 0

    @property
    def interval_s(self) -> float:
        """How often `tick` is to be called."""
        return float(settings.HEARTBEAT_MS) / 1000 / _BUCKETS

    def add(self, socket: FramedSocket) -> None:
        """Look after a socket, the first time a whole heartbeat from now at the latest."""
        self._buckets[self._next].append(socket)
        self._next = (self._next + 1) % _BUCKETS

    def tick(self) -> None:
        """Visit one bucket, and forget its closed sockets."""
        bucket = [socket for socket in self._buckets[self._at] if not socket.is_closed()]
        self._buckets[self._at] = bucket
        self._at = (self._at + 1) % _BUCKETS
        for socket in bucket:
            socket.beat()
