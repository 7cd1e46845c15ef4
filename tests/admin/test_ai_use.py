"""The admin of AI: what was used and what it cost, and the ledger."""

from datetime import timedelta
from typing import Any

from django.urls import reverse

from ai_agent.dashboard import SPEND
from ai_agent.models import AiLimits, LedgerEntry, ModelUse
from ai_agent.services.agents import make_agent
from core import clock
from tests.admin.case import AdminCase
from tests.factories import make_user


class UsePageTests(AdminCase):
    def use(self, days_ago: int = 0, **fields: Any) -> None:
        """A day of use."""
        day = clock.now().date() - timedelta(days=days_ago)
        values = {"model": "m", "purpose": "answer", "requests": 1, "prompt_tokens": 900, "completion_tokens": 100}
        ModelUse.objects.create(**{"day": day, "cost_micros": 2_500_000, **values, **fields})

    def test_the_charts_add_up_the_last_thirty_days(self) -> None:
        agent = make_agent(username="helper", display_name="Helper")
        AiLimits.objects.create(currency="CNY")
        self.use(0, agent_id=agent.pk)
        self.use(29, model="other", purpose="brief")
        self.use(30, model="too old")
        response = self.client.get(reverse("admin:ai_agent_modeluse_changelist"))
        requests, tokens, cost = response.context["use_charts"]
        self.assertEqual((requests["total"], cost["total"]), ("2", "5.0"))
        self.assertEqual(tokens["total"].replace(",", ""), "2000")
        by_model, by_agent = response.context["use_tables"]
        self.assertEqual({row["name"] for row in by_model["rows"]}, {"m", "other"})
        self.assertEqual({row["name"] for row in by_agent["rows"]}, {"Helper", "summaries and briefs"})
        page = response.content.decode()
        self.assertEqual(page.count("<svg viewBox"), 3)
        self.assertIn("CNY", page)

    def test_a_year_of_use_costs_no_more_queries_than_a_day(self) -> None:
        address = reverse("admin:ai_agent_modeluse_changelist")
        self.use()
        before = self.count_queries(address)
        for days_ago in range(1, 60):
            self.use(days_ago, agent_id=days_ago)
        self.assertEqual(self.count_queries(address), before)

    def test_the_first_page_says_what_today_has_cost_and_whether_it_is_off(self) -> None:
        AiLimits.objects.create(daily_tokens=10_000)
        self.use()
        self.use(1)
        shown = SPEND.show(SPEND.read())
        self.assertEqual((shown.value, shown.is_late), ("2.5 USD", False))
        self.assertIn("1000", shown.note.replace(",", ""))
        AiLimits.objects.update(is_on=False)
        shown = SPEND.show(SPEND.read())
        self.assertTrue(shown.is_late)
        self.assertIn("switched off", shown.note)
        self.assertIn("AI today", self.get_page(reverse("admin:index")))


class LedgerPageTests(AdminCase):
    def test_it_is_looked_at_and_found_by_message_and_writer_and_never_changed(self) -> None:
        ann, ben = make_user("ann"), make_user("ben")
        for number, sender in enumerate((ann, ben), 1):
            LedgerEntry.objects.create(
                message_id=(1 << 30) + number,
                conversation_id=1,
                seq=number,
                sender_id=sender.pk,
                model=f"model-{number}",
                purpose="answer",
                asked_by_id=ben.pk,
            )
        self.assertIn("model-1", self.get_list("ai_agent_ledgerentry"))
        for term in (str((1 << 30) + 1), str(ann.pk), "ANN"):
            page = self.get_list("ai_agent_ledgerentry", q=term)
            self.assertIn("model-1", page, term)
            self.assertNotIn("model-2", page, term)
        entry = LedgerEntry.objects.order_by("pk")[0]
        self.assertIn("model-1", self.get_detail("ai_agent_ledgerentry", entry.pk))
        for page in ("change", "delete"):
            address = reverse(f"admin:ai_agent_ledgerentry_{page}", args=[entry.pk])
            self.assertEqual(self.client.post(address, {"model": "x"}).status_code, 403)
        self.assertEqual(self.client.get(reverse("admin:ai_agent_ledgerentry_add")).status_code, 403)

    def test_the_list_looks_names_up_once(self) -> None:
        address = reverse("admin:ai_agent_ledgerentry_changelist")
        for number in range(1, 40):
            LedgerEntry.objects.create(
                message_id=number, conversation_id=1, seq=number, sender_id=make_user().pk, model="m",
                purpose="answer", asked_by_id=make_user().pk, agent_id=make_user().pk,
            )  # fmt: skip
            if number == 1:
                before = self.count_queries(address)
        self.assertEqual(self.count_queries(address), before)
