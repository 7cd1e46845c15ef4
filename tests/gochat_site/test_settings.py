"""The settings refuse what is unsafe, before anything starts."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

GOOD = {"SECRET_KEY": "s" * 40, "JWT_SIGNING_KEY": "j" * 40, "DEBUG": "off"}


def load(**env: str) -> subprocess.CompletedProcess[str]:
    """The settings module alone in a process with this environment, and nothing of ours."""
    bare = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    # Set and empty: a checkout's own .env must not fill them in.
    bare |= {"GOCHAT_CRASH_POINT": "", "GOCHAT_RATE_LIMITS": "on", "ALLOWED_ORIGINS": "", "METRICS_TOKEN": ""}
    return subprocess.run(
        [sys.executable, "-c", "import gochat_site.settings"],
        env=bare | env,
        cwd=Path(settings.BASE_DIR),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class ProductionTest(SimpleTestCase):
    def assert_refused(self, named: str, **env: str) -> None:
        done = load(**env)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("ImproperlyConfigured", done.stderr)
        self.assertIn(named, done.stderr)

    def test_with_keys_of_its_own_it_loads(self) -> None:
        done = load(**GOOD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_default_keys_are_refused(self) -> None:
        self.assert_refused("SECRET_KEY", **{**GOOD, "SECRET_KEY": "insecure-default-key"})
        self.assert_refused("JWT_SIGNING_KEY", **{**GOOD, "JWT_SIGNING_KEY": "insecure-default-key"})

    def test_short_keys_are_refused(self) -> None:
        self.assert_refused("SECRET_KEY", **{**GOOD, "SECRET_KEY": "s" * 31})
        self.assert_refused("JWT_SIGNING_KEY", **{**GOOD, "JWT_SIGNING_KEY": "j" * 31})

    def test_one_key_for_both_is_refused(self) -> None:
        self.assert_refused("JWT_SIGNING_KEY", **{**GOOD, "JWT_SIGNING_KEY": GOOD["SECRET_KEY"]})

    def test_what_is_for_tests_is_refused(self) -> None:
        self.assert_refused("GOCHAT_RATE_LIMITS", **GOOD, GOCHAT_RATE_LIMITS="off")
        self.assert_refused("GOCHAT_CRASH_POINT", **GOOD, GOCHAT_CRASH_POINT="after-commit")

    def test_what_is_for_tests_may_be_used_in_development(self) -> None:
        done = load(DEBUG="on", GOCHAT_RATE_LIMITS="off", GOCHAT_CRASH_POINT="after-commit")
        self.assertEqual(done.returncode, 0, done.stderr)
