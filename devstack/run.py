"""`make run`: the whole product from one command, in the foreground, until Ctrl-C.

Order: what an earlier run left behind is stopped, the embedded servers start side by side, the site is brought up to
date, then gateways and workers, then Celery. The stop goes the other way round.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import environ

from devstack import programs
from devstack.addresses import Addresses
from devstack.errors import DevstackError
from devstack.ports import HOST, check_port_free
from devstack.processes import Child, PidFiles, open_log, tail
from devstack.progress import Progress
from devstack.real.stack import RealStack
from devstack.services import Service, choose_kinds
from devstack.setup_process import SiteSetup
from devstack.stack import make_services, start_services
from devstack.supervisor import Program, Supervisor, program_of

CHECKOUT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("GOCHAT_VAR_DIR") or CHECKOUT / "var").resolve()  # elsewhere: a second, separate run
RUN_DIR = VAR / "run"
LOG_DIR = VAR / "log"
TICK_S = 0.25
GATEWAY_START_TIMEOUT_S = 120.0


class StopRequested(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived: not an error, so not an Exception."""


def main() -> None:
    """Run until asked to stop; exit code 0 after a clean stop, 1 after a sentence that says what is missing."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _request_stop)
    try:
        with only_one_run():
            _run(Layout.from_environment())
    except DevstackError as error:
        sys.exit(f"\n{error}")
    except StopRequested:
        return


class Layout:
    """How many of each process, and on which port."""

    def __init__(self, *, port: int, gateways: int, workers: int) -> None:
        self.port = port
        self.gateways = gateways
        self.workers = workers

    @classmethod
    def from_environment(cls) -> "Layout":
        """PORT, GATEWAYS and WORKERS. :raises DevstackError: one of them is not a number that makes sense."""
        return cls(
            port=_number("PORT", 8000, highest=65_535),
            gateways=_number("GATEWAYS", 1, highest=16),
            workers=_number("WORKERS", 1, highest=16),
        )

    def gateway_ports(self) -> list[int]:
        """PORT, PORT + 1, ..."""
        return [self.port + index for index in range(self.gateways)]


def _run(layout: Layout) -> None:
    leftovers = PidFiles(RUN_DIR).stop_leftovers()
    if leftovers:
        print(f"Stopped what an earlier run had left behind: {', '.join(leftovers)}.")
    for port in layout.gateway_ports():
        check_port_free(port, variable="PORT")
    environ.Env.read_env(CHECKOUT / ".env")
    stack = RealStack.named(os.environ)
    kinds = choose_kinds(os.environ) if stack is None else _choose_real(stack)
    progress = Progress("Starting", total=len(kinds) + 3)
    supervisor = Supervisor(checkout=CHECKOUT, log_dir=LOG_DIR, run_dir=RUN_DIR, report=_report)
    try:
        services = _choose_addresses(kinds, VAR if stack is None else VAR / stack.directory)
        with SiteSetup(checkout=CHECKOUT, log=LOG_DIR / "setup.log") as setup:
            _start_services(services, supervisor, progress)
            progress.doing("bringing the site up to date")
            demo = setup.run()
        progress.done("the site is up to date")
        _start_site(layout, supervisor, progress)
        print(f"{demo.rstrip()}\nGoChat is ready at http://{HOST}:{layout.port}\nStop with Ctrl-C.", flush=True)
        pause = threading.Event()
        while True:
            supervisor.tick()
            pause.wait(TICK_S)
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signum, signal.SIG_IGN)  # the stop is under way: it must not be cut short
        supervisor.stop()
        print("\nGoChat has stopped.", flush=True)


def _choose_real(stack: RealStack) -> list[type[Service]]:
    """Real servers where they can be had, and a sentence for each that cannot."""
    for sentence in stack.fetch():
        print(sentence, flush=True)
    for program in stack.missing().values():
        print(f"{program} is missing: the embedded server takes its place.", flush=True)
    return [kind for kind in stack.kinds() if not os.environ.get(kind.setting)]


def _choose_addresses(kinds: list[type[Service]], data_dir: Path) -> list[Service]:
    """The servers to start; every process from now on, and every tool, finds them at their addresses."""
    addresses = Addresses(RUN_DIR)
    services = make_services(kinds, data_dir, ports=addresses.last_ports())
    addresses.write(services)
    for service in services:
        os.environ.update(service.settings())
    return services


def _start_services(services: list[Service], supervisor: Supervisor, progress: Progress) -> None:
    def spawn(service: Service) -> Child:
        settle = _ensure_topics if service.name == "kafka" else None
        return supervisor.start(program_of(service, settle=settle))

    progress.doing("starting the embedded servers")
    start_services(services, spawn, log_dir=LOG_DIR, on_ready=lambda service: progress.done(service.title))


def _start_site(layout: Layout, supervisor: Supervisor, progress: Progress) -> None:
    chat = [
        *(programs.gateway(index + 1, port) for index, port in enumerate(layout.gateway_ports())),
        *(programs.worker("upstream", index + 1) for index in range(layout.workers)),
        programs.worker("fanout", 1),
    ]
    for program in chat:
        supervisor.start(program)
    progress.doing("waiting for the gateway")
    _await_ready(chat, supervisor)
    progress.done("gateway and workers")
    for program in (
        programs.celery_worker(),
        programs.celery_agent_worker(),
        *programs.celery_search_workers(),
        programs.celery_beat(RUN_DIR),
        programs.indexing_bridges(),
        programs.worker("agent", 1),
    ):
        supervisor.start(program)
    progress.done("Celery")


def _await_ready(chat: list[Program], supervisor: Supervisor) -> None:
    pause = threading.Event()
    for _ in range(int(GATEWAY_START_TIMEOUT_S / TICK_S)):
        for program in chat:
            if supervisor.has_ended(program.name):
                log = supervisor.log_of(program.name)
                raise DevstackError(f"{program.name} does not start. The end of {log}:\n{tail(log)}")
        if all(program.is_ready() for program in chat):
            return
        pause.wait(TICK_S)
    raise DevstackError(f"The gateway is not ready after {GATEWAY_START_TIMEOUT_S:g} s: see the logs in {LOG_DIR}.")


def _ensure_topics() -> None:
    """A broker that has lost its disk comes back without topics."""
    with open_log(LOG_DIR / "setup.log") as output:
        subprocess.run(
            [sys.executable, "manage.py", "ensure_topics"], cwd=CHECKOUT, stdout=output, stderr=output, check=True
        )


@contextlib.contextmanager
def only_one_run() -> Iterator[None]:
    """Hold the checkout's lock. :raises DevstackError: another `make run` holds it."""
    RUN_DIR.mkdir(parents=True, exist_ok=True)
    with (RUN_DIR / "supervisor.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise DevstackError(
                f"GoChat is already running from this directory (process {lock.read().strip()})."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _number(variable: str, default: int, *, highest: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise DevstackError(f"{variable}={text} must be a number from 1 to {highest}.")
    return int(text)


def _request_stop(_signum: int, _frame: FrameType | None) -> NoReturn:
    raise StopRequested


def _report(sentence: str) -> None:
    print(sentence, flush=True)
    with open_log(LOG_DIR / "supervisor.log") as log:
        log.write(f"{sentence}\n".encode())


if __name__ == "__main__":
    main()
