import os
import signal
from collections.abc import Callable
from pathlib import Path
from unittest import skipUnless

from devstack.errors import DevstackError
from devstack.processes import Child
from devstack.services import Command
from devstack.services.base import LOWEST_NICENESS
from devstack.supervisor import Program, Stage, Supervisor, describe_exit
from tests.devstack.process_case import SLEEP, ProcessCase, is_alive


def writes_when_asked_to_stop(word: str, path: Path) -> str:
    """A program that appends `word` to a file on SIGTERM and ends."""
    return (
        "import signal, sys, time\n"
        f"def stop(*_): open({str(path)!r}, 'a').write({word!r}); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop)\n"
        "print('up', flush=True)\n"
        "time.sleep(600)"
    )


class SupervisorTests(ProcessCase):
    def setUp(self) -> None:
        super().setUp()
        self.sentences: list[str] = []
        self.run_dir = self.directory / "run"
        self.supervisor = Supervisor(
            checkout=self.directory, log_dir=self.directory, run_dir=self.run_dir, report=self.sentences.append
        )
        self.addCleanup(self.supervisor.stop)

    def start(self, program: Program) -> Child:
        child = self.supervisor.start(program)
        self.await_true(lambda: "up" in self.log(program.name).read_text(), f"{program.name} is not up")
        return child

    def sleeper(self, name: str = "upstream-1", **callbacks: Callable[[], None]) -> Program:
        return Program(name=name, stage=Stage.WORKERS, command=lambda: self.python(SLEEP), **callbacks)  # type: ignore[arg-type] # callbacks alone

    def pid_of(self, name: str) -> int:
        path = self.run_dir / f"{name}.pid"
        return int(path.read_text()) if path.exists() else 0

    def tick_until(self, condition: Callable[[], bool], message: str) -> None:
        def tick() -> bool:
            self.supervisor.tick()
            return condition()

        self.await_true(tick, message)

    def test_a_child_that_is_killed_is_started_again_under_its_name(self) -> None:
        child = self.start(self.sleeper())
        self.assertEqual(self.pid_of("upstream-1"), child.pid)
        os.kill(child.pid, signal.SIGKILL)
        self.tick_until(lambda: self.pid_of("upstream-1") not in {0, child.pid}, "it was not started again")
        self.assertTrue(is_alive(self.pid_of("upstream-1")))
        self.assertEqual(self.sentences, ["upstream-1 ended (signal SIGKILL); it is started again in 0.5 s"])

    def test_a_child_that_keeps_dying_is_started_less_and_less_often(self) -> None:
        self.supervisor.start(
            Program(name="beat", stage=Stage.TASKS, command=lambda: self.python("print('up'); raise SystemExit(3)"))
        )
        self.tick_until(lambda: len(self.sentences) == 3, "it was not started again twice")
        self.assertEqual(
            self.sentences, [f"beat ended (exit code 3); it is started again in {delay} s" for delay in (0.5, 1, 2)]
        )

    def test_a_restart_prepares_and_settles_and_the_first_start_does_not(self) -> None:
        calls: list[str] = []
        program = self.sleeper(prepare=lambda: calls.append("prepare"), settle=lambda: calls.append("settle"))
        child = self.start(program)
        self.supervisor.tick()
        self.assertEqual(calls, [])
        child.kill()
        self.tick_until(lambda: calls == ["prepare", "settle"], f"calls: {calls}")

    def test_a_start_that_fails_is_reported_and_tried_again(self) -> None:
        troubles = [DevstackError("the disk is full")]

        def prepare() -> None:
            if troubles:
                raise troubles.pop()

        child = self.start(self.sleeper(prepare=prepare))
        child.kill()
        self.tick_until(lambda: self.pid_of("upstream-1") not in {0, child.pid}, "it was not started again")
        self.assertIn("upstream-1 cannot be started (the disk is full); next try in 1 s", self.sentences)

    @skipUnless(hasattr(os, "SCHED_IDLE"), "Linux has an idle class")
    def test_what_gives_way_starts_at_full_speed_and_does_so_once_it_is_ready(self) -> None:
        ready: list[bool] = []
        command = self.python(SLEEP, niceness=LOWEST_NICENESS)
        child = self.start(
            Program(name="search", stage=Stage.SERVICES, command=lambda: command, is_ready=lambda: bool(ready))
        )
        self.supervisor.tick()
        self.assertEqual(os.sched_getscheduler(child.pid), os.SCHED_OTHER)
        ready.append(True)
        self.supervisor.tick()
        self.assertEqual(os.sched_getscheduler(child.pid), os.SCHED_IDLE)

    def test_a_settling_that_fails_does_not_end_the_others(self) -> None:
        def settle() -> None:
            raise RuntimeError("no topics")

        other = self.start(self.sleeper("upstream-2"))
        self.start(self.sleeper(settle=settle)).kill()
        self.tick_until(lambda: any("no topics" in sentence for sentence in self.sentences), "nothing was reported")
        self.assertIsNone(other.exit_code())

    def test_the_stop_goes_from_gateways_to_services_and_leaves_nobody(self) -> None:
        order = self.directory / "order"
        pids = []
        for stage in Stage:
            source = writes_when_asked_to_stop(stage.name[0], order)
            program = Program(name=stage.name, stage=stage, command=lambda source=source: self.python(source))  # type: ignore[misc] # a default binds the loop's value
            pids.append(self.start(program).pid)
        self.supervisor.stop()
        self.assertEqual(order.read_text(), "GWTS")
        self.assertFalse(any(is_alive(pid) for pid in pids))
        self.assertEqual(list(self.run_dir.glob("*.pid")), [])

    def test_a_program_that_does_not_exist_is_an_error_at_the_first_start(self) -> None:
        missing = Program(name="kafka", stage=Stage.SERVICES, command=lambda: Command(("/nonexistent/java",)))
        with self.assertRaises(OSError):
            self.supervisor.start(missing)

    def test_exits_are_described_for_people(self) -> None:
        self.assertEqual(
            [describe_exit(code) for code in (0, 3, -9, -100)],
            ["exit code 0", "exit code 3", "signal SIGKILL", "signal 100"],
        )
