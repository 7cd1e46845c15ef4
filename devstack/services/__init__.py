"""The embedded servers. To add one: a module with a `Service`, and a line in this table."""

from devstack.services.base import Command, Service
from devstack.services.kafka import Kafka
from devstack.services.mariadb import MariaDB
from devstack.services.postgres import Postgres
from devstack.services.valkey import Valkey

# In the order of their stop, last to first: what others write to stops last.
SERVICES: tuple[type[Service], ...] = (Postgres, Valkey, Kafka)

__all__ = ["SERVICES", "Command", "Kafka", "MariaDB", "Postgres", "Service", "Valkey"]
