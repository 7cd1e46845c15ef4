"""The supervisor's side of site_setup.py: the process is started early, and told when the servers are up."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType

from devstack.errors import DevstackError
from devstack.processes import open_log, tail


class SiteSetup:
    """A context manager: whatever happens, no setup goes on after its end."""

    def __init__(self, *, checkout: Path, log: Path) -> None:
        self._log = log
        with open_log(log) as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "devstack.site_setup"],
                cwd=checkout,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )

    def __enter__(self) -> "SiteSetup":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def run(self) -> str:
        """The servers are up: migrate, make topics and demo data; returns what is to be shown about the demo users.

        :raises DevstackError: it failed; the message shows the end of the log.
        """
        demo, _ = self._process.communicate("go\n")
        if self._process.returncode != 0:
            raise DevstackError(f"The site could not be brought up to date. The end of {self._log}:\n{tail(self._log)}")
        return demo
