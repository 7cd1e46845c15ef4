"""Keeps the children of `make run` alive: starts each again with backoff, and stops them all in order.

One thread: whoever owns the supervisor calls `tick` a few times a second.
"""

import contextlib
import dataclasses
import enum
import signal
import time
from collections.abc import Callable
from pathlib import Path

from devstack.backoff import Backoff
from devstack.errors import DevstackError
from devstack.processes import Child, PidFiles
from devstack.services import Command, Service
from devstack.watchdog import Leash


class Stage(enum.IntEnum):
    """The stop goes from the highest to the lowest: no stage outlives what it needs."""

    SERVICES = 0
    TASKS = 1
    WORKERS = 2
    GATEWAYS = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to keep running. `prepare` runs before each start after the first, `settle` once such a start `is_ready`."""

    name: str
    stage: Stage
    command: Callable[[], Command]
    prepare: Callable[[], None] = lambda: None
    is_ready: Callable[[], bool] = lambda: True
    settle: Callable[[], None] = lambda: None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 20.0


def program_of(service: Service, *, settle: Callable[[], None] | None = None) -> Program:
    """An embedded server as a program; `settle` is run beside the service's own after each restart."""

    def settle_both() -> None:
        service.settle()
        if settle is not None:
            settle()

    return Program(
        name=service.name,
        stage=Stage.SERVICES,
        command=service.command,
        prepare=service.prepare,
        is_ready=service.is_ready,
        settle=settle_both,
        stop_signal=service.stop_signal,
        stop_timeout_s=service.stop_timeout_s,
    )


@dataclasses.dataclass(slots=True)
class _Entry:
    program: Program
    child: Child | None = None
    backoff: Backoff = dataclasses.field(default_factory=Backoff)
    start_at: float = 0.0
    unsettled: bool = False


class Supervisor:
    """The children by name; `report` gets a sentence for people whenever one ends or cannot be started."""

    def __init__(self, *, checkout: Path, log_dir: Path, run_dir: Path, report: Callable[[str], None]) -> None:
        self._checkout = checkout
        self._log_dir = log_dir
        self._report = report
        self._pid_files = PidFiles(run_dir)
        self._leash = Leash()
        self._entries: dict[str, _Entry] = {}

    def log_of(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"

    def start(self, program: Program) -> Child:
        """Start a program for the first time and keep it running from now on.

        :raises OSError: it cannot be executed.
        """
        entry = self._entries.setdefault(program.name, _Entry(program))
        return self._spawn(entry)

    def tick(self) -> None:
        """Notice who has ended, start again whose wait is over, welcome who is ready. Never raises for a child."""
        now = time.monotonic()
        for entry in self._entries.values():
            if entry.child is not None:
                self._check(entry, entry.child, now)
            elif now >= entry.start_at:
                self._start_again(entry)

    def has_ended(self, name: str) -> bool:
        """Whether the child is down at this moment, waiting for its next start."""
        child = self._entries[name].child
        return child is None or child.exit_code() is not None

    def stop(self) -> None:
        """Stop all children, a stage at a time; none is left when it returns."""
        for stage in sorted(Stage, reverse=True):
            running = [
                (entry.program, entry.child)
                for entry in self._entries.values()
                if entry.program.stage is stage and entry.child is not None
            ]
            for program, child in running:
                child.send(program.stop_signal)
            deadline = time.monotonic() + max((program.stop_timeout_s for program, _ in running), default=0.0)
            for program, child in running:
                child.await_end(timeout_s=max(0.0, deadline - time.monotonic()))
                self._pid_files.remove(program.name)
        self._entries.clear()
        self._leash.close()

    def _spawn(self, entry: _Entry) -> Child:
        program = entry.program
        child = Child(
            program.name, program.command(), log=self.log_of(program.name), cwd=self._checkout, leash=self._leash
        )
        entry.child = child
        self._pid_files.add(program.name, child.pid, child.argv)
        return child

    def _check(self, entry: _Entry, child: Child, now: float) -> None:
        code = child.exit_code()
        if code is None:
            if (entry.unsettled or child.has_to_give_way) and entry.program.is_ready():
                self._welcome(entry, child)
            return
        entry.child = None
        self._pid_files.remove(entry.program.name)
        delay = entry.backoff.next_delay(ran_for_s=now - child.started_at)
        entry.start_at = now + delay
        self._report(f"{entry.program.name} ended ({describe_exit(code)}); it is started again in {delay:g} s")

    def _start_again(self, entry: _Entry) -> None:
        try:
            entry.program.prepare()
            self._spawn(entry)
            entry.unsettled = True
        except (DevstackError, OSError) as error:
            delay = entry.backoff.next_delay(ran_for_s=0)
            entry.start_at = time.monotonic() + delay
            self._report(f"{entry.program.name} cannot be started ({error}); next try in {delay:g} s")

    def _welcome(self, entry: _Entry, child: Child) -> None:
        """The child is ready for the first time since its start."""
        if child.has_to_give_way:
            child.give_way()
        if entry.unsettled:
            entry.unsettled = False
            self._settle(entry.program)

    def _settle(self, program: Program) -> None:
        try:
            program.settle()
        except Exception as error:  # noqa: BLE001 - the edge of the loop: one child's trouble must not end the others
            self._report(f"{program.name} is up again, but not all is as it was: {error}")


def describe_exit(code: int) -> str:
    """An exit code for people: a signal by its name."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}"
    return f"signal {-code}"
