"""Real processes for tests: gateways, workers and Celery as `make run` starts them, and servers that a test may kill.

A process started here gets this test process's environment: its clone of the database, its Redis database, its topics.
A test that kills a server takes a `private_world` instead, whose servers nobody shares.
"""

import atexit
import contextlib
import functools
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from devstack import programs
from devstack.ports import HOST, pick_free_port, wait_until
from devstack.processes import Child, tail
from devstack.services import Command, Kafka, Service
from devstack.stack import await_restart
from devstack.test_services import (
    CHECKOUT,
    TEST_DIR_VARIABLE,
    RunningServices,
    main_database,
    run_services,
    server_kinds,
)
from devstack.watchdog import Leash

START_TIMEOUT_S = 120.0
_numbers = itertools.count(1)


class SiteProcess:
    """One of the project's processes, started by a test; `env` is added to the test's own environment."""

    def __init__(
        self,
        name: str,
        command: Callable[[], Command],
        *,
        env: Mapping[str, str] | None = None,
        is_ready: Callable[[], bool] = lambda: True,
    ) -> None:
        self.name = name
        self.log = _log_dir() / f"{name}-{os.getpid()}-{next(_numbers)}.log"
        self._command = command
        self._env = dict(env or {})
        self._is_ready = is_ready
        self._child: Child | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    def start(self, *, env: Mapping[str, str] | None = None) -> None:
        """Start it and wait until it is ready; `env` (a crash point, say) counts for this start alone.

        :raises AssertionError: it ended or is not ready in time; the message shows the end of its log.
        """
        self.spawn(env=env)
        child = self._running()
        wait_until(lambda: child.exit_code() is not None or self._is_ready(), timeout_s=START_TIMEOUT_S)
        if child.exit_code() is not None or not self._is_ready():
            raise AssertionError(f"{self.name} does not start:\n{tail(self.log, 40)}")

    def spawn(self, *, env: Mapping[str, str] | None = None) -> None:
        """Start it without waiting."""
        command = self._command()
        merged = Command(command.argv, env={**command.env, **self._env, **(env or {})}, user=command.user)
        self._child = Child(self.name, merged, log=self.log, cwd=CHECKOUT, leash=_leash(os.getpid()))

    def send(self, signum: signal.Signals) -> None:
        """Signal it: SIGSTOP and SIGCONT make a zombie of it for a while."""
        self._running().send(signum)

    def kill(self) -> None:
        """SIGKILL to it and its children; returns when they are gone."""
        self._running().kill()

    def stop(self) -> int:
        """SIGTERM, as on a deployment; returns the exit code."""
        return self._running().stop()

    def restart(self, *, env: Mapping[str, str] | None = None) -> None:
        """Kill -9 and start again."""
        self.kill()
        self.start(env=env)

    def has_ended(self) -> bool:
        """Whether it is gone."""
        return self._running().exit_code() is not None

    def wait(self, timeout_s: float = START_TIMEOUT_S) -> int:
        """The exit code of a process that ends by itself, as at a crash point.

        :raises AssertionError: it still runs after `timeout_s` seconds.
        """
        child = self._running()
        if not wait_until(self.has_ended, timeout_s=timeout_s):
            raise AssertionError(f"{self.name} still runs:\n{tail(self.log, 40)}")
        code = child.exit_code()
        assert code is not None
        return code

    def log_text(self) -> str:
        """All that it has written so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _running(self) -> Child:
        if self._child is None:
            raise AssertionError(f"{self.name} has not been started.")
        return self._child

    def close(self) -> None:
        """Make sure that nothing of it is left."""
        if self._child is not None:
            self._child.kill()


class Gateway(SiteProcess):
    """A gateway on a port of its own, which it keeps when it is started again."""

    def __init__(self, gateway_id: str, *, env: Mapping[str, str] | None = None) -> None:
        self.gateway_id = gateway_id
        self.port = pick_free_port()
        self.url = f"http://{HOST}:{self.port}"
        self.ws_url = f"ws://{HOST}:{self.port}/ws/"
        super().__init__(
            f"gateway-{gateway_id}",
            lambda: programs.gateway_command(gateway_id, self.port),
            env=env,
            is_ready=lambda: programs.is_gateway_ready(self.port),
        )


@contextlib.contextmanager
def gateway(gateway_id: str = "gw-1", *, env: Mapping[str, str] | None = None) -> Iterator[Gateway]:
    """A running gateway that is ready; killed at the end."""
    process = Gateway(gateway_id, env=env)
    with _closing(process):
        yield process


@contextlib.contextmanager
def worker(kind: str = "upstream", *, env: Mapping[str, str] | None = None) -> Iterator[SiteProcess]:
    """A running `manage.py run_worker KIND` that can be asked to stop; it may still be joining its group.

    Killed at the end.
    """
    process = SiteProcess(f"{kind}-worker", lambda: programs.worker_command(kind), env=env)
    process._is_ready = lambda: catches(process.pid, signal.SIGTERM)
    with _closing(process):
        yield process


@contextlib.contextmanager
def celery_worker(*, queues: str = "celery,fanout", env: Mapping[str, str] | None = None) -> Iterator[SiteProcess]:
    """A running Celery worker that takes the tasks of these queues; killed at the end."""
    program = programs.celery_worker(queues=queues)
    process = SiteProcess("celery", program.command, env={"LOG_LEVEL": "INFO"} | dict(env or {}))
    process._is_ready = lambda: " ready." in process.log_text()
    with _closing(process):
        yield process


@contextlib.contextmanager
def celery_agent_worker(*, env: Mapping[str, str] | None = None) -> Iterator[SiteProcess]:
    """The running Celery worker of agents' answers; killed at the end."""
    process = SiteProcess(
        "celery-agent", programs.celery_agent_worker().command, env={"LOG_LEVEL": "INFO"} | dict(env or {})
    )
    process._is_ready = lambda: " ready." in process.log_text()
    with _closing(process):
        yield process


