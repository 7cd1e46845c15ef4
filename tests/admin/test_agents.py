"""The admin of AI: agents, the switch, budgets and prices."""

import io
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import User, UserKind
from ai_agent import roster
from ai_agent.models import Agent, AiLimits, ModelPrice
from ai_agent.services import limits
from ai_agent.services.agents import make_agent
from ai_agent.services.budgets import BudgetExceededError, check, cost_at_most
from core.redis import get_redis
from files.services.avatars import find_avatar
from moderation.models import AuditEntry
from tests.admin.case import AdminCase
from tests.factories import make_user


def picture(kind: str = "PNG") -> bytes:
    """A small red picture."""
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(data, kind)
    return data.getvalue()


class AiAdminCase(AdminCase):
    def form(self, **fields: Any) -> dict[str, Any]:
        """The form of an agent, filled in."""
        return {
            "username": "helper",
            "display_name": "Helper",
            "description": "Helps",
            "model": "",
            "system_prompt": "Be brief.",
            "greeting": "Hello!",
            "uses_retrieval": "on",
            "max_answer_tokens": "800",
            "daily_tokens_per_user": "20000",
            "daily_tokens": "0",
            "enabled": "on",
            "why": "we want one",
            **fields,
        }

    def send(self, page: str, fields: dict[str, Any], *keys: Any) -> Any:
        """A form, sent."""
        return self.client.post(reverse(f"admin:ai_agent_{page}", args=keys), fields)

    def acts(self) -> list[tuple[str, str]]:
        """What the audit has of the staff: acts and reasons, oldest first."""
        rows = AuditEntry.objects.filter(actor_id=self.staff.pk).order_by("pk")
        return list(rows.values_list("action", "why"))

    def errors(self, response: Any) -> dict[str, Any]:
        """What a form was refused for."""
        self.assertEqual(response.status_code, 200)
        found: dict[str, Any] = response.context["adminform"].form.errors
        return found


class AgentPageTests(AiAdminCase):
    def test_a_new_agent_is_a_user_of_its_kind_who_cannot_log_in_and_the_act_is_written_down(self) -> None:
        self.assertEqual(self.send("agent_add", self.form()).status_code, 302)
        agent = Agent.objects.select_related("user").get()
        self.assertEqual((agent.user.username, agent.user.display_name), ("helper", "Helper"))
        self.assertEqual((agent.user.kind, agent.user.has_usable_password()), (UserKind.AGENT, False))
        self.assertEqual((agent.system_prompt, agent.max_answer_tokens, agent.enabled), ("Be brief.", 800, True))
        self.assertEqual(self.acts(), [("ai-agent-added", "we want one")])
        self.assertIn("Helper (@helper)", self.get_list("ai_agent_agent"))

    def test_a_change_reaches_every_process_and_the_audit_names_fields_but_not_what_they_hold(self) -> None:
        agent = make_agent(username="helper", display_name="Helper", system_prompt="secret words")
        with self.captureOnCommitCallbacks(execute=True), patch.object(roster, "note_change") as noted:
            self.send("agent_change", self.form(display_name="Butler", system_prompt="other words"), agent.pk)
        noted.assert_called_once_with()
        agent.refresh_from_db()
        self.assertEqual((agent.system_prompt, User.objects.get(pk=agent.pk).display_name), ("other words", "Butler"))
        entry = AuditEntry.objects.get(action="ai-agent-changed")
        self.assertEqual(set(entry.details), {"fields"})
        self.assertLessEqual({"system_prompt", "display_name"}, set(entry.details["fields"]))
        self.assertNotIn("words", str(entry.details))

    def test_a_name_that_is_taken_or_unfit_is_refused_in_the_form(self) -> None:
        make_user("Helper")
        self.assertIn("username", self.errors(self.send("agent_add", self.form())))
        self.assertIn("username", self.errors(self.send("agent_add", self.form(username="x y"))))
        self.assertIn("display_name", self.errors(self.send("agent_add", self.form(display_name="a\u200eb"))))
        self.assertFalse(Agent.objects.exists())

    def test_the_username_stays_as_it_is(self) -> None:
        agent = make_agent(username="helper", display_name="Helper")
        self.send("agent_change", self.form(username="other"), agent.pk)
        self.assertEqual(User.objects.get(pk=agent.pk).username, "helper")

    def test_a_change_needs_a_reason_and_a_budget_that_suffices_for_an_answer(self) -> None:
        self.assertIn("why", self.errors(self.send("agent_add", self.form(why=""))))
        self.assertIn(
            "daily_tokens", self.errors(self.send("agent_add", self.form(daily_tokens=str(cost_at_most(800) - 1))))
        )

    def test_its_picture_is_made_like_anyones_and_can_be_taken_away(self) -> None:
        storages = self.settings(STORAGES={**settings.STORAGES, "files": settings.FILE_STORAGE})
        storages.enable()
        self.addCleanup(storages.disable)
        with self.captureOnCommitCallbacks(execute=True):
            self.send("agent_add", self.form(picture=SimpleUploadedFile("a.png", picture())))
        agent = Agent.objects.get()
        token = agent.user.avatar
        self.assertTrue((find_avatar(token) or b"").startswith(b"RIFF"))
        self.send("agent_change", self.form(), agent.pk)
        self.assertEqual(User.objects.get(pk=agent.pk).avatar, token)
        with self.captureOnCommitCallbacks(execute=True):
            self.send("agent_change", self.form(no_picture="on"), agent.pk)
        self.assertEqual(User.objects.get(pk=agent.pk).avatar, "")
        self.assertIsNone(find_avatar(token))

    def test_what_is_no_picture_is_refused_in_the_form(self) -> None:
        for data in (b"<html>", picture()[:60], picture("BMP")):
            upload = SimpleUploadedFile("a.png", data)
            self.assertIn("picture", self.errors(self.send("agent_add", self.form(picture=upload))))

    def test_agents_are_switched_in_the_list_and_each_switch_is_written_down(self) -> None:
        agents = [make_agent(username=f"helper-{number}", display_name="Helper") for number in range(2)]
        self.act("ai_agent_agent", "switch_off", *[agent.pk for agent in agents])
        self.act("ai_agent_agent", "switch_off", agents[0].pk)
        self.assertEqual(Agent.objects.filter(enabled=False).count(), 2)
        with self.assertRaises(BudgetExceededError):
            check(self.staff.pk, agents[0].pk)
        self.act("ai_agent_agent", "switch_on", agents[0].pk)
        check(self.staff.pk, agents[0].pk)
        acts = [action for action, _why in self.acts()]
        self.assertEqual(acts, ["ai-agent-switched-off", "ai-agent-switched-off", "ai-agent-switched-on"])

    def test_nobody_deletes_an_agent(self) -> None:
        agent = make_agent(username="helper", display_name="Helper")
        self.assertEqual(self.client.get(reverse("admin:ai_agent_agent_delete", args=[agent.pk])).status_code, 403)

    def test_who_may_only_look_sees_the_prompt_and_no_form(self) -> None:
        agent = make_agent(username="helper", display_name="Helper", system_prompt="Be brief.")
        self.client.force_login(self.make_moderator("view_agent"))
        page = self.get_detail("ai_agent_agent", agent.pk)
        self.assertIn("Be brief.", page)
        self.assertNotIn('name="why"', page)
        self.assertEqual(self.send("agent_change", self.form(), agent.pk).status_code, 403)

    def test_the_list_costs_the_same_however_many_there_are(self) -> None:
        address = reverse("admin:ai_agent_agent_changelist")
        make_agent(username="helper", display_name="Helper")
        before = self.count_queries(address)
        for number in range(20):
            make_agent(username=f"helper-{number}", display_name="Helper")
        self.assertEqual(self.count_queries(address), before)


