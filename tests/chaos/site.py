"""The site that chaos strikes: servers behind proxies, and two of each process under the supervisor of `make run`."""

import contextlib
import dataclasses
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from core.redis import get_redis
from devstack import programs
from devstack.ports import HOST, pick_free_port, wait_until
from devstack.processes import tail
from devstack.proxied import ProxiedWorld
from devstack.proxy import Proxy
from devstack.services import Command
from devstack.supervisor import Program, Supervisor
from devstack.test_services import CHECKOUT
from tests.chaos.plan import Cast, Fault, Kind

ENV = {
    "GOCHAT_RATE_LIMITS": "off",
    "LARGE_GROUP_THRESHOLD": "4",  # the group of all goes by way of the fan-out
    "FANOUT_PAGE_MEMBERS": "2",
    "LARGE_GROUP_DELIVERY": "paging",
    "LOG_LEVEL": "WARNING",
}
READY_WITHIN_S = 180.0
SLOW_S = 0.08
TICK_S = 0.1
_SIGNALS = {
    Kind.KILL: signal.SIGKILL,
    Kind.CRASH: signal.SIGKILL,  # and then by itself, at the point that it is started with
    Kind.STOP: signal.SIGTERM,
    Kind.FREEZE: signal.SIGSTOP,
}
_NETWORK: dict[Kind, Callable[[Proxy], None]] = {
    Kind.SLOW: lambda proxy: proxy.delay(SLOW_S),
    Kind.CUT: Proxy.cut,
    Kind.RESET: Proxy.reset,
    Kind.HALF_OPEN: Proxy.half_open,
}


class ChaosSite:
    """Two gateways, two logic workers, two Celery workers, two fan-out bridges, one of the rest.

    A thread is the supervisor: whoever ends is started again, with its backoff. `strike` begins a fault, `release` ends
    it.
    """

    def __init__(self, world: ProxiedWorld, directory: Path) -> None:
        self.world = world
        self.ports = [pick_free_port(), pick_free_port()]
        self.urls = [f"http://{HOST}:{port}" for port in self.ports]
        self._directory = directory
        self._run_dir = directory / "run"
        self._armed: dict[str, str] = {}
        self._stopping = threading.Event()
        self._supervisor = Supervisor(
            checkout=CHECKOUT, log_dir=directory / "log", run_dir=self._run_dir, report=self._note
        )
        self._thread = threading.Thread(target=self._keep, name="supervisor", daemon=True)
        self.events: list[str] = []
        self.cast = Cast(
            gateways=("gateway-1", "gateway-2"),
            upstream=("upstream-1", "upstream-2"),
            others=("fanout-1", "fanout-2", "celery-1", "celery-2", "indexing-1", "celery-indexing-1"),
            servers=(world.database_name, "redis", "kafka", "s3", "search"),
        )

    def start(self) -> None:
        """Start every process; returns when the gateways are ready. :raises AssertionError: they are not in time."""
        indexing = dataclasses.replace(programs.worker("indexing", 1), name="indexing-1")
        searching = next(p for p in programs.celery_search_workers() if p.name == "celery-indexing-1")
        for program in (
            *(programs.gateway(number, port) for number, port in enumerate(self.ports, start=1)),
            *(programs.worker(kind, number) for kind in ("upstream", "fanout") for number in (1, 2)),
            *(programs.celery_worker(f"celery-{number}", concurrency=1) for number in (1, 2)),
            programs.celery_beat(self._directory),
            indexing,
            searching,
        ):
            self._supervisor.start(self._in_world(program))
        self._thread.start()
        self.await_ready()

    def await_ready(self) -> None:
        """Until both gateways are ready. :raises AssertionError: not in time; with the end of their logs."""
        if not wait_until(lambda: all(map(programs.is_gateway_ready, self.ports)), timeout_s=READY_WITHIN_S):
            raise AssertionError(f"the gateways are not ready:\n{self.describe()}")

    def close(self) -> None:
        """Stop everything that `start` started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10.0)
        for name in (*self.cast.gateways, *self.cast.upstream, *self.cast.others):
            self._signal(name, signal.SIGCONT)
            self._signal(name, signal.SIGKILL)
        self._supervisor.stop()

    def strike(self, fault: Fault) -> None:
        """Begin a fault."""
        if fault.kind is Kind.CRASH:
            self._armed[fault.target] = fault.detail
        if fault.kind in _SIGNALS:
            self._signal(fault.target, _SIGNALS[fault.kind])
        elif fault.kind in _NETWORK:
            _NETWORK[fault.kind](self.world.proxies[fault.target])
        elif fault.kind is Kind.SERVER_DOWN:
            self.world.kill(fault.target)
        elif fault.kind is Kind.SERVER_FROZEN:
            self.world.pause(fault.target)
        elif fault.kind is Kind.FLUSH:
            get_redis().flushall()

    def release(self, fault: Fault) -> None:
        """End a fault that holds; the others are over by themselves."""
        if fault.kind is Kind.FREEZE:
            self._signal(fault.target, signal.SIGCONT)
        elif fault.kind is Kind.SERVER_DOWN:
            self.world.start(fault.target)
        elif fault.kind is Kind.SERVER_FROZEN:
            self.world.resume(fault.target)
        elif fault.kind in _NETWORK:
            self.world.proxies[fault.target].heal()

    def describe(self) -> str:
        """The last events of the supervisor, and the end of each process's log."""
        ends = [f"--- {path.name} ---\n{tail(path, 15)}" for path in sorted((self._directory / "log").glob("*.log"))]
        return "\n".join([*self.events[-20:], *ends])

    def _in_world(self, program: Program) -> Program:
        """The program with this world's environment and, for one start, the crash point that it is armed with."""

        def command() -> Command:
            plain = program.command()
            crash = self._armed.pop(program.name, "")
            armed = {"GOCHAT_CRASH_POINT": crash} if crash else {}
            return dataclasses.replace(plain, env={**plain.env, **self.world.env, **ENV, **armed})

        return dataclasses.replace(program, command=command)

    def _keep(self) -> None:
        while not self._stopping.wait(TICK_S):
            self._supervisor.tick()

    def _note(self, sentence: str) -> None:
        self.events.append(sentence)

    def _signal(self, name: str, signum: signal.Signals) -> None:
        """Signal a process, if it is there at this moment."""
        pid = self._pid(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signum)

    def _pid(self, name: str) -> int | None:
        try:
            return int((self._run_dir / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None


@contextlib.contextmanager
def chaos_site(world: ProxiedWorld) -> Iterator[ChaosSite]:
    """A running site in this world; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="gochat-chaos-") as directory:
        site = ChaosSite(world, Path(directory))
        try:
            site.start()
            yield site
        finally:
            site.close()
