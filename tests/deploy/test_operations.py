"""docs/operations.md names what there is: every setting, and no metric, command or file that does not exist."""

import re
from typing import ClassVar

from django.core.management import get_commands
from django.test import SimpleTestCase

from core import metrics
from core.bridges.metrics import Stats
from tests.deploy.names import APPS, CHECKOUT, list_settings

NO_SETTINGS = {"SIGTERM", "HTTP", "JSON", "TLS", "MESSAGE_ID", "NUMBER", "NAME", "ID", "VERSION"}


class OperationsTest(SimpleTestCase):
    text: ClassVar[str] = (CHECKOUT / "docs/operations.md").read_text("utf-8")

    def test_every_setting_is_there_and_no_other(self) -> None:
        named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+|DEBUG)`", self.text))
        settings = list_settings()
        self.assertGreater(len(settings), 60)
        self.assertEqual(settings - named, set())
        self.assertEqual(named - settings - NO_SETTINGS, set())

    def test_the_metrics_that_alerts_stand_on_exist(self) -> None:
        source = "\n".join(path.read_text("utf-8") for app in APPS for path in (CHECKOUT / app).rglob("*.py"))
        counted = {*metrics._HELP, *(f"bridge_{name}" for name in Stats.__dataclass_fields__)}
        for name in set(re.findall(r"gochat_([a-z_]+)", self.text)) - {"site"}:
            with self.subTest(metric=name):
                self.assertTrue(name in counted or f'"{name}"' in source or f'"gochat_{name}"' in source)

    def test_the_commands_and_files_that_it_names_exist(self) -> None:
        commands = set(re.findall(r"manage\.py ([a-z_]+)", self.text))
        self.assertGreater(len(commands), 5)
        self.assertEqual(commands - get_commands().keys(), set())
        for path in re.findall(r"`((?:tests|core|deploy|gochat_site)/[\w./]+)`", self.text):
            self.assertTrue((CHECKOUT / path).exists(), path)
        for path in re.findall(r"\]\(([\w./]+)(?:#\w+)?\)", self.text):
            self.assertTrue((CHECKOUT / "docs" / path).exists(), path)
