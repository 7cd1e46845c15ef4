"""A bridge with a lane for each key: one conversation's records in order and one at a time, many conversations side by
side, and no offset committed past an open record."""

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence

import msgspec
from django.test import SimpleTestCase

from core.bridges import BridgeItem, Refused, TryAgainError
from core.bridges.offsets import Offsets
from tests.core.bridge_case import BridgeCase, Script

THREADS = 6


class KeyedCase(BridgeCase):
    """Records are `key:number`, and a handler may hold those of a key back."""

    def setUp(self) -> None:
        super().setUp()
        self.spec = msgspec.structs.replace(self.spec, lane_by="key", max_in_flight=THREADS, max_records=1)
        self.held: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self.holding: set[str] = set()
        self.guard = threading.Lock()
        self.at_work: Counter[str] = Counter()
        self.most = self.most_of_a_key = 0
        self.done: list[str] = []
        Script.handle = self.handle

    def ask(self, *names: str) -> None:
        """Store records, each under the key before its colon."""
        for name in names:
            self.store(self.topic, [name.encode()], key=name.partition(":")[0].encode(), partition=0)

    def hold(self, *keys: str) -> None:
        """Let records of these keys wait until `release`."""
        self.holding = set(keys)

    def release(self, *keys: str) -> None:
        """Let them go on."""
        for key in keys:
            self.held[key].set()

    def handle(self, items: Sequence[BridgeItem]) -> list[Refused]:
        """Count who is at work, wait where the test says so."""
        name = items[0].value.decode()
        key = name.partition(":")[0]
        with self.guard:
            self.at_work[key] += 1
            self.most = max(self.most, self.at_work.total())
            self.most_of_a_key = max(self.most_of_a_key, self.at_work[key])
        if key in self.holding:
            self.assertTrue(self.held[key].wait(30))
        with self.guard:
            self.at_work[key] -= 1
            self.done.append(name)
        return []


class KeyedLanesTests(KeyedCase):
    def test_a_conversation_that_takes_long_holds_back_no_other_and_its_own_keep_their_order(self) -> None:
        self.hold("slow")
        self.ask("slow:1", "a:1", "slow:2", "b:1", "a:2", "slow:3", "b:2")
        with self.celery(threads=THREADS), self.bridging():
            self.await_true(lambda: len(self.done) == 4, "the other conversations")
            self.assertEqual([name for name in self.done if name[0] == "a"], ["a:1", "a:2"])
            self.assertEqual([name for name in self.done if name[0] == "b"], ["b:1", "b:2"])
            self.assertEqual(self.at_work["slow"], 1)
            self.release("slow")
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual([name for name in self.done if name[0] == "s"], ["slow:1", "slow:2", "slow:3"])
        self.assertEqual(self.most_of_a_key, 1)

    def test_nothing_is_committed_past_the_lowest_open_record(self) -> None:
        self.hold("slow")
        self.ask("a:1", "slow:1", "b:1", "c:1")
        with self.celery(threads=THREADS), self.bridging():
            self.await_true(lambda: len(self.done) == 3, "the others")
            self.await_true(lambda: self.lag() == 3, "the commit of the first alone")
            threading.Event().wait(0.6)  # two more commits' time
            self.assertEqual(self.lag(), 3)
            self.release("slow")
            self.await_true(lambda: self.lag() == 0, "the rest")

    def test_no_more_than_the_spec_says_are_in_flight(self) -> None:
        keys = [f"k{number}" for number in range(3 * THREADS)]
        self.hold(*keys)
        self.ask(*(f"{key}:1" for key in keys))
        with self.celery(threads=2 * THREADS), self.bridging():
            self.await_true(lambda: self.at_work.total() == THREADS, "a full house")
            threading.Event().wait(0.5)
            self.assertEqual(self.at_work.total(), THREADS)
            self.release(*keys)
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.most, THREADS)
        self.assertEqual(sorted(self.done), sorted(f"{key}:1" for key in keys))

    def test_what_is_done_behind_an_open_record_is_handed_out_again_by_the_next_bridge_and_nothing_is_lost(
        self,
    ) -> None:
        self.hold("slow")
        self.ask("slow:1", "a:1", "b:1")
        with self.celery(threads=THREADS):
            with self.bridging() as first:
                self.await_true(lambda: len(self.done) == 2, "the others")
                first._finish = lambda: None  # type: ignore[method-assign]  # it dies instead of waiting
            self.assertEqual(self.lag(), 3)
            self.release("slow")
            with self.bridging():
                self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(Counter(self.done)["a:1"], 2)
        self.assertIn("slow:1", self.done)

    def test_a_record_that_has_to_wait_delays_its_own_conversation_only(self) -> None:
        tries: Counter[str] = Counter()

        def handle(items: Sequence[BridgeItem]) -> list[Refused]:
            name = items[0].value.decode()
            tries[name] += 1
            if name == "away:1" and tries[name] < 4:
                raise TryAgainError("the model is away")
            return self.handle(items)

        Script.handle = handle
        self.ask("away:1", "away:2", "a:1")
        with self.celery(threads=THREADS), self.bridging():
            self.await_true(lambda: self.lag() == 0, "commits")
        self.assertEqual(self.done[0], "a:1")
        self.assertEqual(self.done[1:], ["away:1", "away:2"])
        self.assertEqual(tries, {"away:1": 4, "away:2": 1, "a:1": 1})


class OffsetsTests(SimpleTestCase):
    def test_only_what_has_nothing_open_before_it_may_be_committed(self) -> None:
        offsets = Offsets()
        for offset in (3, 4, 7, 8):
            offsets.open(offset)
        self.assertIsNone(offsets.close(7))
        self.assertEqual(offsets.close(3), 4)
        self.assertEqual(offsets.close(4), 8)
        self.assertEqual(offsets.close(8), 9)
