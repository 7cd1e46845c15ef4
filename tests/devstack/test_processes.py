import os
import signal
from pathlib import Path
from unittest import skipUnless

from devstack.processes import LOG_LIMIT_BYTES, PidFiles, open_log, tail
from devstack.services.base import LOWEST_NICENESS
from tests.devstack.process_case import SLEEP, ProcessCase, is_alive

STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
PARENT = (
    "import subprocess, sys, time\n"
    "inner = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('up', inner.pid, flush=True)\n"
    "time.sleep(600)"
)


class ChildTests(ProcessCase):
    def test_a_stop_asks_first(self) -> None:
        child = self.child(f"import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7)); {SLEEP}")
        self.assertEqual(child.stop(), 7)

    def test_a_child_that_ignores_the_request_is_killed(self) -> None:
        child = self.child(STUBBORN)
        self.assertEqual(child.stop(timeout_s=0.2), -signal.SIGKILL)

    def test_a_kill_takes_what_the_child_has_started_along(self) -> None:
        child = self.child(PARENT)
        inner = int(self.log("child").read_text().split()[1])
        self.assertTrue(is_alive(inner))
        child.kill()
        self.await_true(lambda: not is_alive(inner), "the child's own child lives on")

    def test_a_child_is_out_of_reach_of_the_terminals_interrupt(self) -> None:
        child = self.child(SLEEP)
        self.assertNotEqual(os.getpgid(child.pid), os.getpgid(0))
        self.assertIsNone(child.exit_code())

    @skipUnless(hasattr(os, "SCHED_IDLE"), "Linux has an idle class")
    def test_a_child_that_gives_way_does_so_with_all_its_threads(self) -> None:
        source = f"import threading; threading.Thread(target=lambda: __import__('time').sleep(600)).start(); {SLEEP}"
        child = self.child(source, niceness=LOWEST_NICENESS)
        self.assertTrue(child.has_to_give_way)
        child.give_way()
        threads = [int(entry.name) for entry in Path(f"/proc/{child.pid}/task").iterdir()]
        self.assertEqual([os.sched_getscheduler(thread) for thread in threads], [os.SCHED_IDLE] * 2)
        group = Path(f"/proc/{child.pid}/autogroup")
        if group.exists():
            self.assertTrue(group.read_text().rstrip().endswith(" nice 19"), "its session as a whole does not")


class LeftoverTests(ProcessCase):
    def setUp(self) -> None:
        super().setUp()
        self.run_dir = self.directory / "run"
        self.pid_files = PidFiles(self.run_dir)

    def test_a_child_of_a_killed_supervisor_is_found_and_stopped(self) -> None:
        child = self.child(SLEEP)
        self.pid_files.add("upstream-1", child.pid, child.argv)
        self.assertEqual((self.run_dir / "upstream-1.pid").read_text(), f"{child.pid}\n")
        self.assertEqual(PidFiles(self.run_dir).stop_leftovers(), ["upstream-1"])
        self.assertFalse(is_alive(child.pid))
        self.assertFalse((self.run_dir / "upstream-1.pid").exists())

    def test_a_leftover_that_ignores_the_request_is_killed(self) -> None:
        child = self.child(STUBBORN)
        self.pid_files.add("gateway-1", child.pid, child.argv)
        self.assertEqual(self.pid_files.stop_leftovers(timeout_s=0.2), ["gateway-1"])
        self.assertFalse(is_alive(child.pid))

    def test_a_stranger_that_got_the_number_of_a_dead_child_is_left_alone(self) -> None:
        stranger = self.child(SLEEP)
        self.pid_files.add("gateway-1", stranger.pid, ("python", "manage.py", "gateway"))
        self.assertEqual(self.pid_files.stop_leftovers(), [])
        self.assertIsNone(stranger.exit_code())
        self.assertEqual(list(self.run_dir.glob("*.pid")), [])

    def test_a_number_that_nobody_has_is_forgotten(self) -> None:
        child = self.child(SLEEP)
        child.kill()
        self.pid_files.add("redis", child.pid, child.argv)
        self.assertEqual(self.pid_files.stop_leftovers(), [])
        self.assertEqual(list(self.run_dir.glob("*.pid")), [])

    def test_a_damaged_record_does_not_stop_the_start(self) -> None:
        (self.run_dir / "children.json").write_text('{"gateway-1": {"pi')
        self.assertEqual(self.pid_files.stop_leftovers(), [])


class LogTests(ProcessCase):
    def test_a_log_that_has_grown_large_is_set_aside(self) -> None:
        path = self.log("kafka")
        path.write_bytes(b"x" * (LOG_LIMIT_BYTES + 1))
        with open_log(path) as log:
            log.write(b"new\n")
        self.assertEqual(path.read_bytes(), b"new\n")
        self.assertEqual((self.directory / "kafka.log.1").stat().st_size, LOG_LIMIT_BYTES + 1)

    def test_the_tail_of_a_log_is_its_last_lines(self) -> None:
        self.log("a").write_text("one\ntwo\nthree\n")
        self.assertEqual(tail(self.log("a"), 2), "two\nthree")
        self.assertEqual(tail(self.log("none")), "")
