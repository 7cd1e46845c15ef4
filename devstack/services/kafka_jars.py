"""Apache Kafka's jars: fetched by jgo from the committed lock file, checked against it, kept in the Maven cache.

The lock file is in jgo's own format; `make lock` (devstack/lock.py) resolves the coordinates anew and rewrites it.
"""

import concurrent.futures
import hashlib
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.env import LockFile
from jgo.env._lockfile import LockedDependency
from jgo.maven import MavenContext

from devstack.errors import DevstackError

# The broker, and the smallest logger that slf4j can bind to: warnings go to the log file, nothing else.
COORDINATES = ("org.apache.kafka:kafka_2.13:4.1.0", "org.slf4j:slf4j-simple:1.7.36")
LOCK_FILE = Path(__file__).with_name("kafka.lock.toml")
DOWNLOADS_AT_ONCE = 8


def fetch_jars() -> list[Path]:
    """The jars of the lock file, each with the content that the lock names; downloads what the cache lacks.

    :raises DevstackError: a jar cannot be had, or is not the one that was locked.
    """
    context = MavenContext(repo_cache=GlobalSettings.load().repo_cache, timeout=60)
    locked = LockFile.load(LOCK_FILE).dependencies
    with concurrent.futures.ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        return list(pool.map(lambda dependency: _fetch_jar(context, dependency), locked))


def _fetch_jar(context: MavenContext, locked: LockedDependency) -> Path:
    name = f"{locked.groupId}:{locked.artifactId}:{locked.version}"
    artifact = context.project(locked.groupId, locked.artifactId).at_version(locked.version).artifact()
    for attempt in ("cached", "fresh"):
        try:
            path = Path(artifact.resolve())
        except (OSError, RuntimeError, requests.RequestException) as error:
            raise DevstackError(f"Apache Kafka's {name} could not be downloaded from Maven Central: {error}") from error
        if hashlib.sha256(path.read_bytes()).hexdigest() == locked.sha256:
            return path
        if attempt == "cached":
            path.unlink()  # cut short by an earlier kill, perhaps: once more from the source
    raise DevstackError(f"Apache Kafka's {name} is not the file that {LOCK_FILE.name} names: its sha256 differs.")
