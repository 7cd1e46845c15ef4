import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase

from devstack.ports import HOST, pick_free_port, wait_until
from devstack.programs import is_gateway_ready
from devstack.services import SERVICES
from tests.devstack.process_case import is_alive

CHECKOUT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 180
CHILDREN = {
    *("postgres", "redis", "kafka", "s3", "search", "embeddings"),
    *("gateway-1", "upstream-1", "fanout-1", "indexing-1", "agent-1"),
    *("celery-1", "celery-agent-1", "celery-indexing-1", "celery-embedding-1", "beat"),
}


class RunCase(SimpleTestCase):
    """`make run` after its bootstrap, with its state in a directory of its own."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.var = Path(directory.name)
        self.var.chmod(0o711)
        self.port = pick_free_port()
        # Not the servers of the tests: a run of its own starts its own.
        theirs = {service.setting for service in SERVICES} | {"KAFKA_TOPIC_PREFIX"}
        self.env = {name: value for name, value in os.environ.items() if name not in theirs}
        self.env |= {"GOCHAT_VAR_DIR": str(self.var), "PORT": str(self.port)}

    def start(self) -> subprocess.Popen[bytes]:
        with (self.var / "out").open("ab") as output:
            run = subprocess.Popen(
                [sys.executable, "-m", "devstack.run"], cwd=CHECKOUT, env=self.env, stdout=output, stderr=output
            )
        self.addCleanup(run.wait)
        self.addCleanup(run.terminate)
        return run

    def output(self) -> str:
        return (self.var / "out").read_text()

    def pids(self) -> dict[str, int]:
        return {path.stem: int(path.read_text() or 0) for path in (self.var / "run").glob("*.pid")}

    def await_ready(self, run: subprocess.Popen[bytes], times: int = 1) -> None:
        sentence = f"GoChat is ready at http://{HOST}:{self.port}\n"
        wait_until(lambda: self.output().count(sentence) == times or run.poll() is not None, timeout_s=START_TIMEOUT_S)
        self.assertEqual(self.output().count(sentence), times, self.output())
        self.assertTrue(is_gateway_ready(self.port))


class LifeTests(RunCase):
    def await_successor(self, name: str, predecessor: int) -> None:
        def has_successor() -> bool:
            return self.pids().get(name) not in {None, 0, predecessor}

        self.assertTrue(wait_until(has_successor, timeout_s=30), self.output())

    def test_it_starts_restarts_what_dies_and_leaves_nobody_behind(self) -> None:
        run = self.start()
        self.await_ready(run)
        first = self.pids()
        self.assertEqual(set(first), CHILDREN)
        self.assertIn("Demo log-ins:", self.output())

        for name in ("upstream-1", "redis"):
            os.kill(first[name], signal.SIGKILL)
        for name in ("upstream-1", "redis"):
            with self.subTest(restarted=name):
                self.await_successor(name, first[name])

        last = self.pids()
        run.send_signal(signal.SIGINT)
        self.assertEqual(run.wait(60), 0)
        self.assertFalse({name for name, pid in (first | last).items() if is_alive(pid)})
        self.assertEqual(self.pids(), {})

    def test_a_start_after_a_kill_of_everything_that_watches_continues_with_the_data(self) -> None:
        run = self.start()
        self.await_ready(run)
        first = self.pids()
        os.kill(first["beat"], signal.SIGSTOP)  # one that will not end when asked
        run.kill()
        run.wait()

        again = self.start()
        self.await_ready(again, times=2)
        self.assertFalse({name for name, pid in first.items() if is_alive(pid) and self.pids().get(name) != pid})
        again.send_signal(signal.SIGTERM)
        self.assertEqual(again.wait(60), 0)


class RefusalTests(RunCase):
    def refusal(self, **env: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "devstack.run"],
            cwd=CHECKOUT,
            env=self.env | env,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        return done.stderr.strip()

    def test_a_taken_port_ends_the_start_with_one_sentence(self) -> None:
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
            sentence = self.refusal(PORT=str(port))
        self.assertRegex(sentence, rf"\APort {port} of 127\.0\.0\.1 is already in use: [^\n]+\Z")
        self.assertEqual(self.pids(), {})

    def test_the_second_gateways_port_is_checked_too(self) -> None:
        with socket.create_server((HOST, 0)) as server:
            port = server.getsockname()[1]
            self.assertIn(f"Port {port} ", self.refusal(PORT=str(port - 1), GATEWAYS="2"))

    def test_numbers_that_make_no_sense_are_refused(self) -> None:
        for name, value in (("PORT", "http"), ("GATEWAYS", "0"), ("WORKERS", "-1")):
            with self.subTest(name=name):
                self.assertRegex(self.refusal(**{name: value}), rf"\A{name}={value} must be a number from 1 to \d+\.\Z")
