"""Rewrites the lock file of Apache Kafka's jars; a part of `make lock`."""

import hashlib
import tempfile
from pathlib import Path

import jgo
from jgo.env import LockFile
from jgo.env._lockfile import LockedDependency
from jgo.maven import MavenContext

from devstack.services.kafka_jars import COORDINATES, LOCK_FILE


def write_lock() -> None:
    """Resolve the coordinates and write the lock file."""
    with tempfile.TemporaryDirectory() as cache:
        context = MavenContext(repo_cache=Path(cache), timeout=60)
        artifacts = {
            (artifact.groupId, artifact.artifactId): artifact
            for coordinate in COORDINATES
            for artifact in jgo.resolve(coordinate)
        }
        dependencies = [
            LockedDependency(
                groupId=group,
                artifactId=name,
                version=artifact.version,
                sha256=hashlib.sha256(_download(context, group, name, artifact.version).read_bytes()).hexdigest(),
            )
            for (group, name), artifact in sorted(artifacts.items())
        ]
    LockFile(dependencies, environment_name="kafka", jgo_version=jgo.__version__).save(LOCK_FILE)


def _download(context: MavenContext, group: str, name: str, version: str) -> Path:
    return Path(context.project(group, name).at_version(version).artifact().resolve())


if __name__ == "__main__":
    write_lock()
