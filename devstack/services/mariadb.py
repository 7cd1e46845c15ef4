"""MariaDB, where Debian's server is installed: the main database of the second test tier."""

import shutil
import subprocess
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.services.base import Command, Service, hand_over, unprivileged_user

DATABASE = "gochat"
OWNER = "gochat"
SETTINGS = {
    "bind-address": "127.0.0.1",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_bin",
    "transaction-isolation": "READ-COMMITTED",
    "innodb-buffer-pool-size": "128M",
    "max-connections": "200",
    "skip-name-resolve": "ON",
}
# Unsafe at power loss, not at a kill -9: a commit has still reached the kernel before it is acknowledged.
FAST_AND_UNSAFE = {"innodb-flush-log-at-trx-commit": "2", "innodb-doublewrite": "OFF"}


class MariaDB(Service):
    """A server of its own, in `data_dir`: Debian's instance, where one runs, is not touched."""

    name = "mariadb"
    setting = "DATABASE_URL"
    title = "MariaDB"

    @property
    def url(self) -> str:
        return f"mysql://{OWNER}:{self.secret()}@127.0.0.1:{self.port}/{DATABASE}"

    def prepare(self) -> None:
        """Make the system tables when the data directory is new, and the statements that each start runs.

        :raises DevstackError: MariaDB is not installed, or its installer failed.
        """
        user = unprivileged_user()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        cluster = self.data_dir / "data"
        hand_over(cluster, user)
        if not (cluster / "mysql").exists():
            argv = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={cluster}", "--skip-test-db",
                    "--auth-root-authentication-method=normal", *([f"--user={user}"] if user else [])]  # fmt: skip
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise DevstackError(f"MariaDB could not make its data directory {cluster}: {done.stdout.strip()}")
        self._write_init_file(cluster / "init.sql", user)

    def command(self) -> Command:
        options = SETTINGS | {"port": str(self.port)} | ({} if self.durable else FAST_AND_UNSAFE)
        user = unprivileged_user()
        return Command(
            (
                _program("mariadbd"),
                "--no-defaults",
                f"--datadir={self.data_dir / 'data'}",
                # Relative to the data directory: a socket's path may have 107 bytes, fewer than a checkout's may.
                "--socket=mariadbd.sock",
                "--pid-file=mariadbd.pid",
                f"--init-file={self.data_dir / 'data' / 'init.sql'}",
                *(f"--{name}={value}" for name, value in options.items()),
                *([f"--user={user}"] if user else []),
            ),
            user=user,
        )

    def is_ready(self) -> bool:
        """The server greets first; it listens only once its init file has run."""
        return b"MariaDB" in ports.exchange(self.port, b"")

    def _write_init_file(self, path: Path, user: str | None) -> None:
        path.touch(mode=0o600)
        path.write_text(
            f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n"
            f"CREATE USER IF NOT EXISTS '{OWNER}'@'127.0.0.1' IDENTIFIED BY '{self.secret()}';\n"
            f"GRANT ALL PRIVILEGES ON *.* TO '{OWNER}'@'127.0.0.1' WITH GRANT OPTION;\n"
        )
        if user is not None:
            shutil.chown(path, user)


def _program(name: str) -> str:
    """The path of one of MariaDB's programs; /usr/sbin is not on everybody's PATH.

    :raises DevstackError: it is not installed.
    """
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if found is None:
        raise DevstackError(f"MariaDB's {name} is not installed: apt-get install mariadb-server.")
    return found
