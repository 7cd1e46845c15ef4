"""MinIO, built by Go from its published module."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from devstack import ports
from devstack.errors import DevstackError
from devstack.real.base import RealService, cache_dir, find_program
from devstack.services.base import Command
from devstack.services.s3 import ACCESS_KEY, ObjectStorage

MODULE = "github.com/minio/minio"
VERSION = "v0.0.0-20260212201848-7aac2a2c5b7c"
GO_DIRECTORIES = "/usr/local/go/bin"
BUILD_TIMEOUT_S = 1500


class MinIO(RealService):
    """Objects live in `data_dir`/data; the address carries the root account's name and secret."""

    name = "s3"
    setting = "S3_ENDPOINT_URL"
    title = program = "MinIO"
    stand_in = ObjectStorage

    @classmethod
    def is_here(cls) -> bool:
        return _program().exists()

    @classmethod
    def fetch(cls) -> None:
        if cls.is_here():
            return
        go = find_program("go", more=GO_DIRECTORIES)
        if go is None:
            raise DevstackError("MinIO is built by Go, which is not installed (https://go.dev/doc/install).")
        _build(go)

    @property
    def url(self) -> str:
        return f"http://{ACCESS_KEY}:{self.secret()}@127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Make the data directory and the secret."""
        (self.data_dir / "data").mkdir(parents=True, exist_ok=True)
        self.secret()

    def command(self) -> Command:
        """Account and secret go by the environment: a command line is public."""
        address, console = f"127.0.0.1:{self.port}", f"127.0.0.1:{ports.pick_free_port()}"
        options = ("--address", address, "--console-address", console, "--quiet", "--anonymous")
        return Command(
            (str(_program()), "server", *options, str(self.data_dir / "data")),
            env={
                "MINIO_ROOT_USER": ACCESS_KEY,
                "MINIO_ROOT_PASSWORD": self.secret(),
                "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off",
                "MINIO_CONFIG_ENV_FILE": "",
                "HOME": str(self.data_dir),
            },
        )

    def is_ready(self) -> bool:
        return b" 200 " in ports.exchange(self.port, b"GET /minio/health/ready HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")


def _program() -> Path:
    return cache_dir() / f"minio-{VERSION}"


def _build(go: str) -> None:
    """Into a directory of its own first: a build that is cut short, or made twice at a time, leaves no half program."""
    program = _program()
    program.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=program.parent) as scratch:
        environment = os.environ | {"GOBIN": scratch, "GOTOOLCHAIN": "auto", "GOFLAGS": "-trimpath"}
        command = [go, "install", f"{MODULE}@{VERSION}"]
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_TIMEOUT_S
            )
        except subprocess.TimeoutExpired as error:
            raise DevstackError(f"MinIO could not be built within {BUILD_TIMEOUT_S} s.") from error
        if done.returncode != 0:
            raise DevstackError(f"MinIO could not be built: {done.stderr.strip()[-400:]}")
        shutil.move(Path(scratch) / "minio", program)
