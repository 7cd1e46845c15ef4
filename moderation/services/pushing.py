"""Telling a person's open sockets that what stands against them has changed; they then ask `users/me/sanctions`.

Of the moment, like a typing notice: who misses it asks when they connect again, and whoever is refused is told why.
"""

from collections.abc import Collection

from django.db import transaction

from core.moments import push_to_users
from messaging import frames


def push_change(user_ids: Collection[int]) -> None:
    """Once this transaction has committed, `sanctions-changed` to every socket of these users. Never raises."""
    concerned = sorted(user_ids)
    frame = frames.encode(frames.SanctionsChanged())
    transaction.on_commit(lambda: push_to_users(concerned, frame))
