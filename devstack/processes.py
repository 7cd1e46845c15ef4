"""Child processes: spawning, pid files, stopping, and finding again what an earlier, killed supervisor left behind."""

import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import psutil

from devstack.services.base import LOWEST_NICENESS, Command, identity_of
from devstack.watchdog import Leash

LOG_LIMIT_BYTES = 20 * 1024 * 1024


class Child:
    """A process in a session of its own, so that Ctrl-C at the terminal reaches the supervisor alone."""

    def __init__(self, name: str, command: Command, *, log: Path, cwd: Path, leash: Leash) -> None:
        self.name = name
        self.argv = command.argv
        self._leash = leash
        self._buried = False
        with open_log(log) as output:
            self._process = subprocess.Popen(
                command.argv,
                env=os.environ | command.env,
                cwd="/" if command.user else cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity_of(command.user),
            )
        self.started_at = time.monotonic()
        leash.add(self.pid)
        self._niceness = command.niceness
        self.has_to_give_way = command.niceness > 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def give_way(self) -> None:
        """Let it give way to others from now on, as its command asks for: once it is up, since on a busy machine it
        would take minutes to start."""
        self.has_to_give_way = False
        _give_way(self.pid, self._niceness)

    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it. What it had started itself ends with it."""
        code = self._process.poll()
        if code is not None and not self._buried:
            self._bury()
        return code

    def _bury(self) -> None:
        self._buried = True
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # backends of a killed server, children of a killed Celery worker
        self._leash.remove(self.pid)

    def send(self, signum: signal.Signals) -> None:
        """Signal the process; nothing happens when it has ended."""
        self._process.send_signal(signum)

    def stop(self, signum: signal.Signals = signal.SIGTERM, *, timeout_s: float = 20.0) -> int:
        """Ask it to end, and kill its whole session when it has not after `timeout_s`; returns the exit code."""
        self.send(signum)
        return self.await_end(timeout_s=timeout_s)

    def await_end(self, *, timeout_s: float) -> int:
        """The exit code; a process that is still there after `timeout_s` is killed with its whole session."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()
        code = self.exit_code()
        assert code is not None
        return code

    def kill(self) -> None:
        """SIGKILL to the process and what it started, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._bury()


def _give_way(pid: int, niceness: int) -> None:
    """The niceness, for every thread; at LOWEST_NICENESS Linux's idle class too, in which a thread runs only where no
    other wants to and is put aside when one does.

    Where the kernel groups processes by their session (autogroup), priorities count inside of a session alone, and each
    child leads one of its own: so the session's group is given the niceness too. Not by a command that wraps the
    program: leftovers are recognised by their command line. Threads are asked for until there is no new one, since a
    new thread takes after the one that starts it.
    """
    if not hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, pid, niceness)
        return
    done: set[int] = set()
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        while fresh := {int(entry.name) for entry in Path(f"/proc/{pid}/task").iterdir()} - done:
            for thread in fresh:
                os.setpriority(os.PRIO_PROCESS, thread, niceness)
                if niceness == LOWEST_NICENESS:
                    os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
            done |= fresh
    with contextlib.suppress(OSError):  # a kernel without such groups
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness))


def open_log(path: Path) -> IO[bytes]:
    """Open a log for appending; a large one is set aside as NAME.log.1 first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("ab")


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log; empty when there is none."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class PidFiles:
    """`NAME.pid` for people and tools; `children.json` with the command lines, by which leftovers are recognised."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._record = directory / "children.json"
        directory.mkdir(parents=True, exist_ok=True)

    def add(self, name: str, pid: int, argv: tuple[str, ...]) -> None:
        """Record a child that has just been started."""
        self._write(self._read() | {name: {"pid": pid, "argv": list(argv)}})
        (self._directory / f"{name}.pid").write_text(f"{pid}\n")

    def remove(self, name: str) -> None:
        """Forget a child that has ended."""
        (self._directory / f"{name}.pid").unlink(missing_ok=True)
        self._write({other: entry for other, entry in self._read().items() if other != name})

    def stop_leftovers(self, *, timeout_s: float = 10.0) -> list[str]:
        """Stop the children that an earlier supervisor could not stop, and clear the directory; returns their names.

        A process is one of ours only when its command line is the recorded one, to the letter: a number that the system
        has given to another program since is left alone.
        """
        entries = self._read()
        leftovers = {name: found for name, entry in entries.items() if (found := _find(entry)) is not None}
        for process in reversed(leftovers.values()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
        _, alive = psutil.wait_procs(list(leftovers.values()), timeout=timeout_s)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                _kill_family(process)
        psutil.wait_procs(alive, timeout=timeout_s)
        for path in self._directory.glob("*.pid"):
            path.unlink()
        self._write({})
        return list(leftovers)

    def _read(self) -> dict[str, dict[str, object]]:
        try:
            entries: dict[str, dict[str, object]] = json.loads(self._record.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return entries

    def _write(self, entries: dict[str, dict[str, object]]) -> None:
        draft = self._record.with_suffix(".tmp")
        draft.write_text(json.dumps(entries, indent=1))
        draft.replace(self._record)


def _find(entry: dict[str, object]) -> psutil.Process | None:
    pid, argv = entry.get("pid"), entry.get("argv")
    if not isinstance(pid, int):
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if process.cmdline() == argv and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _kill_family(process: psutil.Process) -> None:
    for member in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
