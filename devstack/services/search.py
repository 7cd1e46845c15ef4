"""The search engine: `osmem-server`, which speaks OpenSearch's protocol and keeps everything in memory.

It comes back empty from every start: the search app notices that and indexes the messages anew.
"""

import importlib.util
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.services.base import Command, Service

NICENESS = 5


class Search(Service):
    """Nothing is kept on disk, so there is nothing to make durable."""

    name = "search"
    setting = "ELASTICSEARCH_URL"
    title = "the search engine"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Nothing: it has no files of its own."""

    def command(self) -> Command:
        """Its standard input is not a terminal's: that it is closed must not end it. Chat goes first on the machine,
        but people wait for the engine too: what feeds it stands back much further. Tests wait as for anything else."""
        argv = (str(_program()), "-addr", f"127.0.0.1:{self.port}", "-no-stdin-watch", "-no-ja")
        return Command(argv, niceness=NICENESS if self.durable else 0)

    def is_ready(self) -> bool:
        return b" 200 " in ports.exchange(self.port, b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")


def _program() -> Path:
    spec = importlib.util.find_spec("osmem_server")
    if spec is None or spec.origin is None:
        raise DevstackError("The embedded search engine is not installed: run `make run`, which installs it.")
    program = Path(spec.origin).parent / "bin" / "osmem-server"
    if not program.exists():
        raise DevstackError("The embedded search engine has no program for this machine.")
    return program
