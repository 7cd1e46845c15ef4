import os
import signal
import subprocess
import sys
from pathlib import Path

from devstack.watchdog import end_child, read_children
from tests.devstack.process_case import SLEEP, ProcessCase, is_alive

CHECKOUT = Path(__file__).resolve().parent.parent.parent
OWNER = """
import subprocess, sys, time
from devstack.watchdog import Leash
leash = Leash()
children = [
    subprocess.Popen([sys.executable, "-c", source], start_new_session=True)
    for source in ("import time; time.sleep(600)", "import time; time.sleep(601)")
]
for child in children:
    leash.add(child.pid)
print(*(child.pid for child in children), flush=True)
time.sleep(600)
"""


class WatchdogTests(ProcessCase):
    def test_the_children_of_a_killed_owner_are_ended(self) -> None:
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self.addCleanup(owner.wait)
        assert owner.stdout is not None
        with owner.stdout:
            children = [int(pid) for pid in owner.stdout.readline().split()]
        self.assertTrue(all(is_alive(pid) for pid in children))
        os.kill(owner.pid, signal.SIGKILL)
        self.await_true(lambda: not any(is_alive(pid) for pid in children), "a child has outlived its owner")

    def test_a_stubborn_child_is_killed_after_its_grace(self) -> None:
        child = self.child(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}")
        end_child(child.pid, grace_s=0.2)
        self.await_true(lambda: child.exit_code() == -signal.SIGKILL, "it was not killed")

    def test_a_process_that_leads_no_session_is_left_alone(self) -> None:
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        end_child(stranger.pid, grace_s=0.2)
        self.assertIsNone(stranger.poll())

    def test_a_child_that_was_removed_is_no_longer_watched(self) -> None:
        self.assertEqual(read_children(["+10\n", "+11\n", "-10\n", "+12\n", "-99\n"]), [11, 12])
