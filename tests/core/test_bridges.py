"""The bridge on a real broker, a real Redis and a real Celery worker: nothing is lost, order is kept, bad records are
found. What happens when processes are killed is in tests/faults."""

import io
import threading
from collections.abc import Sequence
from typing import Any

import msgspec
from celery import current_app
from django.core.management import call_command
from django.test import SimpleTestCase
from prometheus_client import CollectorRegistry

from core.bridges import BridgeItem, Refused, TryAgainError
from core.bridges.claims import Claim, claiming, mark_queued, read_claims
from core.bridges.metrics import BridgesCollector
from core.redis import get_redis
from tests.core.bridge_case import BridgeCase, Script


class HandingOutTests(BridgeCase):
    def test_every_record_is_handled_in_order_and_its_offset_committed(self) -> None:
        self.put("a", "b", "c")
        self.put("x", "y", partition=1)
        with self.celery(), self.bridging():
            self.await_true(lambda: len(self.handled()) == 5, "five records")
            self.put("d")
            self.await_true(lambda: len(self.handled()) == 6, "the sixth")
            self.await_true(lambda: self.lag() == 0, "commits")
        places = {
            partition: [i.value for b in Script.batches for i in b if i.partition == partition] for partition in (0, 1)
        }
        self.assertEqual(places, {0: [b"a", b"b", b"c", b"d"], 1: [b"x", b"y"]})

    def test_what_comes_while_a_batch_is_in_flight_gathers_for_the_next(self) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def handle(_items: Sequence[BridgeItem]) -> list[Refused]:
            begun.set()
            self.assertTrue(go_on.wait(30))
            return []

        Script.handle = handle
        with self.celery(), self.bridging() as bridge:
            self.put("first")
            self.assertTrue(begun.wait(30))
            self.put("second", "third")
            self.await_true(lambda: bridge._stats.lag == 3, "the bridge has seen all three")
            self.assertEqual(len(Script.batches), 1)
            go_on.set()
            self.await_true(lambda: len(Script.batches) == 2, "the second batch")
        self.assertEqual(
            [[item.value for item in batch] for batch in Script.batches], [[b"first"], [b"second", b"third"]]
        )

    def test_a_batch_has_at_most_as_many_records_as_the_spec_says(self) -> None:
        self.spec = msgspec.structs.replace(self.spec, max_records=2, gather_s=0.2)
        self.put(*"abcde")
        with self.celery(), self.bridging():
            self.await_true(lambda: len(self.handled()) == 5, "all")
        self.assertEqual([len(batch) for batch in Script.batches], [2, 2, 1])

    def test_a_stop_lets_the_batch_in_flight_finish_and_the_next_bridge_repeats_nothing(self) -> None:
        begun = threading.Event()

        def handle(_items: Sequence[BridgeItem]) -> list[Refused]:
            begun.set()
            threading.Event().wait(0.3)  # the stop comes while it works
            return []

        Script.handle = handle
        with self.celery():
            with self.bridging():
                self.put("a", "b")
                self.assertTrue(begun.wait(30))
            self.assertEqual(self.lag(), 0)
            with self.bridging():
                self.put("c")
                self.await_true(lambda: "c" in self.handled(), "the third")
        self.assertEqual(self.handled(), ["a", "b", "c"])


class BadRecordTests(BridgeCase):
    def test_a_refused_record_is_set_aside_with_the_reason_and_the_rest_is_done(self) -> None:
        Script.handle = lambda items: [Refused(item.offset, "not ours") for item in items if item.value == b"bad"]
        self.put("a", "bad", "c")
        with self.celery(), self.bridging():
            self.await_true(self.letters, "a dead letter")
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.letters(), [(b"bad", "not ours")])
        self.assertEqual(self.handled(), ["a", "bad", "c"])

    def test_a_record_that_breaks_its_batch_is_found_by_halving_and_the_others_are_done_in_order(self) -> None:
        done: list[bytes] = []

        def handle(items: Sequence[BridgeItem]) -> list[Refused]:
            if any(item.value == b"poison" for item in items):
                raise RuntimeError("a bug")
            done.extend(item.value for item in items)
            return []

        Script.handle = handle
        self.spec = msgspec.structs.replace(self.spec, gather_s=0.3)
        self.put("a", "b", "poison", "d", "e")
        with self.celery(), self.bridging():
            self.await_true(lambda: len(done) == 4, "the others")
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(done, [b"a", b"b", b"d", b"e"])
        self.assertEqual(self.letters(), [(b"poison", "RuntimeError('a bug')")])

    def test_while_something_is_away_the_same_batch_comes_again_and_nothing_overtakes_it(self) -> None:
        def handle(_items: Sequence[BridgeItem]) -> list[Refused]:
            if len(Script.batches) < 4:
                raise TryAgainError("the engine is away")
            return []

        Script.handle = handle
        self.put("a")
        with self.celery(), self.bridging():
            self.await_true(lambda: Script.batches, "the first attempt")
            self.put("b")
            self.await_true(lambda: "b" in self.handled(), "the second record")
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.handled(), ["a", "a", "a", "a", "b"])
        self.assertEqual(self.letters(), [])

    def test_a_dead_letter_that_is_replayed_is_handled_once_its_cause_is_gone(self) -> None:
        Script.handle = lambda items: [Refused(item.offset, "too early") for item in items]
        self.store(self.topic, [b"a"], key=b"some key")
        with self.celery(), self.bridging():
            self.await_true(self.letters, "a dead letter")
            Script.handle = lambda _items: []
            call_command("dead_letters", "replay", "--all", stdout=io.StringIO())
            self.await_true(lambda: len(self.handled()) == 2, "the replay")
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.handled(), ["a", "a"])
        self.assertEqual(len({batch[0].partition for batch in Script.batches}), 1)
        self.assertEqual(len(self.letters()), 1)


