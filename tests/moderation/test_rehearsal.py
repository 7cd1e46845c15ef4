"""Rehearsing: every message of the time is looked at once, however often the work is interrupted; none is changed."""

from datetime import timedelta
from unittest import mock

from django.test import RequestFactory

from core import clock
from core.ids import split_log_id
from messaging.models import Conversation, Message
from moderation.models import AuditEntry, FilterRehearsal, FilterRule
from moderation.services import filtering_rehearsal
from moderation.services.filtering_rehearsal import (
    access_samples,
    cancel_rehearsals,
    rehearse,
    resume_rehearsals,
    start_rehearsal,
)
from tests.messaging.write_case import recall, text
from tests.moderation.filter_case import FilterCase

REQUEST = "moderation.services.filtering_rehearsal._request"


class RehearsalTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule = FilterRule.objects.create(pattern="发票", action="reject")
        for place in (self.direct, self.group):
            for line in ("hello", "开發票", "发 票", "票发"):
                self.store(self.ann, text(place, line))

    def start(self) -> FilterRehearsal:
        return start_rehearsal(self.rule, actor=self.moderator)

    def finish(self, rehearsal: FilterRehearsal) -> FilterRehearsal:
        """Slice after slice, as the worker does it."""
        with mock.patch(REQUEST) as request:
            for _ in range(100):
                request.reset_mock()
                rehearse(rehearsal.pk)
                if not request.called:
                    break
        rehearsal.refresh_from_db()
        return rehearsal

    def test_it_counts_hits_by_day_and_leaves_the_messages_alone(self) -> None:
        Message.objects.filter(conversation_id=self.direct.pk).update(created_at=clock.now() - timedelta(days=3))
        before = list(Message.objects.order_by("pk").values())
        done = self.finish(self.start())
        days = [(clock.now() - timedelta(days=back)).date().isoformat() for back in (3, 0)]
        self.assertEqual((done.state, done.scanned, done.hits), ("done", 8, 4))
        self.assertEqual(done.by_day, {days[0]: 2, days[1]: 2})
        self.assertEqual(list(Message.objects.order_by("pk").values()), before)

    def test_what_is_older_is_not_looked_at(self) -> None:
        old = clock.now() - timedelta(days=31)
        Message.objects.filter(conversation_id=self.direct.pk).update(created_at=old)
        self.assertEqual(self.finish(self.start()).scanned, 4)

    def test_many_slices_and_pages_count_the_same_as_one(self) -> None:
        with mock.patch.multiple(filtering_rehearsal, SLICE_S=0.0, _PAGE=1, _CONVERSATIONS=1):
            rehearsal = self.start()
            with mock.patch(REQUEST):
                rehearse(rehearsal.pk)
            self.assertEqual(FilterRehearsal.objects.get(pk=rehearsal.pk).scanned, 0)
        with mock.patch.multiple(filtering_rehearsal, _PAGE=1, _CONVERSATIONS=1):
            done = self.finish(rehearsal)
        self.assertEqual((done.scanned, done.hits), (8, 4))

    def test_a_slice_that_dies_counts_nothing(self) -> None:
        rehearsal = self.start()
        with (
            mock.patch.object(FilterRehearsal, "save", side_effect=ZeroDivisionError),
            self.assertRaises(ZeroDivisionError),
        ):
            rehearse(rehearsal.pk)
        self.assertEqual(self.finish(rehearsal).scanned, 8)

    def test_it_stops_at_its_bound_and_says_so(self) -> None:
        with mock.patch.object(filtering_rehearsal, "MAX_SCANNED", 4):
            done = self.finish(self.start())
        self.assertEqual((done.state, done.is_partial, done.scanned), ("done", True, 4))

    def test_a_new_one_ends_the_one_before_and_an_ended_one_stays_so(self) -> None:
        first = self.start()
        self.start()
        self.assertEqual(self.finish(first).state, "cancelled")
        cancel_rehearsals(self.rule)
        with mock.patch(REQUEST) as request:
            resume_rehearsals()
        request.assert_not_called()

    def test_the_sweep_goes_on_with_one_that_was_lost(self) -> None:
        rehearsal = self.start()
        with mock.patch(REQUEST) as request:
            resume_rehearsals()
        request.assert_called_once_with(rehearsal.pk)

    def test_excerpts_show_what_is_there_now_and_each_look_is_written_down(self) -> None:
        done = self.finish(self.start())
        chosen = Message.objects.get(pk=min(done.samples))
        self.store(self.ann, recall(Conversation.objects.get(pk=split_log_id(chosen.pk)[0]), str(chosen.pk)))
        shown = access_samples(done, actor=self.moderator, request=RequestFactory().get("/"))
        self.assertEqual(len(shown), 3)
        self.assertNotIn(chosen.pk, [one["id"] for one in shown])
        entry = AuditEntry.objects.get(action="looked-at-filter-samples")
        self.assertEqual((entry.actor_id, len(entry.details["messages"])), (self.moderator.pk, 3))
        self.assertNotIn("开", str(entry.details))
