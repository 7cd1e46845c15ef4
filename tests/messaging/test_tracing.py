"""The delivery trace: which entries are sampled, and the steps that they leave behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.test import SimpleTestCase, override_settings

from core.ids import log_id
from core.redis import get_redis
from messaging.delivery import tracing
from messaging.delivery.tracing import Sampler, Step, Tracer, note, note_positions, note_pushed, read_steps
from messaging.records import Push
from messaging.services.batch import Outgoing


@contextmanager
def written() -> Iterator[None]:
    """What is noted inside stands in Redis afterwards."""
    yield
    tracing.flush()


class SamplerTest(SimpleTestCase):
    def count(self, share: float, *, conversations: int = 40, seqs: int = 500) -> int:
        with override_settings(TRACE_SAMPLE=share):
            sampler = Sampler()
        return sum(sampler.takes(log_id(c, s)) for c in range(1, conversations + 1) for s in range(1, seqs + 1))

    def test_about_the_part_that_was_asked_for_is_taken(self) -> None:
        self.assertEqual(self.count(0), 0)
        self.assertEqual(self.count(1), 20_000)
        self.assertTrue(1800 < self.count(0.1) < 2200)
        self.assertTrue(150 < self.count(0.01) < 250)

    def test_short_logs_and_long_ones_are_taken_alike(self) -> None:
        self.assertTrue(60 < self.count(0.1, conversations=800, seqs=1) < 100)
        self.assertTrue(60 < self.count(0.1, conversations=1, seqs=800) < 100)

    def test_off_is_off(self) -> None:
        with override_settings(TRACE_SAMPLE=0):
            tracer = Tracer()
        item = Outgoing(7, 1, b"{}")
        tracer.mark([item], [])
        self.assertEqual(item.traced, 0)


@override_settings(TRACE_SAMPLE=1.0)
class StepsTest(SimpleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(get_redis().flushdb)

    def test_steps_come_back_in_the_order_of_their_clocks(self) -> None:
        with written():
            note(5, Step("pushed", 2000, "gw-1"))
            note(5, Step("stored", 1000, "host:1", count=3))
        self.assertEqual([step.name for step in read_steps(5) or []], ["stored", "pushed"])
        self.assertEqual(read_steps(6), [])

    def test_they_are_forgotten_in_time_and_are_no_more_than_so_many(self) -> None:
        with written():
            for number in range(tracing.MAX_STEPS + 20):
                note(5, Step("pushed", number, "gw-1"))
        self.assertEqual(len(read_steps(5) or []), tracing.MAX_STEPS)
        (key,) = get_redis().keys("*trace:5")
        self.assertTrue(0 < get_redis().ttl(key) <= 24 * 3600)

    def test_a_push_names_the_users_or_counts_them(self) -> None:
        with written():
            note_pushed("gw-1", Push(b"", users=[1, 2], trace=[8]), [1], 2)
            note_pushed("gw-1", Push(b"", sockets=["s"], trace=[9]), (), 1)
            note_pushed("gw-2", Push(b"", trace=[8]), range(tracing.MAX_NAMED + 1), 60)
        one, many = sorted(read_steps(8) or [], key=lambda step: step.gateway)
        self.assertEqual((one.name, one.gateway, one.count, one.users), ("pushed", "gw-1", 2, [1]))
        self.assertEqual((many.count, many.users), (60, []))
        self.assertEqual([step.name for step in read_steps(9) or []], ["acknowledged"])

    def test_a_route_is_noted_once_it_is_confirmed(self) -> None:
        tracer = Tracer()
        item = Outgoing(7, 3, b"{}")
        tracer.mark([item], [])
        self.assertEqual(item.traced, log_id(7, 3))
        tracer.add_route(tracing.PUBLISHED, [item.traced], {"gw-1": [1, 2]})
        tracer.add_route(tracing.QUEUED, [item.traced], {})
        tracing.flush()
        self.assertEqual(read_steps(item.traced), [])
        with written():
            tracer.finish()
        steps = {step.name: step for step in read_steps(item.traced) or []}
        self.assertEqual(steps["published"].users, [1, 2])
        self.assertEqual((steps["queued"].gateway, steps["queued"].count), ("", 0))
        with written():
            tracer.finish()
        self.assertEqual(len(read_steps(item.traced) or []), 2)

    def test_a_position_that_moves_notes_what_lies_between(self) -> None:
        with written():
            note_positions(7, 42, received=(3, 5), read=None)
            note_positions(7, 42, received=None, read=(0, 100_000))
        self.assertEqual(read_steps(log_id(7, 3)), [])
        for seq in (4, 5):
            self.assertEqual([(s.name, s.users) for s in read_steps(log_id(7, seq)) or []], [("received", [42])])
        self.assertEqual(len(get_redis().keys("*trace:*")), 2 + tracing.MAX_NAMED)

    def test_without_redis_nothing_is_raised_and_nothing_is_known(self) -> None:
        with mock.patch.object(tracing, "best_effort", return_value=None):
            note(5, Step("stored", 1, "host:1"))
            tracing.flush()
            self.assertIsNone(read_steps(5))