class LostTaskTests(BridgeCase):
    def test_a_task_that_redis_has_lost_is_handed_out_again_at_once(self) -> None:
        self.put("a")
        with self.bridging() as bridge:
            self.await_true(self.queued, "a task in the queue")
            self.lose_everything()
            self.await_true(lambda: bridge._stats.handed_out_again, "handing out again")
            with self.celery():
                self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(set(self.handled()), {"a"})

    def test_a_task_that_nobody_begins_is_handed_out_again_after_the_deadline_and_runs_once(self) -> None:
        self.spec = msgspec.structs.replace(self.spec, deadline_s=0.2)
        self.put("a")
        with self.bridging() as bridge:
            self.await_true(lambda: bridge._stats.handed_out_again >= 2, "handing out again")
            with self.celery():
                self.await_true(lambda: self.lag() == 0, "commits")
                self.await_true(lambda: self.queued() == 0, "an empty queue")
        self.assertEqual(self.handled(), ["a"])

    def test_without_redis_s_answer_a_bridge_hands_out_again_and_not_more(self) -> None:
        """A task that works on has the batch, however long it takes."""
        begun, go_on = threading.Event(), threading.Event()

        def handle(_items: Sequence[BridgeItem]) -> list[Refused]:
            begun.set()
            self.assertTrue(go_on.wait(30))
            return []

        Script.handle = handle
        self.spec = msgspec.structs.replace(self.spec, deadline_s=0.2)
        with self.celery(), self.bridging() as bridge:
            self.put("a")
            self.assertTrue(begun.wait(30))
            threading.Event().wait(1.5)  # several deadlines, and a renewal of the claim
            self.assertEqual(bridge._stats.handed_out_again, 0)
            go_on.set()
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.handled(), ["a"])

    def queued(self) -> int:
        """Tasks that wait in this bridge's queue."""
        with current_app.connection_for_read() as connection:
            channel: Any = connection.default_channel  # Redis's: the stubs know the base class only
            return int(channel.client.llen(self.spec.queue))

    def lose_everything(self) -> None:
        """FLUSHDB, which in a test's own database is FLUSHALL."""
        get_redis().flushdb()


class ClaimTests(SimpleTestCase):
    def test_of_two_attempts_at_a_batch_one_is_let_in(self) -> None:
        mark_queued("batch-1")
        with claiming("batch-1", "first") as first, claiming("batch-1", "second") as second:
            self.assertEqual((first, second), (True, False))
            self.assertEqual(read_claims(["batch-1"]), [Claim.AT_WORK])

    def test_a_finished_batch_lets_nobody_in(self) -> None:
        with claiming("batch-2", "first") as first:
            self.assertTrue(first)
        self.assertEqual(read_claims(["batch-2"]), [Claim.DONE])
        with claiming("batch-2", "late") as late:
            self.assertFalse(late)

    def test_a_batch_that_nobody_knows_is_lost(self) -> None:
        self.assertEqual(read_claims(["never handed out"]), [Claim.LOST])

    def test_an_attempt_that_dies_leaves_the_batch_unfinished(self) -> None:
        with self.assertRaises(SystemExit), claiming("batch-3", "first"):
            raise SystemExit
        self.assertEqual(read_claims(["batch-3"]), [Claim.AT_WORK])


class MetricsTests(BridgeCase):
    def test_a_bridge_shows_its_lag_and_what_it_has_done(self) -> None:
        self.put("a", "b")
        with self.celery(), self.bridging():
            self.await_true(lambda: self.lag() == 0, "commits")
            self.await_true(lambda: self.shown("gochat_bridge_lag") == 0.0, "no lag")
        self.assertEqual(self.shown("gochat_bridge_batches_total"), float(len(Script.batches)))

    def shown(self, name: str) -> float | None:
        """The figure of this test's bridge."""
        registry = CollectorRegistry()  # the process's own shows the database's figures too
        registry.register(BridgesCollector())
        return registry.get_sample_value(name, {"bridge": self.spec.name})
