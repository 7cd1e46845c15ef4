"""Stops the children of a supervisor (or test runner) that was itself killed and could not do it.

A small process holds the other end of a pipe: it is told the children's ids, and when the pipe breaks while some are
left, it ends them, youngest first. Standard library only, and started with `-I -S`, since it lives as long as they do.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import TextIO

GRACE_S = 10.0


class Leash:
    """The supervisor's end of the pipe. Holding it open is what keeps the children alive."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert self._watchdog.stdin is not None
        self._pipe = self._watchdog.stdin
        os.register_at_fork(after_in_child=self._let_go)

    def add(self, pid: int) -> None:
        """Watch over this child: a session leader."""
        self._tell(f"+{pid}\n")

    def remove(self, pid: int) -> None:
        """The child has ended."""
        self._tell(f"-{pid}\n")

    def close(self) -> None:
        """End the watchdog, which ends the children that are left."""
        with contextlib.suppress(BrokenPipeError):
            self._pipe.close()
        self._watchdog.wait()

    def _tell(self, line: str) -> None:
        # A watchdog that is gone is no reason to stop: the pid files still tell the next start what was left.
        if os.getpid() == self._owner:
            with contextlib.suppress(BrokenPipeError, ValueError):
                self._pipe.write(line.encode())
                self._pipe.flush()

    def _let_go(self) -> None:
        # A forked test process must not hold the pipe open after its parent's death.
        with contextlib.suppress(OSError, ValueError):
            os.close(self._pipe.fileno())


def read_children(lines: Iterable[str]) -> list[int]:
    """The children that are left when the pipe ends, in the order of their start."""
    children: dict[int, None] = {}
    for line in lines:
        pid = int(line[1:])
        if line.startswith("+"):
            children[pid] = None
        else:
            children.pop(pid, None)
    return list(children)


def end_child(pid: int, *, grace_s: float = GRACE_S) -> None:
    """SIGTERM, and SIGKILL to the session after `grace_s`; does nothing when `pid` leads no session (not our child)."""
    if not _leads_session(pid):
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while _leads_session(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _leads_session(pid):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except (ProcessLookupError, PermissionError):
        return False


def watch(stream: TextIO) -> None:
    """Wait for the pipe to end, then end who is left, youngest first."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    for pid in reversed(read_children(stream)):
        with contextlib.suppress(ProcessLookupError):
            end_child(pid)


if __name__ == "__main__":
    watch(sys.stdin)
