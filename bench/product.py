"""The product as a user finds it: its address, its process ids, its load users."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from bench.processes import Processes, read_pid_files

CHECKOUT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("GOCHAT_VAR_DIR") or CHECKOUT / "var").resolve()
_START_TIMEOUT_S = 600.0
_STOP_TIMEOUT_S = 60.0


class BenchError(Exception):
    """The measurement cannot be made; the text says what to do."""


@dataclass(slots=True)
class Load:
    """What `seed_load` made: a token per user id, in order, the pairs' conversations, and the large group's."""

    tokens: dict[str, str] = field(default_factory=dict)
    pairs: list[tuple[str, tuple[str, str]]] = field(default_factory=list)
    group_id: str = ""


@contextlib.contextmanager
def running_product(url: str, settings: Mapping[str, str] | None = None) -> Iterator[Processes]:
    """The product at `url`: the running one, or one that is started for the time being, with `settings` in its
    environment. Raises BenchError."""
    if is_ready(url):
        yield read_pid_files(VAR / "run")
        return
    print("GoChat is not running: starting it for the measurement ...", flush=True)
    log_path = VAR / "bench" / "product.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"GOCHAT_RATE_LIMITS": "off", "PORT": url.rpartition(":")[2]} | dict(settings or {})
    with log_path.open("w") as log:
        command = ["sh", "devstack/launch.sh", "run"]
        product = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(url, product, log_path)
        yield read_pid_files(VAR / "run")
    finally:
        product.send_signal(signal.SIGTERM)
        try:
            product.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            product.kill()


def seed_load(users: int, group: str, group_size: int, directs: int) -> Load:
    """Make (or find) the load users, their pairs and a new group of the first of them. Raises BenchError."""
    arguments = ["--users", users, "--group", group, "--group-size", group_size, "--directs", directs]
    load = Load()
    for line in _manage("seed_load", *map(str, arguments)).splitlines():
        row: dict[str, Any] = json.loads(line)
        if "user_id" in row:
            load.tokens[row["user_id"]] = row["access"]
        elif row["kind"] == "direct":
            first, second = row["member_ids"]
            load.pairs.append((row["conversation_id"], (first, second)))
        else:
            load.group_id = row["conversation_id"]
    if len(load.tokens) < users or len(load.pairs) < directs or not load.group_id:
        raise BenchError("seed_load did not make what it was asked for")
    return load


def read_addresses() -> dict[str, str]:
    """The services in use, by the names of their settings. Raises BenchError."""
    addresses: dict[str, str] = json.loads(_manage("services"))
    return addresses


def settle_database(addresses: dict[str, str]) -> None:
    """Do now what PostgreSQL would do in its own time about the rows of earlier runs (vacuum, statistics, checkpoint).

    Otherwise that work is counted with the run in which it happens to fall. Other databases are left alone.
    """
    url = addresses["DATABASE_URL"]
    if urlsplit(url).scheme.startswith("postgres"):
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")


def _manage(*arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    environment = os.environ | _read_embedded()
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"manage.py {arguments[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


def _read_embedded() -> dict[str, str]:
    """The addresses of the embedded services that the running product has started."""
    try:
        addresses: dict[str, str] = json.loads((VAR / "run" / "services.json").read_text())
    except OSError:
        return {}
    return addresses


def is_ready(url: str) -> bool:
    """Whether a product answers at `url`."""
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:  # noqa: S310 - an http address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_ready(url: str, product: "subprocess.Popen[bytes]", log_path: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while not is_ready(url):
        if product.poll() is not None or time.monotonic() > deadline:
            raise BenchError(f"GoChat did not start: see {log_path}\n{log_path.read_text()[-500:]}")
        time.sleep(0.5)
