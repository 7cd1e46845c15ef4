"""Privacy settings: their names, values and defaults. Stored are only those that a user has changed."""

from collections.abc import Mapping
from typing import Any

EVERYONE = "everyone"
FRIENDS = "friends"
NOBODY = "nobody"

# direct: who may open a direct conversation; groups: who may add one to a group; last_seen: who sees when one was last
# online; searchable: whether one is found by name or id.
DEFAULTS: dict[str, Any] = {"direct": EVERYONE, "groups": EVERYONE, "last_seen": EVERYONE, "searchable": True}


def read_privacy(stored: Mapping[str, Any]) -> dict[str, Any]:
    """All privacy settings of a user, the defaults filled in."""
    return {name: stored.get(name, default) for name, default in DEFAULTS.items()}
