"""Which real servers a run has: STACK=real, or STACK=DATABASE/BROKERS such as mariadb/1."""

import dataclasses
from collections.abc import Mapping
from typing import TypeGuard

from devstack.errors import DevstackError
from devstack.progress import Progress
from devstack.real.base import RealService
from devstack.real.brokers import BROKERS
from devstack.real.debian import DebianMariaDB, Redis
from devstack.real.minio import MinIO
from devstack.real.opensearch import OpenSearch
from devstack.services import Embeddings, Postgres, Service, VectorPostgres

VARIABLE = "STACK"
DATABASES: dict[str, tuple[type[Service], ...]] = {
    "postgres": (Postgres,),
    "mariadb": (DebianMariaDB, VectorPostgres),
}


@dataclasses.dataclass(frozen=True, slots=True)
class RealStack:
    """`brokers` is 1 or 3; `database` is the main one."""

    database: str = "postgres"
    brokers: int = 3

    @classmethod
    def named(cls, environment: Mapping[str, str]) -> "RealStack | None":
        """What STACK asks for; None where it asks for the embedded servers. :raises DevstackError: no such stack."""
        text = environment.get(VARIABLE) or "embedded"
        if text == "embedded":
            return None
        if text == "real":
            return cls()
        database, _, brokers = text.partition("/")
        if database not in DATABASES or brokers not in {"1", "3"}:
            known = ", ".join(f"{name}/{count}" for name in DATABASES for count in (1, 3))
            raise DevstackError(f"{VARIABLE}={text} must be one of: embedded, real (which is postgres/3), {known}.")
        return cls(database, int(brokers))

    @property
    def directory(self) -> str:
        """The name of the directory that holds the servers' data: stacks share none."""
        return f"real-{self.database}-{self.brokers}"

    def describe(self) -> str:
        """The servers in use, with a word for each that is missing."""
        titles = ", ".join(kind.title for kind in self.kinds())
        missing = ", ".join(dict.fromkeys(self.missing().values()))
        return f"On {titles}." + (f" Missing: {missing}." if missing else "")

    def wanted(self) -> tuple[type[Service], ...]:
        """The servers as they should be, in the order of their stop, last to first."""
        databases = DATABASES[self.database]
        return (*databases, Redis, *BROKERS[: self.brokers], MinIO, OpenSearch, Embeddings)

    def kinds(self) -> tuple[type[Service], ...]:
        """The servers that can be had now: what is missing has its embedded counterpart in its place."""
        here = [kind.stand_in if _is_missing(kind) else kind for kind in self.wanted()]
        return tuple(dict.fromkeys(here))  # one broker stands in for three

    def missing(self) -> dict[str, str]:
        """`{name: program}` of the real servers that are not here."""
        return {kind.name: kind.program for kind in self.wanted() if _is_missing(kind)}

    def fetch(self) -> list[str]:
        """Fetch or build what is not here yet, with a bar; returns a sentence for each that cannot be had."""
        kinds = list({kind.program: kind for kind in self.wanted() if _is_missing(kind)}.values())
        if not kinds:
            return []
        progress = Progress("Fetching the real servers", total=len(kinds))
        sentences = []
        for kind in kinds:
            progress.doing(f"{kind.program} (the first time takes minutes)")
            try:
                kind.fetch()
            except DevstackError as error:
                sentences.append(str(error))
                progress.done(f"{kind.program}: not to be had")
            else:
                progress.done(kind.program)
        return sentences


def _is_missing(kind: type[Service]) -> TypeGuard[type[RealService]]:
    return issubclass(kind, RealService) and not kind.is_here()