class SwitchTests(AiAdminCase):
    def setUp(self) -> None:
        super().setUp()
        get_redis().flushdb()
        self.addCleanup(limits.SWITCH.reload)

    def test_the_switch_stops_all_of_ai_at_once_and_tells_every_process(self) -> None:
        agent = make_agent(username="helper", display_name="Helper")
        self.get_list_page()
        with self.captureOnCommitCallbacks(execute=True):
            self.confirm("ai_agent_ailimits", "switch_off", AiLimits.ONLY, why="it talks nonsense")
        for agent_id in (agent.pk, None):
            with self.assertRaises(BudgetExceededError) as raised:
                check(self.staff.pk, agent_id)
            self.assertEqual(raised.exception.scope, "off")
        self.assertFalse(limits.SWITCH.reload())
        self.assertEqual(get_redis().get(limits.SWITCH._key()), b"1")
        self.confirm("ai_agent_ailimits", "switch_on", AiLimits.ONLY, why="it is mended")
        check(self.staff.pk, agent.pk)
        self.assertEqual(self.acts(), [("ai-switched-off", "it talks nonsense"), ("ai-switched-on", "it is mended")])

    def get_list_page(self) -> str:
        response = self.client.get(reverse("admin:ai_agent_ailimits_changelist"), follow=True)
        self.assertEqual(response.status_code, 200)
        return response.content.decode()

    def test_only_the_switch_that_does_something_is_there(self) -> None:
        off, on = (reverse(f"admin:ai_agent_ailimits_{name}", args=[1]) for name in ("switch_off", "switch_on"))
        page = self.get_list_page()
        self.assertIn(off, page)
        self.assertNotIn(on, page)
        self.assertIn(">AI is switched on.<", page)
        AiLimits.objects.update(is_on=False)
        page = self.get_list_page()
        self.assertIn(on, page)
        self.assertNotIn(off, page)
        self.assertIn(">AI is switched off.<", page)

    def test_setting_budgets_leaves_the_switch_alone_and_says_what_was_set(self) -> None:
        AiLimits.objects.create(is_on=False)
        sent = {"daily_tokens": "90000", "daily_tokens_per_user": "20000", "currency": "cny", "why": "cheaper"}
        self.assertEqual(self.send("ailimits_change", sent, 1).status_code, 302)
        row = AiLimits.objects.get()
        self.assertEqual((row.daily_tokens, row.daily_tokens_per_user, row.currency), (90_000, 20_000, "CNY"))
        self.assertFalse(row.is_on)
        entry = AuditEntry.objects.get(action="ai-budgets-set")
        self.assertEqual(entry.details["to"]["daily_tokens"], 90_000)
        self.assertIn("currency", self.errors(self.send("ailimits_change", {**sent, "currency": "€"}, 1)))
        self.assertIn("daily_tokens", self.errors(self.send("ailimits_change", {**sent, "daily_tokens": "9"}, 1)))

    def test_prices_are_kept_with_a_reason(self) -> None:
        sent = {"model": "m", "prompt_per_million": "2.5", "completion_per_million": "10", "why": "new list"}
        self.assertEqual(self.send("modelprice_add", sent).status_code, 302)
        price = ModelPrice.objects.get()
        self.assertEqual(price.prompt_per_million, Decimal("2.5"))
        self.send("modelprice_change", {**sent, "prompt_per_million": "3", "why": "dearer"}, price.pk)
        self.send("modelprice_delete", {"post": "yes"}, price.pk)
        self.assertFalse(ModelPrice.objects.exists())
        self.assertEqual([action for action, _why in self.acts()], ["ai-price-set", "ai-price-set", "ai-price-deleted"])
