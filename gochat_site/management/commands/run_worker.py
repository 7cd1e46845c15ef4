"""`manage.py run_worker NAME`: one worker process, stopped by SIGTERM or SIGINT."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.metrics import serve_metrics
from core.processes import tune_process
from gochat_site.workers import WORKERS


class Command(BaseCommand):
    help = "Runs a Kafka worker until it gets SIGTERM or SIGINT."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(WORKERS))

    def handle(self, *args: Any, **options: Any) -> None:
        worker = WORKERS[options["name"]]()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        if port := os.environ.get("METRICS_PORT"):
            serve_metrics(int(port))
        tune_process()
        worker.run()
