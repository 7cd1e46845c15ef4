"""What a summary costs, who is told, and what stops it."""

from unittest.mock import patch

from ai_agent.digests import asking, jobs
from ai_agent.models import AiLimits, LedgerEntry, ModelUse, Reservation
from ai_agent.services import ledger, limits
from ai_agent.services.budgets import used_today
from core.redis import get_redis
from tests.ai_agent.digest_case import DigestCase
from tests.factories import make_client
from tests.fakes.openai import Reply


class CostTests(DigestCase):
    """Budgets, the switch and the ledger."""

    def test_it_is_counted_against_the_reader_and_the_site(self) -> None:
        self.say("a plan")
        with self.model("A plan [1].") as model:
            self.ask_summary()
        use = ModelUse.objects.get()
        self.assertEqual((use.model, use.purpose, use.requests), ("fake-model", "summary", 1))
        spent = use.prompt_tokens + use.completion_tokens
        self.assertEqual((used_today(user_id=self.ann.pk), used_today()), (spent, spent))
        self.assertEqual(model.requests[0].body["max_tokens"], asking.MAX_ANSWER_TOKENS)

    def test_a_used_up_budget_refuses_in_the_readers_language_and_nothing_leaves(self) -> None:
        self.say("a plan")
        AiLimits.objects.create(daily_tokens_per_user=100)
        with self.model() as model:
            refused = self.ask_summary(status=429)
            self.assertEqual((refused["code"], refused["details"]["scope"]), ("RATE_LIMITED", "user"))
            self.assertIn("resets_at", refused["details"])
            self.assertIn("share of AI", refused["message"])
            self.assertIn("今天", self.ask_summary(status=429, language="zh-hans")["message"])
        self.assertEqual(model.requests, [])
        self.assertFalse(LedgerEntry.objects.exists())

    def test_switched_off_nothing_is_made_nor_given_out(self) -> None:
        self.say("a plan")
        with self.model("A plan [1].", "A plan [1].") as model:
            self.ask_summary()
            AiLimits.objects.create(is_on=False)
            limits.SWITCH.reload()
            self.addCleanup(limits.SWITCH.reload)
            refused = self.ask_summary(status=403)
            self.assertEqual(refused["details"], {"scope": "off", "resets_at": None})
            AiLimits.objects.all().delete()
        self.assertEqual(len(model.requests), 1)

    def test_the_switch_ends_an_answer_that_is_under_way(self) -> None:
        self.say("a plan")
        with patch.object(asking, "is_on", return_value=False), self.model("A plan [1]."):
            summary = self.ask_summary()
        self.assertNotIn("A plan", summary["text"])
        self.assertEqual(Reservation.objects.count(), 0)

    def test_the_ledger_is_written_before_the_request_leaves_and_shown_to_each_writer(self) -> None:
        mine, theirs = self.say("a plan"), self.say("another", self.cho)
        seen: list[int] = []

        def answer(_body: object) -> Reply:
            seen.append(len(written))
            return Reply("Plans [1][2].")

        written: list[object] = []
        real = ledger.record_use

        def record(**use: object) -> None:
            real(**use)  # type: ignore[arg-type] # passed through
            written.append(use)

        with patch.object(asking, "record_use", record), self.model(default=answer):
            self.ask_summary()
        self.assertEqual(seen, [1])
        page = make_client(self.ben).get("/api/v1/users/me/ai-ledger").json()
        [line] = page["results"]
        self.assertEqual((line["message_id"], line["seq"], line["purpose"]), (str(mine.pk), mine.seq, "summary"))
        self.assertEqual((line["asked_by"], line["agent_id"], line["model"]), (str(self.ann.pk), None, "fake-model"))
        self.assertIsNone(page["next_cursor"])
        [line] = make_client(self.cho).get("/api/v1/users/me/ai-ledger").json()["results"]
        self.assertEqual(line["message_id"], str(theirs.pk))
        self.assertEqual(make_client(self.eve).get("/api/v1/users/me/ai-ledger").json()["results"], [])


class ClaimTests(DigestCase):
    def test_a_task_that_died_blocks_nobody_for_longer_than_its_claim(self) -> None:
        self.say("a plan")
        self.is_slow = True
        self.ask_summary(status=202)
        job = jobs.Job(**self.tasks[0][0])
        self.assertIn(get_redis().ttl(job.key), range(1, jobs.RUNNING_S + 1))
        get_redis().delete(job.key)  # as its end does
        self.ask_summary(status=202)
        self.assertEqual(len(self.tasks), 2)
