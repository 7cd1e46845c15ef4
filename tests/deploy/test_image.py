"""The Dockerfile and the container's health check: what can be known without a Docker daemon."""

import http.server
import os
import re
import subprocess
import sys
import threading
from typing import ClassVar

from django.test import SimpleTestCase

from devstack import bootstrap
from devstack.ports import pick_free_port
from tests.deploy.names import APPS, CHECKOUT

HEALTHCHECK = CHECKOUT / "deploy/healthcheck.py"


class DockerfileTest(SimpleTestCase):
    text: ClassVar[str] = (CHECKOUT / "Dockerfile").read_text("utf-8")

    @property
    def stages(self) -> list[str]:
        return re.split(r"^FROM ", self.text, flags=re.MULTILINE)[1:]

    def test_the_image_holds_no_compiler_and_runs_as_nobody(self) -> None:
        build, final = self.stages
        self.assertIn("gcc", build)
        self.assertNotIn("gcc", final)
        self.assertNotIn("uv ", final)
        users = re.findall(r"^USER (\S+)", final, re.MULTILINE)
        self.assertEqual([int(user) > 0 for user in users], [True])
        self.assertIn("HEALTHCHECK", final)
        self.assertIn("collectstatic", build)

    def test_it_installs_with_the_tool_and_the_locks_of_the_checkout(self) -> None:
        self.assertIn(f"/uv:{bootstrap.UV.partition('==')[2]} ", self.text)
        for path in re.findall(r"-r (\S+?\.txt)", self.text):
            self.assertTrue((CHECKOUT / path).is_file(), path)
            self.assertIn("--hash=sha256:", (CHECKOUT / path).read_text("utf-8"), path)

    def test_what_is_left_out_is_no_part_of_the_program(self) -> None:
        ignored = (CHECKOUT / ".dockerignore").read_text("utf-8").split("\n")
        self.assertLessEqual({".*", "var", "tests", "devstack"}, set(ignored))
        self.assertEqual({*APPS, "locale", "manage.py", "deploy", "requirements.txt"} & set(ignored), set())

    def test_a_secret_of_the_build_stays_there(self) -> None:
        self.assertEqual(re.findall(r"^(?:ENV|ARG).*KEY", self.text, re.MULTILINE), [])


class _Answer(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/metrics" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """A test needs no access log."""


class HealthCheckTest(SimpleTestCase):
    def check(self, port: int) -> int:
        env = {"PATH": os.environ["PATH"], "METRICS_PORT": str(port)}
        command = [sys.executable, str(HEALTHCHECK), "worker"]
        return subprocess.run(command, env=env, capture_output=True, check=False, timeout=60).returncode

    def test_a_process_that_answers_is_well_and_others_are_not(self) -> None:
        server = http.server.HTTPServer(("127.0.0.1", 0), _Answer)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.assertEqual(self.check(server.server_port), 0)
        _Answer.status = 500
        self.addCleanup(setattr, _Answer, "status", 200)
        self.assertEqual(self.check(server.server_port), 1)
        self.assertEqual(self.check(pick_free_port()), 1)
