import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from django.test import SimpleTestCase

from devstack import bootstrap
from devstack.errors import DevstackError

CHECKOUT = Path(__file__).resolve().parent.parent.parent


class PrerequisiteTests(SimpleTestCase):
    def test_without_a_recent_python_one_sentence_says_what_to_install(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            too_old = Path(directory) / "python3"
            too_old.write_text("#!/bin/sh\nexit 1\n")
            too_old.chmod(0o755)
            shell = shutil.which("sh")
            assert shell is not None
            done = subprocess.run(
                [shell, "devstack/launch.sh", "help"],
                cwd=CHECKOUT,
                env={"PATH": directory},
                capture_output=True,
                text=True,
                check=False,
            )
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\AGoChat needs Python 3\.11 or newer[^\n]+\n\Z")

    def test_without_the_venv_module_one_sentence_names_debians_package(self) -> None:
        with (
            mock.patch("importlib.util.find_spec", return_value=None),
            self.assertRaisesRegex(DevstackError, rf"apt-get install python3\.{sys.version_info.minor}-venv"),
        ):
            bootstrap.check_venv_module()

    def test_a_full_disk_is_told_before_anything_is_installed(self) -> None:
        usage = SimpleNamespace(total=2**40, used=2**40, free=10 * 2**20)
        with (
            mock.patch("shutil.disk_usage", return_value=usage),
            self.assertRaisesRegex(DevstackError, "needs 1500 MiB of free disk space here, and there are 10 MiB"),
        ):
            bootstrap.check_space(1500)


class InstallTests(SimpleTestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.checkout = Path(directory.name)
        (self.checkout / "requirements.txt").write_text("django==5.2.19 \\\n    --hash=sha256:00\nredis==8.1.0 \\\n")
        venv = self.checkout / ".venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch()
        for name, value in {
            "CHECKOUT": self.checkout,
            "VENV": venv,
            "VENV_PYTHON": venv / "bin" / "python",
            "STAMP": venv / "installed.json",
        }.items():
            patcher = mock.patch.object(bootstrap, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)

    def prepare(self) -> list[str]:
        """The requirements files that a start installs."""
        with (
            mock.patch.object(bootstrap, "install") as install,
            mock.patch.object(bootstrap, "make_environment"),
            mock.patch.object(bootstrap, "Progress"),
            mock.patch.object(bootstrap, "check_space"),
            mock.patch("builtins.print"),
        ):
            bootstrap.prepare(["requirements.txt"])
        return [call.args[0] for call in install.call_args_list]

    def test_what_is_installed_is_not_installed_again_until_the_file_changes(self) -> None:
        self.assertEqual(self.prepare(), ["requirements.txt"])
        self.assertEqual(self.prepare(), [])
        (self.checkout / "requirements.txt").write_text("django==5.2.20 \\\n")
        self.assertEqual(self.prepare(), ["requirements.txt"])

    def test_an_environment_whose_python_is_gone_counts_as_empty(self) -> None:
        self.prepare()
        (self.checkout / ".venv" / "bin" / "python").unlink()
        self.assertEqual(bootstrap.installed(), {})

    def test_an_installation_that_failed_is_tried_again_at_the_next_start(self) -> None:
        with (
            mock.patch.object(bootstrap, "install", side_effect=DevstackError("no network")),
            mock.patch.object(bootstrap, "make_environment"),
            mock.patch.object(bootstrap, "Progress"),
            self.assertRaises(DevstackError),
        ):
            bootstrap.prepare(["requirements.txt"])
        self.assertEqual(self.prepare(), ["requirements.txt"])

    def test_packages_are_counted_without_their_hashes(self) -> None:
        self.assertEqual(bootstrap.count_packages("requirements.txt"), 2)

    def test_the_indexes_of_pip_are_passed_on_to_uv_unless_uv_has_its_own(self) -> None:
        listed = "global.index-url='https://mirror.example/simple'\n:env:.find-links='wheels'\nglobal.timeout='60'\n"
        answer = SimpleNamespace(stdout=listed)
        with (
            mock.patch("subprocess.run", return_value=answer),
            mock.patch.dict(os.environ, {"UV_FIND_LINKS": "mine"}),
        ):
            environment = bootstrap.uv_environment()
        self.assertEqual(environment["UV_DEFAULT_INDEX"], "https://mirror.example/simple")
        self.assertEqual(environment["UV_FIND_LINKS"], "mine")


class HelpTests(SimpleTestCase):
    def test_every_target_of_the_makefile_is_explained(self) -> None:
        makefile = (CHECKOUT / "Makefile").read_text()
        phony = next(line for line in makefile.splitlines() if line.startswith(".PHONY:")).split()[1:]
        with mock.patch("builtins.print") as printed:
            bootstrap.show_help()
        shown = [line.split()[1] for line in printed.call_args.args[0].splitlines()]
        self.assertEqual(sorted(shown), sorted(phony))