@contextlib.contextmanager
def celery_beat(run_dir: Path, *, env: Mapping[str, str] | None = None) -> Iterator[SiteProcess]:
    """The clock of the periodic tasks, with its state in `run_dir`; killed at the end."""
    process = SiteProcess("beat", programs.celery_beat(run_dir).command, env=env)
    with _closing(process):
        yield process


class PrivateWorld:
    """Servers of one test, with a migrated database and topics. `env` points a process at them.

    Servers are named by their setting's service: "postgres" (or "mariadb" and "vectors"), "redis", "kafka",
    "s3", "search", and "embeddings" where the world was asked to have its own. Of a broker among several, "kafka-1"
    and so on.
    """

    def __init__(self, running: RunningServices) -> None:
        self._running = running
        self.env: dict[str, str] = running.addresses() | {"KAFKA_TOPIC_PREFIX": ""}

    @property
    def database_name(self) -> str:
        """ "postgres" or "mariadb": the server that holds the main database."""
        return main_database().name

    def kill(self, name: str, *, wipe: bool = False) -> None:
        """Kill -9 a server, and with `wipe` let its disk be lost too."""
        self._running.children[name].kill()
        if wipe:
            shutil.rmtree(self._service(name).data_dir / "data", ignore_errors=True)

    def start(self, name: str) -> None:
        """Start a killed server again on its port, and wait until it answers; a wiped broker gets its topics back."""
        service = self._service(name)
        service.prepare()
        await_restart(service, self._running.spawn(service), log=self._running.directory / f"{name}.log")
        if name == Kafka.name:
            self.manage("ensure_topics")

    def pause(self, name: str) -> None:
        """SIGSTOP: the server holds its connections and answers nothing."""
        self._running.children[name].send(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT."""
        self._running.children[name].send(signal.SIGCONT)

    def manage(self, *arguments: str) -> str:
        """Run a management command in this world; returns its output. :raises AssertionError: it failed."""
        command = programs.manage(*arguments)
        done = subprocess.run(
            command.argv,
            cwd=CHECKOUT,
            env={**os.environ, **command.env, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _service(self, name: str) -> Service:
        return next(service for service in self._running.services if service.name == name)


@contextlib.contextmanager
def private_world(*more: type[Service]) -> Iterator[PrivateWorld]:
    """Fresh servers, migrated, with topics; gone at the end. Takes a few seconds: one per test class, not per test.

    `more` names servers that are otherwise shared with the tests' own world: the embeddings.
    """
    running = run_services((*server_kinds(), *more))
    try:
        world = PrivateWorld(running)
        world.manage("migrate", "--verbosity", "0")
        world.manage("ensure_topics")
        world.manage("ensure_bucket")
        yield world
    finally:
        running.stop()


@contextlib.contextmanager
def orm_in(world: PrivateWorld) -> Iterator[None]:
    """Let this process's ORM, Redis client and Kafka tools speak to a private world for a while.

    For TransactionTestCase and SimpleTestCase (with databases): the connection that holds a TestCase's transaction is
    set aside, not used.
    """
    from devstack.worlds import visiting

    with visiting(world.env):
        yield


def catches(pid: int, signum: signal.Signals) -> bool:
    """Whether the process has a handler for the signal; where the system does not tell (not Linux), yes."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return True
    caught = next(line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signum - 1) & 1)


@contextlib.contextmanager
def _closing(process: SiteProcess) -> Iterator[None]:
    try:
        process.start()
        yield
    except AssertionError as error:
        error.add_note(f"--- the end of {process.name}'s log ---\n{tail(process.log, 40)}")
        raise
    finally:
        process.close()


@functools.cache
def _leash(_pid: int) -> Leash:
    """One watchdog per test process: a forked one needs its own."""
    leash = Leash()
    atexit.register(leash.close)
    return leash


def _log_dir() -> Path:
    directory = os.environ.get(TEST_DIR_VARIABLE)
    if directory is None:
        sys.exit("The tests need their servers: start them with manage.py test.")
    return Path(directory) / "processes"
