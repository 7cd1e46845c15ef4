"""Cards that apps add to the admin's first page: `settings.DASHBOARD_CARDS` names a `DashboardCard` each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure as it stands on its card, in the reader's language: `note` below it, in red where it is bad news."""

    value: str
    note: str = ""
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardCard:
    """A figure that an app offers to those of the staff who have `permission` (`app.codename`).

    `read` gets it: plain values that a cache can hold, the same for every reader, kept for half a minute; where it
    raises, the card says that nobody knows. `show` puts it into words, each time anew. `page` is the admin's list that
    the card leads to (`app_model`), if any, and `query` how that list is narrowed.
    """

    title: Any
    icon: str
    permission: str
    read: Callable[[], Any]
    show: Callable[[Any], Shown]
    page: str = ""
    query: str = ""
