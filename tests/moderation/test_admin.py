"""The moderators' pages, role by role: a report on its way, who reads evidence, what no page shows, what is audited."""

from datetime import timedelta

from django.test import override_settings
from django.urls import reverse
from django.utils.translation import gettext, override

from accounts.models import Session, User
from core import clock
from core.exports import escape_cell
from messaging.models import Message
from moderation.models import AuditEntry, BulkErasure, Case, CaseState, Sanction, SanctionKind
from moderation.services import appeals, sanctions
from moderation.services.reporting import report_flagged
from moderation.services.sanctions import NewSanction
from tests.admin.case import STATIC
from tests.factories import make_users
from tests.messaging.building import Log
from tests.moderation.case import acts_of, make_staff
from tests.moderation.pages_case import CANARY, WHY, PagesCase


class QueueTest(PagesCase):
    def test_a_moderator_takes_reads_mutes_and_resolves_and_all_of_it_is_in_the_audit(self) -> None:
        self.assertIn("result_list", self.get_list("moderation_case"))
        self.decide("moderation_case_claim", self.case.pk)
        page = self.client.post(self.evidence_address, {"reason": "to judge the report", "why": ""}).content.decode()
        self.assertIn(CANARY, page)
        chosen = {"kind": "mute", "duration": "3600", "preset": "insults", "reason": "", "conversation": "", "note": ""}
        self.assertIn("HX-Redirect", self.decide("moderation_case_sanction", self.case.pk, **chosen).headers)
        sanction = Sanction.objects.get()
        self.assertEqual((sanction.user, sanction.kind, sanction.case), (self.ben, SanctionKind.MUTE, self.case))
        assert sanction.ends_at is not None
        lasts = (sanction.ends_at - sanction.starts_at).total_seconds()
        self.assertAlmostEqual(lasts, 3600, delta=5)
        self.assertEqual(sanction.reason, "You insulted or harassed someone.")
        self.decide("moderation_case_resolve", self.case.pk, outcome="muted", answer="", note="")
        self.case.refresh_from_db()
        self.assertEqual(self.case.state, CaseState.RESOLVED)
        self.decide("moderation_sanction_lift", sanction.pk, why="enough")
        self.assertEqual(
            acts_of(self.moderator),
            ["claimed-report", "looked-at-evidence", "decided-mute", "resolved-report", "lifted-sanction"],
        )
        look = AuditEntry.objects.get(action="looked-at-evidence")
        self.assertEqual(
            (look.why, look.target_id, look.address), ("to judge the report", str(self.case.pk), "127.0.0.1")
        )

    def test_a_refusal_is_said_and_changes_nothing(self) -> None:
        self.decide("moderation_case_claim", self.case.pk)
        self.enter(self.colleague)
        response = self.decide("moderation_case_claim", self.case.pk)
        self.case.refresh_from_db()
        self.assertEqual(self.case.claimed_by, self.moderator)
        self.assertIn("Someone else has taken", self.client.get(response.headers["HX-Redirect"]).content.decode())

    def test_a_sanction_without_a_reason_is_not_decided(self) -> None:
        chosen = {"kind": "ban", "duration": "0", "preset": "", "reason": " ", "conversation": "", "note": ""}
        response = self.decide("moderation_case_sanction", self.case.pk, **chosen)
        self.assertIn("must be given a reason", response.content.decode())
        self.assertFalse(Sanction.objects.exists())

    def test_a_preset_reason_is_in_the_language_of_who_reads_it(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(settings={"language": "zh-CN"})
        chosen = {"kind": "mute", "duration": "3600", "preset": "insults", "reason": "Twice.", "conversation": ""}
        self.decide("accounts_user_sanction", self.ben.pk, **chosen, note="")
        with override("zh-hans"):
            words = gettext("You insulted or harassed someone.")
        self.assertEqual(Sanction.objects.get().reason, f"{words} Twice.")
        self.assertNotIn("insulted", words)

    def test_a_report_shows_no_lines_for_what_has_not_happened(self) -> None:
        page = self.get_detail("moderation_case", self.case.pk)
        for label in ("Claimed by", "Resolved by", "Answer to the reporters"):
            self.assertNotIn(label, page)
        self.decide("moderation_case_claim", self.case.pk)
        self.assertIn("Claimed by", self.get_detail("moderation_case", self.case.pk))

    def test_the_queue_shows_what_waits_and_the_rest_on_demand(self) -> None:
        Case.objects.update(state=CaseState.RESOLVED, resolved_at=clock.now())
        self.assertNotIn("result_list", self.get_list("moderation_case"))
        for queue in ("resolved", "all"):
            self.assertIn("result_list", self.get_list("moderation_case", queue=queue))
        self.assertNotIn("result_list", self.get_list("moderation_case", queue="mine"))

    def test_chosen_reports_are_taken_but_not_those_of_someone_else(self) -> None:
        other = Log(self.group).send(self.ben, "more")
        report_flagged(other.pk, comment="rule 2")
        first, second = Case.objects.order_by("pk")
        Case.objects.filter(pk=first.pk).update(state=CaseState.CLAIMED, claimed_by=self.colleague)
        self.act("moderation_case", "claim_selected", first.pk, second.pk)
        self.assertEqual(
            list(Case.objects.order_by("pk").values_list("claimed_by__username", flat=True)), ["colleague", "mo"]
        )

    def test_hiding_from_a_report_hides_the_message_and_showing_brings_it_back(self) -> None:
        self.decide("moderation_case_hide", self.case.pk, **WHY)
        self.assertIsNotNone(Message.objects.get(pk=self.message.pk).hidden_at)
        self.decide("moderation_case_restore", self.case.pk, **WHY)
        self.assertIsNone(Message.objects.get(pk=self.message.pk).hidden_at)


class EvidenceTest(PagesCase):
    def test_without_a_reason_nothing_is_shown_and_nothing_is_written_down(self) -> None:
        for response in (self.client.get(self.evidence_address), self.client.post(self.evidence_address, {"why": " "})):
            self.assertEqual(response.status_code, 200)
            self.assertNotIn(CANARY, response.content.decode())
        self.assertEqual(acts_of(self.moderator), [])

    def test_roles_that_do_not_judge_are_refused(self) -> None:
        for role in ("support", "operator", "auditor"):
            self.client.force_login(make_staff(role, f"{role}-1"))
            for call in (self.client.get, self.client.post):
                self.assertEqual(call(self.evidence_address, {"why": "curious"}).status_code, 403, role)
        self.client.force_login(self.ann)
        self.assertEqual(self.client.get(self.evidence_address).status_code, 302)
        self.assertFalse(AuditEntry.objects.filter(action="looked-at-evidence").exists())

    def test_no_other_page_shows_what_was_written(self) -> None:
        pages = [
            self.get_list("moderation_case"),
            self.get_detail("moderation_case", self.case.pk),
            self.get_detail("messaging_message", self.message.pk),
            self.get_detail("accounts_user", self.ben.pk),
        ]
        for page in pages:
            self.assertNotIn(CANARY, page)

    def test_what_was_erased_by_time_says_so(self) -> None:
        self.case.evidence.erased_at = clock.now()
        self.case.evidence.save()
        page = self.client.post(self.evidence_address, {"reason": "to judge the report"}).content.decode()
        self.assertIn("has been erased", page)
        self.assertEqual(self.client.get(reverse("admin:moderation_case_evidence", args=[10**9])).status_code, 404)


class RightsTest(PagesCase):
    def test_who_only_looks_cannot_act(self) -> None:
        self.enter(make_staff("auditor"))
        self.get_detail("moderation_case", self.case.pk)
        for page, key, fields in (
            ("moderation_case_claim", self.case.pk, {}),
            ("moderation_case_resolve", self.case.pk, {"outcome": "muted", "answer": "", "note": ""}),
            ("moderation_case_sanction", self.case.pk, {"kind": "ban", "duration": "0", "preset": "spam"}),
            ("moderation_case_hide", self.case.pk, WHY),
            ("accounts_user_sanction", self.ben.pk, {"kind": "ban", "duration": "0", "preset": "spam"}),
            ("accounts_user_end_all_sessions", self.ben.pk, {}),
            ("messaging_message_hide", self.message.pk, WHY),
        ):
            self.assertEqual(self.decide(page, key, **fields).status_code, 403, page)
        address = reverse("admin:accounts_user_erase_messages", args=[self.ben.pk])
        self.assertEqual(self.client.post(address, {"confirm": "1", **WHY}).status_code, 403)
        self.assertFalse(Sanction.objects.exists() or BulkErasure.objects.exists())

    def test_support_sees_reports_but_not_who_complained(self) -> None:
        self.enter(make_staff("support"))
        self.assertNotIn("rule 1", self.get_detail("moderation_case", self.case.pk))

    def test_staff_cannot_be_signed_out_by_a_moderator(self) -> None:
        response = self.decide("accounts_user_end_all_sessions", self.colleague.pk)
        self.assertEqual(response.status_code, 403)


class PeopleTest(PagesCase):
    def test_the_page_of_a_person_has_devices_sanctions_reports_and_groups(self) -> None:
        Session.objects.create(user=self.ben, device_name="Ben's phone", expires_at=clock.now() + timedelta(days=1))
        new = NewSanction(user_id=self.ben.pk, kind=SanctionKind.WARN, reason="Insults")
        sanctions.impose(new, actor=self.moderator)
        page = self.get_detail("accounts_user", self.ben.pk)
        for shown in ("Ben&#x27;s phone", "warning", f"#{self.case.pk} word filter", self.group.title):
            self.assertIn(shown, page)

    def test_a_moderator_ends_the_sessions_of_a_person(self) -> None:
        Session.objects.create(user=self.ben, expires_at=clock.now() + timedelta(days=1))
        self.decide("accounts_user_end_all_sessions", self.ben.pk)
        self.assertFalse(Session.objects.filter(user=self.ben, revoked_at=None).exists())

    def test_erasing_shows_first_what_would_go_then_asks_why_and_then_does_it(self) -> None:
        address = reverse("admin:accounts_user_erase_messages", args=[self.ben.pk])
        page = self.client.post(address, {"days": "", "conversation": ""}).content.decode()
        self.assertIn("1 message would be erased", page)
        page = self.client.post(address, {"days": "", "conversation": "", "confirm": "1"}).content.decode()
        self.assertIn("Say why", page)
        self.assertFalse(BulkErasure.objects.exists())
        response = self.client.post(address, {"days": "", "conversation": "", "confirm": "1", **WHY})
        job = BulkErasure.objects.get()
        self.assertRedirects(response, reverse("admin:moderation_bulkerasure_change", args=[job.pk]))
        self.assertEqual((job.total, job.why), (1, "insults"))


class AppealPageTest(PagesCase):
    def test_someone_else_than_who_decided_reviews(self) -> None:
        new = NewSanction(user_id=self.ben.pk, kind=SanctionKind.MUTE, reason="Insults")
        sanction = sanctions.impose(new, actor=self.moderator)
        found = appeals.appeal(sanction.pk, self.ben.pk, "It was a joke.")
        self.assertEqual(self.decide("moderation_appeal_grant", found.pk, answer="Right.").status_code, 403)
        self.enter(self.colleague)
        self.assertIn("It was a joke.", self.get_detail("moderation_appeal", found.pk))
        self.decide("moderation_appeal_grant", found.pk, answer="Right.")
        sanction.refresh_from_db()
        self.assertEqual(sanction.lifted_by, self.colleague)


@override_settings(STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"}, **STATIC})
class CostTest(PagesCase):
    def test_no_list_takes_a_query_for_each_row(self) -> None:
        people = make_users(40)
        log = Log(self.group)
        for person in people:
            report_flagged(log.send(person, "words").pk, comment="")
            new = NewSanction(user_id=person.pk, kind=SanctionKind.MUTE, reason="Spam", conversation_id=self.group.pk)
            appeals.appeal(sanctions.impose(new, actor=self.moderator).pk, person.pk, "No.")
            BulkErasure.objects.create(user=person, why="spam", asked_by=self.moderator, conversation=self.group)
        for model in ("moderation_case", "moderation_sanction", "moderation_appeal", "moderation_bulkerasure"):
            address = reverse(f"admin:{model}_changelist")
            self.assertLess(self.count_queries(address), 20, model)
        for model, key in (("moderation_case", self.case.pk), ("accounts_user", people[0].pk)):
            address = reverse(f"admin:{model}_change", args=[key])
            self.assertLess(self.count_queries(address), 40, model)

    def test_lists_are_searched_by_person_and_by_number(self) -> None:
        for term in ("ben", str(self.ben.pk), str(self.case.pk), str(self.message.pk)):
            self.assertIn("result_list", self.get_list("moderation_case", q=term))
        self.assertNotIn("result_list", self.get_list("moderation_case", q="nobody"))


class ExportTest(PagesCase):
    def test_no_cell_is_a_formula(self) -> None:
        for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"):
            self.assertTrue(escape_cell(text).startswith("'"), text)
        self.assertEqual((escape_cell("plain"), escape_cell(7), escape_cell(None)), ("plain", "7", ""))

    def test_chosen_rows_are_exported_and_that_is_written_down(self) -> None:
        Case.objects.update(note="=HYPERLINK(1)")
        response = self.act("moderation_case", "export_selected", self.case.pk)
        text = b"".join(response.streaming_content).decode()
        self.assertIn("'=HYPERLINK(1)", text)
        self.assertNotIn(CANARY, text)
        self.assertEqual(acts_of(self.moderator), ["exported-reports"])
