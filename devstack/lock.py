"""`make lock`: resolves every dependency anew and rewrites the lock files, of Python packages and of Java's jars."""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

import jgo
from jgo.env import LockFile
from jgo.env._lockfile import LockedDependency
from jgo.maven import MavenContext

from devstack.real.opensearch import OPENSEARCH
from devstack.services.jars import JarSet, find_artifact, make_context
from devstack.services.kafka_jars import KAFKA

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


def lock_jars(jars: JarSet) -> None:
    """Resolve the coordinates and write the lock file of the jars."""
    with tempfile.TemporaryDirectory() as cache:
        context = make_context(Path(cache))
        artifacts = {
            (artifact.groupId, artifact.artifactId): artifact
            for coordinate in jars.coordinates
            for artifact in jgo.resolve(coordinate)
        }
        dependencies = [
            _digest(context, LockedDependency(groupId=group, artifactId=name, version=artifact.version))
            for (group, name), artifact in sorted(artifacts.items())
        ]
    name = jars.lock_file.name.removesuffix(".lock.toml")
    LockFile(dependencies, environment_name=name, jgo_version=jgo.__version__).save(jars.lock_file)


def _digest(context: MavenContext, dependency: LockedDependency) -> LockedDependency:
    path = Path(find_artifact(context, dependency).resolve())
    dependency.sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return dependency


if __name__ == "__main__":
    lock_packages()
    for jars in (KAFKA, OPENSEARCH):
        lock_jars(jars)
