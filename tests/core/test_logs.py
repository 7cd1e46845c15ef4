"""Logs: one event a line, no content and no secrets, and libraries that keep quiet."""

import json
import logging
import subprocess
import sys
from typing import Any

from django.test import SimpleTestCase

SCRIPT = """
import json, logging, sys
from core import logs
logs.configure(json.loads(sys.argv[1]))
exec(sys.argv[2])
"""


def lines_of(code: str, level: str = "INFO") -> list[dict[str, Any]]:
    """What a process with these logs writes; in a process of its own, for loggers are global."""
    config = json.dumps({"level": level, "as_json": True})
    command = [sys.executable, "-c", SCRIPT, config, code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stderr.splitlines()]


class RedactionTest(SimpleTestCase):
    def test_content_and_secrets_never_reach_a_line(self) -> None:
        names = ("text", "content", "body", "frame", "password", "token", "access", "refresh", "ticket")
        fields = ", ".join(f"{name}='s3cret'" for name in names)
        (line,) = lines_of(f"logs.get_logger('a').info('stored', message_id='7', {fields})")
        self.assertNotIn("s3cret", json.dumps(line))
        self.assertEqual((line["event"], line["message_id"]), ("stored", "7"))
        self.assertEqual((line["level"], line["logger"]), ("info", "a"))
        self.assertTrue(line["timestamp"].endswith("Z"))

    def test_lines_of_libraries_have_the_same_form(self) -> None:
        (line,) = lines_of("logging.getLogger('library').warning('%s of %s', 1, 2)")
        self.assertEqual((line["event"], line["level"], line["logger"]), ("1 of 2", "warning", "library"))

    def test_an_exception_is_one_line(self) -> None:
        code = "try: 1 / 0\nexcept ZeroDivisionError: logs.get_logger('a').exception('failed', token='s3cret')"
        (line,) = lines_of(code)
        self.assertIn("ZeroDivisionError", line["exception"])
        self.assertEqual(line["token"], "[redacted]")


class LevelTest(SimpleTestCase):
    def test_the_level_is_the_settings(self) -> None:
        code = "log = logs.get_logger('a'); log.debug('d'); log.info('i'); log.warning('w')"
        self.assertEqual([line["event"] for line in lines_of(code, "WARNING")], ["w"])
        self.assertEqual([line["event"] for line in lines_of(code, "DEBUG")], ["d", "i", "w"])

    def test_servers_do_not_log_query_strings(self) -> None:
        self.assertEqual(lines_of("logging.getLogger('uvicorn.access').info('GET /ws/?ticket=s3cret')"), [])

    def test_kafka_python_speaks_of_errors_alone_unless_asked_for_more(self) -> None:
        code = "log = logging.getLogger('kafka.conn'); log.warning('w'); log.error('e')"
        self.assertEqual([line["event"] for line in lines_of(code)], ["e"])
        self.assertEqual([line["event"] for line in lines_of(code, "DEBUG")], ["w", "e"])

    def test_this_process_is_configured_so(self) -> None:
        self.assertEqual(logging.getLogger("kafka").level, logging.ERROR)
