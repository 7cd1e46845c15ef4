"""/health and /metrics: what decides, what is only reported, and that nothing waits for what hangs."""

import threading
import time
from typing import Any
from unittest.mock import patch

from django.test import TransactionTestCase, override_settings

from core import health, metrics
from core.kafka import probe
from core.metrics import counters


class HealthCase(TransactionTestCase):
    """Checks that are looked at anew in each test."""

    def setUp(self) -> None:
        patched = patch.dict(health._services, clear=True)
        patched.start()
        self.addCleanup(patched.stop)
        draining = patch.object(health._Process, "is_draining", False)
        draining.start()
        self.addCleanup(draining.stop)

    def ready(self) -> tuple[int, dict[str, Any]]:
        response = self.client.get("/health/ready")
        return response.status_code, response.json()


class ReadyTest(HealthCase):
    def test_real_services_are_up(self) -> None:
        health.register("database", health._check_database, is_needed=True)
        health.register("kafka", lambda: probe.answers(health.TIMEOUT_S), is_needed=True)
        services = {"database": "up", "kafka": "up"}
        self.assertEqual(self.ready(), (200, {"status": "ready", "services": services}))

    def test_a_service_that_is_needed_decides_and_another_is_only_named(self) -> None:
        def fail() -> None:
            raise OSError

        health.register("database", lambda: True, is_needed=True)
        health.register("redis", fail)
        self.assertEqual(self.ready()[0], 200)
        self.assertEqual(self.ready()[1]["services"], {"database": "up", "redis": "degraded"})
        health.register("kafka", lambda: False, is_needed=True)
        status, report = self.ready()
        self.assertEqual((status, report["status"], report["services"]["kafka"]), (503, "unavailable", "down"))

    def test_a_check_that_hangs_counts_as_down_within_a_second_and_runs_once(self) -> None:
        release, starts = threading.Event(), []

        def hang() -> None:
            starts.append(1)
            release.wait(30)

        health.register("database", hang, is_needed=True)
        began = time.monotonic()
        self.assertEqual([self.ready()[0] for _ in range(2)], [503, 503])
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(len(starts), 1)
        release.set()

    def test_outcomes_are_good_for_a_second(self) -> None:
        calls: list[int] = []
        health.register("database", lambda: calls.append(1), is_needed=True)
        for _ in range(3):
            self.assertEqual(self.ready()[0], 200)
        self.assertEqual(len(calls), 1)

    def test_a_process_that_drains_is_not_ready_but_lives(self) -> None:
        health.register("database", lambda: True, is_needed=True)
        health.start_draining()
        self.assertEqual(self.ready()[0], 503)
        self.assertEqual(self.client.get("/health/live").status_code, 200)

    def test_nobody_answers_on_a_closed_port(self) -> None:
        with override_settings(KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1,bad"):
            self.assertFalse(probe.answers(0.5))


class MetricsTest(HealthCase):
    @override_settings(METRICS_TOKEN="secret", DEBUG=True)
    def test_with_a_token_only_its_bearer_reads(self) -> None:
        self.assertEqual(self.client.get("/metrics").status_code, 401)
        self.assertEqual(self.client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code, 401)
        answer = self.client.get("/metrics", headers={"Authorization": "Bearer secret"})
        self.assertEqual(answer.status_code, 200)
        self.assertIn(b"gochat_frames_in_total", answer.content)

    @override_settings(METRICS_TOKEN="", DEBUG=False)
    def test_without_a_token_nobody_reads_in_production(self) -> None:
        self.assertEqual(self.client.get("/metrics").status_code, 404)

    @override_settings(METRICS_TOKEN="", DEBUG=True)
    def test_counts_and_gauges_are_shown(self) -> None:
        with patch.object(counters, "commands", 41), patch.dict(metrics._gauges):
            counters.commands += 1
            metrics.add_gauge("test_gauge", "For this test", lambda: 7)
            text = self.client.get("/metrics").content.decode()
        self.assertIn("gochat_commands_total 42.0", text)
        self.assertIn("gochat_test_gauge 7.0", text)
