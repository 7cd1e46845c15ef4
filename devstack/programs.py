"""The project's own processes, as the supervisor and the tests start them."""

import http.client
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.ports import HOST
from devstack.services import Command
from devstack.services.base import LOWEST_NICENESS
from devstack.supervisor import Program, Stage

CELERY_CONCURRENCY = 2
INDEXING_MAX_PER_S = 1_000
AGENT_CONCURRENCY = 32


def gateway_command(gateway_id: str, port: int) -> Command:
    """One gateway on 127.0.0.1."""
    arguments = ("gateway", "--gateway-id", gateway_id, "--host", HOST, "--port", str(port))
    return manage(*arguments)


def worker_command(*kinds: str) -> Command:
    """One process of Kafka workers: `kinds` are names that `manage.py run_worker` knows."""
    return manage("run_worker", *kinds)


def manage(*arguments: str) -> Command:
    """A management command with this process's Python, its output unbuffered."""
    return Command((sys.executable, "manage.py", *arguments), env={"PYTHONUNBUFFERED": "1"})


def is_gateway_ready(port: int, *, timeout_s: float = 2.0) -> bool:
    """Whether /health/ready answers 200."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout_s)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def gateway(number: int, port: int) -> Program:
    """`gateway-1` is `gw-1`, and so on."""
    return Program(
        name=f"gateway-{number}",
        stage=Stage.GATEWAYS,
        command=lambda: gateway_command(f"gw-{number}", port),
        is_ready=lambda: is_gateway_ready(port),
        stop_timeout_s=30.0,
    )


def worker(kind: str, number: int) -> Program:
    """`upstream-1`, and so on."""
    return Program(name=f"{kind}-{number}", stage=Stage.WORKERS, command=lambda: worker_command(kind))


def indexing_bridges() -> Program:
    """Both bridges of search in one process, `indexing-1`."""
    return Program(name="indexing-1", stage=Stage.WORKERS, command=lambda: worker_command("indexing", "embedding"))


def celery_worker(
    name: str = "celery-1",
    *,
    queues: str = "celery,fanout",
    concurrency: int = CELERY_CONCURRENCY,
    niceness: int = 0,
    env: Mapping[str, str] | None = None,
) -> Program:
    """A small prefork worker of these queues; gossip and mingle are for clusters."""
    size = ("--queues", queues, "--concurrency", str(concurrency))
    return _celery_program(name, *size, niceness=niceness, env=env)


def celery_search_workers() -> list[Program]:
    """Indexing and embedding have workers of their own: chat never waits for them, and keywords not for vectors. The
    engine stands on the same machine, so it is not fed faster than chat can do without."""
    env = {"INDEXING_MAX_PER_S": os.environ.get("INDEXING_MAX_PER_S", str(INDEXING_MAX_PER_S))}
    return [
        celery_worker(f"celery-{queue}-1", queues=queue, concurrency=1, niceness=LOWEST_NICENESS, env=env)
        for queue in ("indexing", "embedding")
    ]


def celery_agent_worker() -> Program:
    """Answers of agents wait for a model most of the time: threads, as many as the bridge has in flight, each with a
    connection to the database of its own."""
    size = ("--queues", "agent", "--pool", "threads", "--concurrency", str(AGENT_CONCURRENCY))
    return _celery_program("celery-agent-1", *size, env={"DATABASE_POOL_SIZE": str(AGENT_CONCURRENCY + 4)})


def celery_beat(run_dir: Path) -> Program:
    """The clock of the periodic sweeps. Its own pid file is switched off: a stale one would keep it from starting."""
    options = ("--schedule", os.fspath(run_dir / "celerybeat-schedule"), "--pidfile", "", "--loglevel", "INFO")
    return Program(name="beat", stage=Stage.TASKS, command=lambda: _celery("beat", *options))


def _celery_program(name: str, *size: str, env: Mapping[str, str] | None = None, niceness: int = 0) -> Program:
    options = ("--hostname", f"{name}@%h", "--loglevel", "INFO", "--without-gossip", "--without-mingle")
    return Program(
        name=name,
        stage=Stage.TASKS,
        command=lambda: _celery("worker", *size, *options, env=env, niceness=niceness),
        stop_timeout_s=30.0,
    )


def _celery(*arguments: str, env: Mapping[str, str] | None = None, niceness: int = 0) -> Command:
    argv = (sys.executable, "-m", "celery", "-A", "gochat_site", *arguments)
    return Command(argv, env={"PYTHONUNBUFFERED": "1", **(env or {})}, niceness=niceness)
