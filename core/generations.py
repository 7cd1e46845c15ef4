"""A bounded memory of the newest keys, at constant cost per key."""

from collections.abc import Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Generations(Generic[K, V]):
    """A mapping that remembers at least the newest `capacity` keys and forgets older ones a generation at a time.

    Two dicts: a full young one becomes the old one, and what was old is dropped whole. (Deleting a dict's first key for
    every new one scans the holes that earlier deletions left.)
    """

    __slots__ = ("_capacity", "_old", "_young")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def update(self, items: Iterable[tuple[K, V]]) -> None:
        """Remembers these as the newest."""
        self._young.update(items)
        if len(self._young) > self._capacity:
            self._old, self._young = self._young, {}

    def get(self, key: K, default: V) -> V:
        """The value remembered for `key`, or `default`."""
        found = self._young.get(key)
        return self._old.get(key, default) if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self._young or key in self._old
