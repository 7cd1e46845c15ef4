"""What beat has done for AI: the names that it calls are tasks, and they do it."""

from django.conf import settings
from django.test import TestCase

from ai_agent import tasks
from ai_agent.models import LedgerEntry, Reservation
from ai_agent.services import budgets
from ai_agent.services.budgets import check, used_today
from core import clock
from gochat_site.celery import app
from tests.factories import fake_clock, make_user


class SweepTests(TestCase):
    def test_beat_calls_tasks_that_there_are(self) -> None:
        called = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
        mine = {tasks.release_reservations.name, tasks.forget_use.name}
        self.assertLessEqual(mine, called)
        self.assertLessEqual(mine, set(app.tasks))

    def test_digests_wait_where_agents_work(self) -> None:
        self.assertEqual(settings.CELERY_TASK_ROUTES[tasks.make_digest.name], {"queue": "agent"})

    def test_what_died_with_its_process_and_what_is_old_goes(self) -> None:
        ann = make_user("ann")
        with fake_clock() as now:
            check(ann.pk, None, tokens=100)
            LedgerEntry.objects.create(
                message_id=1, conversation_id=1, seq=1, sender_id=ann.pk, model="m", purpose="answer", asked_by_id=1,
                at=clock.now(),
            )  # fmt: skip
            tasks.release_reservations()
            tasks.forget_use()
            self.assertEqual((Reservation.objects.count(), LedgerEntry.objects.count()), (1, 1))
            now.advance(budgets.RESERVED_S + 1)
            tasks.release_reservations()
            self.assertEqual((Reservation.objects.count(), used_today(user_id=ann.pk)), (0, 0))
            now.advance((settings.AI_LEDGER_KEPT_DAYS + 1) * 86_400.0)
            tasks.forget_use()
            self.assertFalse(LedgerEntry.objects.exists())
