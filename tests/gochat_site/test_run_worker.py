"""Several workers in one process: they start and stop together."""

import threading

from django.test import SimpleTestCase

from gochat_site.management.commands.run_worker import run_together


class StubWorker:
    """A worker that runs until it is stopped, or fails at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.began = threading.Event()
        self.stopping = threading.Event()

    def run(self) -> None:
        self.began.set()
        if self.error is not None:
            raise self.error
        if not self.stopping.wait(30):
            raise AssertionError("nobody stops this worker")

    def stop(self) -> None:
        self.stopping.set()


class RunTogetherTests(SimpleTestCase):
    def test_all_run_until_all_are_stopped(self) -> None:
        workers = [StubWorker(), StubWorker(), StubWorker()]
        running = threading.Thread(target=run_together, args=(workers,))
        running.start()
        for worker in workers:
            self.assertTrue(worker.began.wait(30))
        for worker in workers:
            self.assertTrue(running.is_alive())
            worker.stop()
        running.join(30)
        self.assertFalse(running.is_alive())

    def test_when_one_fails_the_others_are_stopped_and_its_error_is_raised(self) -> None:
        for position in (0, 1):
            workers = [StubWorker(), StubWorker()]
            workers[position].error = ConnectionError("away")
            with self.assertRaises(ConnectionError):
                run_together(workers)
            self.assertTrue(workers[1 - position].stopping.is_set())
