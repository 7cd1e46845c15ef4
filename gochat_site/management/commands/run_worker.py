"""`manage.py run_worker NAME ...`: a worker process, stopped by SIGTERM or SIGINT; several small ones may share it."""

import os
import signal
import threading
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.metrics import serve_metrics
from core.processes import tune_process
from gochat_site.workers import WORKERS, Worker


class Command(BaseCommand):
    help = "Runs Kafka workers until it gets SIGTERM or SIGINT. With several names, each has a thread of this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", choices=sorted(WORKERS), metavar="name")

    def handle(self, *args: Any, **options: Any) -> None:
        workers = [WORKERS[name]() for name in dict.fromkeys(options["names"])]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: _stop(workers))
        if port := os.environ.get("METRICS_PORT"):
            serve_metrics(int(port), os.environ.get("METRICS_HOST") or "127.0.0.1")
        tune_process()
        run_together(workers)


def run_together(workers: Sequence[Worker]) -> None:
    """Returns when all have stopped. When one fails, the others are stopped and its error is raised: whoever started
    the process starts it again."""
    errors: list[BaseException] = []

    def run(worker: Worker) -> None:
        try:
            worker.run()
        except BaseException as exc:  # noqa: BLE001 -- raised again below, in the thread that people look at
            errors.append(exc)
            _stop(workers)

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers[1:]]
    for thread in threads:
        thread.start()
    run(workers[0])
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _stop(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.stop()
