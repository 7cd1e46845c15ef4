"""The embedded servers of a test run: fresh data, free ports, started before the settings are read.

Every address goes into the environment, so the settings of the test process and of each process that a test starts are
derived from it in the same way.
"""

import atexit
import dataclasses
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

from devstack.errors import DevstackError
from devstack.processes import Child
from devstack.real.stack import RealStack
from devstack.services import (
    Embeddings,
    Kafka,
    MariaDB,
    ObjectStorage,
    Postgres,
    Search,
    Service,
    Valkey,
    VectorPostgres,
)
from devstack.stack import make_services, start_services
from devstack.watchdog import Leash

TEST_DIR_VARIABLE = "GOCHAT_TEST_DIR"
CHECKOUT = Path(__file__).resolve().parent.parent
DATABASES: dict[str, type[Service]] = {"postgres": Postgres, "mariadb": MariaDB}


@dataclasses.dataclass(slots=True)
class RunningServices:
    """Servers that this process has started, with their children by name."""

    directory: Path
    services: list[Service]
    children: dict[str, Child]
    leash: Leash

    def addresses(self) -> dict[str, str]:
        """Setting to address."""
        return {name: value for service in self.services for name, value in service.settings().items()}

    def spawn(self, service: Service) -> Child:
        """Start the service's process; its log is `directory`/NAME.log."""
        log = self.directory / f"{service.name}.log"
        child = Child(service.name, service.command(), log=log, cwd=CHECKOUT, leash=self.leash)
        self.children[service.name] = child
        return child

    def stop(self) -> None:
        """End the servers and remove their data; what they hold is of no further use, so nobody waits for a flush."""
        for child in self.children.values():
            child.kill()
        self.leash.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def run_services(kinds: tuple[type[Service], ...]) -> RunningServices:
    """Start one fresh server of each kind and wait until all answer.

    :raises DevstackError: one of them does not start.
    """
    directory = Path(tempfile.mkdtemp(prefix="gochat-test-"))
    directory.chmod(0o711)  # a server may run as another user; what is inside guards itself
    running = RunningServices(directory, make_services(kinds, directory, durable=False), {}, Leash())
    try:
        start_services(running.services, running.spawn, log_dir=directory, on_ready=lambda _service: None)
    except BaseException:
        running.stop()
        raise
    return running


def start_test_services() -> None:
    """Start the servers of this test run and set the environment; they end with this process, however it ends."""
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        running = run_services((*server_kinds(), Embeddings))
    except DevstackError as error:
        sys.exit(str(error))
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            logging.disable()  # clients that are still connected would complain about the servers' end
            running.stop()

    atexit.register(stop)
    os.environ.update(test_environment(running))


def server_kinds() -> tuple[type[Service], ...]:
    """The servers of a set of its own, but the embeddings: the embedded ones, or the real ones that STACK asks for."""
    stack = RealStack.named(os.environ)
    if stack is None:
        return (*databases(), Valkey, Kafka, ObjectStorage, Search)
    return tuple(kind for kind in stack.kinds() if kind is not Embeddings)


def main_database() -> type[Service]:
    """The server of the main database: the stack's, or the one that GOCHAT_TEST_DB names, postgres or mariadb."""
    stack = RealStack.named(os.environ)
    if stack is not None:
        return stack.kinds()[0]
    name = os.environ.get("GOCHAT_TEST_DB") or "postgres"
    if name not in DATABASES:
        raise DevstackError(f"GOCHAT_TEST_DB={name} must be one of: {', '.join(DATABASES)}.")
    return DATABASES[name]


def databases() -> tuple[type[Service], ...]:
    """The main database, and beside MariaDB the PostgreSQL that holds the vectors."""
    main = main_database()
    return (main,) if main is Postgres else (main, VectorPostgres)


def test_environment(running: RunningServices) -> dict[str, str]:
    """The variables of a test run: addresses, keys of its own, DEBUG on as on a developer's machine."""
    return running.addresses() | {
        TEST_DIR_VARIABLE: str(running.directory),
        "DEBUG": "on",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "JWT_SIGNING_KEY": secrets.token_urlsafe(48),
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "KAFKA_TOPIC_PREFIX": "t0.",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }


def _exit_on_signal(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)
