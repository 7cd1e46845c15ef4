"""What the tests of processes share: a directory, a watchdog, and small Python programs as children."""

import sys
import tempfile
from pathlib import Path

import psutil
from django.test import SimpleTestCase

from devstack.ports import wait_until
from devstack.processes import Child
from devstack.services import Command
from devstack.watchdog import Leash

SLEEP = "import time; print('up', flush=True); time.sleep(600)"


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class ProcessCase(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.leash = Leash()
        self.addCleanup(self.leash.close)

    def python(self, source: str, *, niceness: int = 0) -> Command:
        return Command((sys.executable, "-c", source), niceness=niceness)

    def child(self, source: str, *, name: str = "child", niceness: int = 0) -> Child:
        """Start a Python program that prints `up`, and wait for that."""
        command = self.python(source, niceness=niceness)
        child = Child(name, command, log=self.log(name), cwd=self.directory, leash=self.leash)
        self.addCleanup(child.kill)
        self.await_true(lambda: "up" in self.log(name).read_text(), f"{name} is not up")
        return child

    def log(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def await_true(self, condition: object, message: str) -> None:
        assert callable(condition)
        self.assertTrue(wait_until(condition, timeout_s=20), message)
