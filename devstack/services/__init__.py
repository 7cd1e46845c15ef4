"""The embedded servers. To add one: a module with a `Service`, and a line in this table."""

from collections.abc import Mapping

from devstack.services.base import Command, Service
from devstack.services.embeddings import Embeddings
from devstack.services.kafka import Kafka
from devstack.services.mariadb import MariaDB
from devstack.services.postgres import Postgres, VectorPostgres
from devstack.services.s3 import ObjectStorage
from devstack.services.search import Search
from devstack.services.valkey import Valkey

# In the order of their stop, last to first: what others write to stops last.
SERVICES: tuple[type[Service], ...] = (
    Postgres, VectorPostgres, Valkey, Kafka, ObjectStorage, Search, Embeddings,
)  # fmt: skip

__all__ = [
    "SERVICES",
    "Command",
    "Embeddings",
    "Kafka",
    "MariaDB",
    "ObjectStorage",
    "Postgres",
    "Search",
    "Service",
    "Valkey",
    "VectorPostgres",
    "choose_kinds",
]


def choose_kinds(environment: Mapping[str, str]) -> list[type[Service]]:
    """The embedded servers of a run: those whose setting is not given.

    A PostgreSQL for the vectors alone is needed only beside a main database that is none.
    """
    kinds = [kind for kind in SERVICES if not environment.get(kind.setting)]
    if VectorPostgres in kinds and not environment.get(Postgres.setting, "").startswith("mysql"):
        kinds.remove(VectorPostgres)
    return kinds
