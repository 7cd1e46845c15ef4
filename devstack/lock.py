"""`make lock`: resolves every dependency anew and rewrites the lock files, of Python packages and of Kafka's jars."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import jgo
from jgo.env import LockFile
from jgo.env._lockfile import LockedDependency
from jgo.maven import MavenContext

from devstack.services.kafka_jars import COORDINATES, LOCK_FILE

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
# In this order: the later ones are constrained by the first.
COMPILED = {
    "base.in": "../requirements.txt",
    "embedded.in": "embedded.txt",
    "dev.in": "dev.txt",
    "mysql.in": "mysql.txt",
}


def lock_packages() -> None:
    """Compile each requirements/*.in, with hashes, for every platform and every supported Python."""
    uv = str(Path(sys.executable).with_name("uv"))
    options = ("--upgrade", "--generate-hashes", "--python-version", "3.11", "--universal", "--no-emit-index-url")
    for source, target in COMPILED.items():
        subprocess.run([uv, "pip", "compile", "--quiet", *options, source, "-o", target], cwd=REQUIREMENTS, check=True)


def lock_jars() -> None:
    """Resolve the coordinates and write the lock file of the jars."""
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
    lock_packages()
    lock_jars()
