"""Starts embedded servers side by side and waits until all of them answer."""

import concurrent.futures
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from devstack.errors import DevstackError
from devstack.ports import wait_until
from devstack.processes import Child, tail
from devstack.services import Service

Spawn = Callable[[Service], Child]


def make_services(
    kinds: Sequence[type[Service]], data_dir: Path, *, ports: dict[str, int] | None = None, durable: bool = True
) -> list[Service]:
    """The services with their directories below `data_dir`, on the ports of the last start where those are free."""
    services: list[Service] = []
    for kind in kinds:
        port = kind.choose_port((ports or {}).get(kind.name))
        services.append(kind(data_dir / kind.name, port, durable=durable))
    for service in services:
        service.meet(services)
    return services


def start_services(
    services: Sequence[Service], spawn: Spawn, *, log_dir: Path, on_ready: Callable[[Service], None]
) -> None:
    """Prepare, spawn and await every service, all at once.

    Processes are spawned by the calling thread alone. :raises DevstackError: one cannot be prepared or does not answer.
    """
    if not services:
        return
    abandoned = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(len(services)) as pool, _set_on_error(abandoned):
        preparations = {pool.submit(service.prepare): service for service in services}
        arrivals: dict[concurrent.futures.Future[None], Service] = {}
        for prepared in concurrent.futures.as_completed(preparations):
            prepared.result()
            service = preparations[prepared]
            child = spawn(service)
            log = log_dir / f"{service.name}.log"
            arrivals[pool.submit(await_service, service, child, log=log, abandoned=abandoned)] = service
        for arrived in concurrent.futures.as_completed(arrivals):
            arrived.result()
            on_ready(arrivals[arrived])


@contextlib.contextmanager
def _set_on_error(event: threading.Event) -> Iterator[None]:
    try:
        yield
    except BaseException:
        event.set()  # the waiting threads end now, and with them the pool
        raise


def await_service(service: Service, child: Child, *, log: Path, abandoned: threading.Event) -> None:
    """Wait until the service answers, then let it settle.

    :raises DevstackError: it ended or did not answer in time; the message shows the end of its log.
    """
    answered = wait_until(
        lambda: abandoned.is_set() or child.exit_code() is not None or service.is_ready(),
        timeout_s=service.start_timeout_s,
    )
    if abandoned.is_set():
        return
    if not answered or child.exit_code() is not None:
        raise DevstackError(f"{service.title} does not start. The end of {log}:\n{tail(log)}")
    service.settle()


def await_restart(service: Service, child: Child, *, log: Path) -> None:
    """`await_service` for a server that is started alone. :raises DevstackError: as there."""
    await_service(service, child, log=log, abandoned=threading.Event())
