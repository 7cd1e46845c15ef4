"""What the bridge tests share: a topic, a task whose handler the test writes, a bridge in a thread, a Celery worker."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

from celery.contrib.testing.worker import start_worker
from django.conf import settings
from django.test import override_settings

from core.bridges import Bridge, BridgeItem, BridgeSpec, Refused, bridge_task
from core.kafka import dead_letters, pure
from core.kafka.topics import DEAD_LETTER, Topic, ensure_topics
from gochat_site import celery_app
from tests.core.kafka_case import DEADLINE_S, KafkaCase

TASK = "tests.core.bridge"


class Script:
    """The handler of the test that runs now, and the batches that it was given."""

    handle: ClassVar[Callable[[Sequence[BridgeItem]], Sequence[Refused]]]
    batches: ClassVar[list[list[BridgeItem]]]


@bridge_task(TASK)
def run_script(items: Sequence[BridgeItem]) -> Sequence[Refused]:
    """Whatever the test says."""
    Script.batches.append(list(items))
    return Script.handle(items)


class BridgeCase(KafkaCase):
    """A topic of two partitions and a bridge over it; `spec` may be changed before `bridging`."""

    def setUp(self) -> None:
        ours = override_settings(KAFKA_TOPIC_PREFIX=f"{settings.KAFKA_TOPIC_PREFIX}b{uuid.uuid4().hex[:8]}.")
        ours.enable()
        self.addCleanup(ours.disable)
        self.topic = Topic("work", 2, 3_600_000)
        ensure_topics([self.topic, DEAD_LETTER])
        self.addCleanup(pure.delete_topics, settings.KAFKA_BOOTSTRAP_SERVERS, [self.topic.name, DEAD_LETTER.name])
        name = f"test-{uuid.uuid4().hex[:8]}"
        # A queue of its own: what another test has left behind is not this one's.
        self.spec = BridgeSpec(name=name, topic=self.topic, task=TASK, queue=f"queue-{name}", deadline_s=60.0)
        Script.batches = []
        Script.handle = lambda _items: []

    def put(self, *texts: str, partition: int = 0) -> None:
        """Store records in the topic."""
        self.store(self.topic, [text.encode() for text in texts], partition=partition)

    @contextlib.contextmanager
    def celery(self, *, threads: int = 0) -> Iterator[None]:
        """A Celery worker of this bridge's queue, in a thread; with `threads`, for so many batches at a time."""
        with start_worker(
            celery_app,
            pool="threads" if threads else "solo",
            concurrency=threads or 1,
            perform_ping_check=False,
            queues=[self.spec.queue],
            loglevel="ERROR",
            shutdown_timeout=30,
        ):
            yield

    @contextlib.contextmanager
    def bridging(self) -> Iterator[Bridge]:
        """A bridge that runs in a thread; at the end it is stopped, as on SIGTERM."""
        bridge = Bridge(self.spec)
        thread = threading.Thread(target=bridge.run, daemon=True)
        thread.start()
        try:
            yield bridge
        finally:
            bridge.stop()
            thread.join(DEADLINE_S)
            self.assertFalse(thread.is_alive(), "the bridge does not stop")

    def handled(self) -> list[str]:
        """All record values that the handler was given, in order."""
        return [item.value.decode() for batch in Script.batches for item in batch]

    def lag(self) -> int:
        """How many records of the topic the bridge's group has not committed."""
        group = f"{settings.KAFKA_TOPIC_PREFIX}{self.spec.group}"
        return sum(pure.group_lag(settings.KAFKA_BOOTSTRAP_SERVERS, group, [self.topic.name]).values())

    def letters(self) -> list[tuple[bytes, str]]:
        """The dead letters of this test: value and reason."""
        return [(entry.letter.value, entry.letter.reason) for entry in dead_letters.list_entries()]

    def await_true(self, condition: Callable[[], Any], what: str) -> None:
        """Wait until `condition` holds. Fails after the deadline."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"not within {DEADLINE_S} s: {what}")
            time.sleep(0.02)
