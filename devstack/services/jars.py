"""Jars of Java servers: fetched by jgo from committed lock files, checked against them, kept in the Maven cache.

The lock files are in jgo's own format; `make lock` (devstack/lock.py) resolves the coordinates anew and rewrites them.
"""

import concurrent.futures
import dataclasses
import hashlib
import os
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.env import LockFile
from jgo.env._lockfile import LockedDependency
from jgo.maven import Artifact, MavenContext

from devstack.errors import DevstackError

DOWNLOADS_AT_ONCE = 8


@dataclasses.dataclass(frozen=True, slots=True)
class JarSet:
    """What one Java program needs: its `coordinates`, and the lock file with every jar that they bring."""

    title: str
    coordinates: tuple[str, ...]
    lock_file: Path

    def fetch(self) -> list[Path]:
        """The jars of the lock file, each with the content that the lock names; downloads what the cache lacks.

        :raises DevstackError: a jar cannot be had, or is not the one that was locked.
        """
        context = make_context()
        with concurrent.futures.ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            return list(pool.map(lambda locked: self._fetch_jar(context, locked), self.read_lock()))

    def is_cached(self) -> bool:
        """Whether nothing would be downloaded."""
        context = make_context()
        return all(find_artifact(context, locked).cached_path for locked in self.read_lock())

    def read_lock(self) -> list[LockedDependency]:
        """Every jar, with its version and sha256."""
        dependencies: list[LockedDependency] = LockFile.load(self.lock_file).dependencies
        return dependencies

    def _fetch_jar(self, context: MavenContext, locked: LockedDependency) -> Path:
        name = f"{self.title}'s {locked.groupId}:{locked.artifactId}:{locked.version}"
        artifact = find_artifact(context, locked)
        for attempt in ("cached", "fresh"):
            try:
                path = Path(artifact.resolve())
            except (OSError, RuntimeError, requests.RequestException) as error:
                raise DevstackError(f"{name} could not be downloaded from Maven Central: {error}") from error
            if hashlib.sha256(path.read_bytes()).hexdigest() == locked.sha256:
                return path
            if attempt == "cached":
                path.unlink()  # cut short by an earlier kill, perhaps: once more from the source
        raise DevstackError(f"{name} is not the file that {self.lock_file.name} names: its sha256 differs.")


def make_context(cache: Path | None = None) -> MavenContext:
    """Maven Central, with jgo's own cache or another."""
    return MavenContext(repo_cache=cache or GlobalSettings.load().repo_cache, timeout=60)


def find_artifact(context: MavenContext, locked: LockedDependency) -> Artifact:
    """The jar, whether it is in the cache or not."""
    return context.project(locked.groupId, locked.artifactId).at_version(locked.version).artifact()


def join_class_path(jars: list[Path]) -> str:
    """The value of CLASSPATH. It goes by the environment: a command line stays short enough to be read and compared."""
    return os.pathsep.join(str(jar) for jar in jars)
