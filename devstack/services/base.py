"""What an embedded server is to the rest of the development stack.

A service prepares its data directory, says which command runs it, and tells when it is ready. It never starts a process
that outlives its own methods: the caller (the supervisor, the test runner) spawns, watches, restarts and stops it.
"""

import dataclasses
import os
import pwd
import secrets
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypedDict

from devstack.ports import is_port_free, pick_free_port

UNPRIVILEGED_USER = "nobody"
LOWEST_NICENESS = 19


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """A process to spawn: `user` is the system user to run it as (only root can ask for one). Once it is ready, it
    gives way to others by its `niceness`; LOWEST_NICENESS leaves it the processor time that nobody else wants."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = dataclasses.field(default_factory=dict)
    user: str | None = None
    niceness: int = 0


class Service(ABC):
    """One embedded server with its data in `data_dir`, listening on `port` of 127.0.0.1.

    `durable` off trades safety at power loss for speed; only the tests ask for it.
    """

    name: ClassVar[str]  # the pid file's name
    setting: ClassVar[str]  # the setting that holds the address
    title: ClassVar[str]  # for people
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_timeout_s: ClassVar[float] = 20.0
    start_timeout_s: ClassVar[float] = 120.0

    def __init__(self, data_dir: Path, port: int, *, durable: bool = True) -> None:
        self.data_dir = data_dir
        self.port = port
        self.durable = durable

    @abstractmethod
    def prepare(self) -> None:
        """Make the data directory usable; does nothing when an earlier start has done it."""

    @abstractmethod
    def command(self) -> Command:
        """The foreground process to spawn."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether the server answers requests now; never raises, and takes at most about a second."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The value of `setting` for clients, with its secret."""

    def settings(self) -> dict[str, str]:
        """All settings that follow from this server, with their values."""
        return {self.setting: self.url}

    @classmethod
    def choose_port(cls, last: int | None) -> int:
        """The port of the last start where it is free, else another that is."""
        return last if last is not None and is_port_free(last) else pick_free_port()

    def meet(self, services: Sequence["Service"]) -> None:  # noqa: B027 - most servers need nobody
        """Who else belongs to the same set; called once, before anything else is asked of any of them."""

    def settle(self) -> None:  # noqa: B027 - most servers have nothing left to do
        """What remains once the server is ready, such as creating the database; idempotent."""

    def secret(self) -> str:
        """The server's password: made once, kept beside the data, readable by its owner alone."""
        path = self.data_dir / "secret"
        if not path.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(16))
        return path.read_text()


def unprivileged_user() -> str | None:
    """The user for servers that refuse to run as root; None when this process is not root."""
    return UNPRIVILEGED_USER if os.geteuid() == 0 else None


class Identity(TypedDict, total=False):
    """The keyword arguments of subprocess.Popen that say whom to run as."""

    user: int
    group: int
    extra_groups: list[int]


def identity_of(user: str | None) -> Identity:
    """For Popen: this user with its own group alone; nothing when `user` is None."""
    if user is None:
        return {}
    entry = pwd.getpwnam(user)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def hand_over(directory: Path, user: str | None) -> None:
    """Make `directory` (created when missing, mode 0700) the property of `user`, and let that user reach it."""
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o700)
    if user is None:
        return
    entry = pwd.getpwnam(user)
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    open_path_to(directory)


def open_path_to(path: Path) -> None:
    """Let every user traverse (not list) the directories above `path`, and say so where that changes one."""
    for parent in path.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o001)
            sys.stderr.write(f"note: {parent} may now be traversed by other users (a server runs as one)\n")


def open_tree(root: Path) -> None:
    """Let every user read what is below `root` and run its programs (an installer with a tight umask forbids it)."""
    open_path_to(root)
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = mode | 0o004 | (0o001 if mode & 0o100 else 0)
        if wanted != mode:
            path.chmod(wanted)
