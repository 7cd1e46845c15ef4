"""Object storage: `nanio`, which speaks S3 with real signatures and keeps its objects as files."""

import sys

from devstack import ports
from devstack.services.base import Command, Service

ACCESS_KEY = "gochat"


class ObjectStorage(Service):
    """Objects live in `data_dir`/data; the address carries the one account's key and secret."""

    name = "s3"
    setting = "S3_ENDPOINT_URL"
    title = "object storage"

    @property
    def url(self) -> str:
        return f"http://{ACCESS_KEY}:{self.secret()}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Make the data directory and the secret."""
        (self.data_dir / "data").mkdir(parents=True, exist_ok=True)
        self.secret()

    def command(self) -> Command:
        """Key and secret go by the environment: a command line is public."""
        return Command(
            (sys.executable, "-m", "devstack.services.s3_server", str(self.port)),
            env={
                "NANIO_DATA_DIR": str(self.data_dir / "data"),
                "NANIO_ACCESS_KEY": ACCESS_KEY,
                "NANIO_SECRET_KEY": self.secret(),
            },
        )

    def is_ready(self) -> bool:
        """Ready once it refuses whoever does not sign."""
        return b" 403 " in ports.exchange(self.port, b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
