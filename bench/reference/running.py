"""Starts the reference beside the product: its own topics and table on the same broker and database server."""

import contextlib
import json
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from bench.processes import Processes
from bench.product import CHECKOUT, BenchError
from core.kafka.port import KafkaError
from core.kafka.pure import TopicConfig, create_missing_topics, delete_topics

_TABLE = """
CREATE TABLE bench_reference_message (
    id bigint PRIMARY KEY,
    conversation_id bigint NOT NULL,
    seq bigint NOT NULL,
    sender_id bigint NOT NULL,
    client_msg_id char(36) COLLATE "C" NOT NULL,
    kind varchar(6) NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (conversation_id, sender_id, client_msg_id)
)
"""
_DROP = "DROP TABLE IF EXISTS bench_reference_message"


@contextlib.contextmanager
def running_reference(
    addresses: Mapping[str, str], members: Mapping[str, Sequence[int]], shared: Processes
) -> Iterator[tuple[str, Processes]]:
    """Its address and processes, those of the shared broker and database included. Raises BenchError.

    `members` are the user ids of every conversation that will be written to.
    """
    database, servers = addresses["DATABASE_URL"], addresses["KAFKA_BOOTSTRAP_SERVERS"]
    if not database.startswith("postgres"):
        raise BenchError("the reference inserts into PostgreSQL, and the main database is another")
    prefix = f"bench-{uuid.uuid4().hex[:8]}-"
    topics = [TopicConfig(f"{prefix}upstream", 8, 1, {}), TopicConfig(f"{prefix}downstream", 1, 1, {})]
    try:
        create_missing_topics(servers, topics)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(_DROP)
            connection.execute(_TABLE)
        with tempfile.TemporaryDirectory() as scratch:
            members_file = Path(scratch) / "members.json"
            members_file.write_text(json.dumps(members))
            with _started(servers, prefix, database, members_file) as (url, pids):
                both = {name: pid for name, pid in shared.pids.items() if name in ("kafka", "postgres")}
                yield url, Processes(pids | both)
    except KafkaError as error:
        raise BenchError(str(error)) from error
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(_DROP)
        delete_topics(servers, [topic.name for topic in topics])


@contextlib.contextmanager
def _started(servers: str, prefix: str, database: str, members: Path) -> Iterator[tuple[str, dict[str, int]]]:
    common = ["--servers", servers, "--prefix", prefix]
    commands = {
        "gateway": ["bench.reference.gateway", *common],
        "upstream": ["bench.reference.worker", *common, "--database", database, "--members", str(members)],
    }
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        for name, command in commands.items():
            arguments = [sys.executable, "-m", *command]
            running[name] = subprocess.Popen(arguments, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        said = {name: _read_line(process) for name, process in running.items()}
        port = said["gateway"].split()[1]
        yield f"http://127.0.0.1:{port}", {f"{name}-1": process.pid for name, process in running.items()}
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(10)


def _read_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line.startswith("ready"):
        raise BenchError("the reference did not start; its last words are above")
    return line
