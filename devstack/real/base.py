"""What a real server has beside an embedded one: it may have to be fetched first, and it may be missing."""

import os
import shutil
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from devstack.services.base import Service

SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


class RealService(Service):
    """`stand_in` is the embedded server that takes its place where it cannot be had."""

    program: ClassVar[str]  # its name for people; servers that share one are fetched once
    stand_in: ClassVar[type[Service]]

    @classmethod
    @abstractmethod
    def is_here(cls) -> bool:
        """Whether it can be started now, without a download or a build."""

    @classmethod
    @abstractmethod
    def fetch(cls) -> None:
        """Download or build what is not there yet.

        :raises DevstackError: it cannot be had; the message says what is missing.
        """


def cache_dir() -> Path:
    """What was built is kept here, for all checkouts: GOCHAT_REAL_CACHE, or the user's cache directory."""
    given = os.environ.get("GOCHAT_REAL_CACHE")
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(given or f"{caches}/gochat/real").expanduser().resolve()


def find_program(name: str, *, more: str = "") -> str | None:
    """The path of an installed program; not every directory that holds one is on everybody's PATH. None: there is
    none."""
    return shutil.which(name) or shutil.which(name, path=f"{SYSTEM_PROGRAMS}:{more}")
