"""The servers that Debian packages: Redis and MariaDB. Instances of their own; the system's are not touched."""

import importlib.util

from devstack.errors import DevstackError
from devstack.real.base import RealService, find_program
from devstack.services.base import Command
from devstack.services.mariadb import MariaDB
from devstack.services.postgres import Postgres
from devstack.services.valkey import Valkey


class Redis(Valkey, RealService):
    """Configured as Valkey is: the two read the same file."""

    title = program = "Redis"
    stand_in = Valkey

    @classmethod
    def is_here(cls) -> bool:
        return find_program("redis-server") is not None

    @classmethod
    def fetch(cls) -> None:
        if not cls.is_here():
            raise DevstackError("Redis is not installed: apt-get install redis-server.")

    def command(self) -> Command:
        program = find_program("redis-server")
        if program is None:
            raise DevstackError("Redis is not installed: apt-get install redis-server.")
        return Command((program, str(self.data_dir / "valkey.conf")))


class DebianMariaDB(MariaDB, RealService):
    """The main database."""

    program = "MariaDB"
    stand_in = Postgres

    @classmethod
    def is_here(cls) -> bool:
        return find_program("mariadbd") is not None and importlib.util.find_spec("MySQLdb") is not None

    @classmethod
    def fetch(cls) -> None:
        if find_program("mariadbd") is None:
            raise DevstackError("MariaDB is not installed: apt-get install mariadb-server.")
        if importlib.util.find_spec("MySQLdb") is None:
            raise DevstackError(
                "The MySQL driver is not installed: its build needs gcc, pkg-config, python3-dev, libmariadb-dev."
            )
