"""Reports: who may report what, what a case keeps, how it goes through the queue, what its reporters are told."""

from datetime import timedelta

from django.test import override_settings

from accounts.services.erasure import erase_account
from core import clock
from core.errors import DomainError, ErrorCode
from groups.services.profile import create_group
from moderation.models import Case, Evidence, KeptOriginal, Outcome, Reason, Report
from moderation.services import cases, keeping
from moderation.services.reporting import report_flagged
from tests.factories import fake_clock
from tests.moderation.case import ModerationCase, acts_of

HARASSMENT = {"reason": "harassment"}


@override_settings(RATE_LIMITS=False)
class ReportingTest(ModerationCase):
    def test_a_message_is_reported_with_a_copy_of_it_and_of_what_was_said_around_it(self) -> None:
        before, after = self.say_many(self.cho, 15), []
        bad = self.log.send(self.ben, "an insult")
        after = self.say_many(self.cho, 15)
        body = {**HARASSMENT, "message_id": str(bad.pk), "comment": "This hurts."}
        filed = self.call(self.ann, "post", "reports", body, status=201)
        self.assertEqual((filed["state"], filed["message_id"], filed["outcome"]), ("open", str(bad.pk), ""))
        case = Case.objects.get()
        self.assertEqual((case.user, case.report_count, case.conversation_id), (self.ben, 1, self.group.pk))
        kept = [entry["message_id"] for entry in Evidence.objects.get().entries]
        expected = [str(m.pk) for m in [*before[-10:], bad, *after[:10]]]
        self.assertEqual(kept, expected)

    def test_the_original_of_an_edited_and_recalled_message_is_in_the_copy(self) -> None:
        bad = self.log.send(self.ben, "first words")
        keeping.keep_original(bad, "edited")
        self.log.edit(bad, "last words")
        self.log.recall(bad)
        self.call(self.ann, "post", "reports", {**HARASSMENT, "message_id": str(bad.pk)}, status=201)
        evidence = Evidence.objects.get()
        [entry] = evidence.entries
        self.assertEqual((entry["text"], entry["state"]), ("last words", "recalled"))
        self.assertEqual([v["text"] for v in evidence.versions], ["first words", "last words"])

    def test_a_recall_by_someone_else_in_the_surroundings_is_respected(self) -> None:
        private = self.log.send(self.cho, "not for you")
        self.log.recall(private)
        bad = self.log.send(self.ben, "an insult")
        self.call(self.ann, "post", "reports", {**HARASSMENT, "message_id": str(bad.pk)}, status=201)
        self.assertNotIn("not for you", str(Evidence.objects.get().entries))

    def test_the_copy_ends_where_the_view_of_the_reporter_begins(self) -> None:
        early = self.log.send(self.ben, "before your time")
        self.log.conversation.members.filter(user=self.ann).update(visible_from=early.seq + 1)
        bad = self.log.send(self.ben, "an insult")
        self.call(self.ann, "post", "reports", {**HARASSMENT, "message_id": str(bad.pk)}, status=201)
        self.assertEqual(len(Evidence.objects.get().entries), 1)
        body = {**HARASSMENT, "message_id": str(early.pk)}
        self.assertEqual(self.call(self.ann, "post", "reports", body, status=404)["code"], "MESSAGE_NOT_FOUND")

    def test_what_one_may_not_see_answers_as_what_does_not_exist(self) -> None:
        secret = self.chat.send(self.ann, "between us")
        refused = self.call(self.eve, "post", "reports", {**HARASSMENT, "message_id": str(secret.pk)}, status=404)
        nothing = self.call(self.eve, "post", "reports", {**HARASSMENT, "message_id": "12345678901"}, status=404)
        self.assertEqual(refused, nothing)
        self.assertEqual(refused["code"], "MESSAGE_NOT_FOUND")
        body = {**HARASSMENT, "conversation_id": str(self.direct.pk)}
        self.assertEqual(self.call(self.eve, "post", "reports", body, status=404)["code"], "CONVERSATION_NOT_FOUND")
        body = {**HARASSMENT, "user_id": "99999999"}
        self.assertEqual(self.call(self.eve, "post", "reports", body, status=404)["code"], "NOT_FOUND")
        self.assertFalse(Case.objects.exists())

    def test_a_repeated_report_joins_the_open_case_and_a_later_one_opens_another(self) -> None:
        bad = self.log.send(self.ben, "an insult")
        body = {**HARASSMENT, "message_id": str(bad.pk)}
        first = self.call(self.ann, "post", "reports", body, status=201)
        self.assertEqual(self.call(self.ann, "post", "reports", body, status=201)["id"], first["id"])
        self.call(self.cho, "post", "reports", {**body, "reason": "hate"}, status=201)
        case = Case.objects.get()
        self.assertEqual((case.report_count, case.reports.count()), (2, 2))
        cases.resolve(case.pk, actor=self.moderator, outcome=Outcome.NO_VIOLATION)
        self.call(self.ann, "post", "reports", body, status=201)
        self.assertEqual(Case.objects.count(), 2)

    def test_a_person_and_a_group_are_reported_with_what_they_call_themselves(self) -> None:
        group_id = create_group(self.ben, name="Bad group", member_ids=[self.ann.pk], profile={"description": "Buy"})
        self.call(self.ann, "post", "reports", {"reason": "spam", "user_id": str(self.ben.pk)}, status=201)
        self.call(self.ann, "post", "reports", {"reason": "fraud", "conversation_id": str(group_id)}, status=201)
        person, group = Case.objects.order_by("pk")
        self.assertEqual((person.evidence.profile["username"], person.user), ("ben", self.ben))
        self.assertEqual((group.evidence.profile["name"], group.evidence.profile["description"]), ("Bad group", "Buy"))
        self.assertEqual(group.user, self.ben)

    def test_a_conversation_of_two_concerns_the_other_and_an_owners_own_group_nobody(self) -> None:
        own = create_group(self.ann, name="Mine", member_ids=[self.ben.pk], profile={})
        for conversation_id in (self.direct.pk, own):
            body = {"reason": "spam", "conversation_id": str(conversation_id)}
            self.call(self.ann, "post", "reports", body, status=201)
        self.assertEqual([case.user for case in Case.objects.order_by("pk")], [self.ben, None])
        body = {"reason": "spam", "conversation_id": str(self.direct.pk)}
        self.call(self.ben, "post", "reports", body, status=201)
        self.assertEqual(Case.objects.latest("pk").user, self.ann)

    def test_a_report_names_one_subject_a_known_reason_and_someone_else(self) -> None:
        message_id = str(self.log.send(self.ann, "mine").pk)
        for body in (
            HARASSMENT,
            {**HARASSMENT, "message_id": message_id, "user_id": str(self.ben.pk)},
            {"reason": "filter", "user_id": str(self.ben.pk)},
            {"reason": "dull", "user_id": str(self.ben.pk)},
            {**HARASSMENT, "message_id": message_id},
            {**HARASSMENT, "user_id": str(self.ann.pk)},
            {**HARASSMENT, "user_id": str(self.ben.pk), "priority": 1},
        ):
            self.assertEqual(self.call(self.ann, "post", "reports", body, status=400)["code"], "INVALID_REQUEST", body)
        self.call(None, "post", "reports", {**HARASSMENT, "user_id": str(self.ben.pk)}, status=401)

    def test_the_word_filter_reports_in_nobodys_name(self) -> None:
        message = self.log.send(self.ben, "a flagged word")
        report_flagged(message.pk, comment="rule 1")
        report_flagged(message.pk, comment="rule 2")
        case = Case.objects.get()
        self.assertEqual((case.reason, case.report_count), (Reason.FILTER, 1))
        self.assertIsNone(case.reports.get().reporter)
        self.assertIsNone(report_flagged(message.pk + 1, comment=""))


class ThrottleTest(ModerationCase):
    @override_settings(RATE_LIMITS=True)
    def test_reports_are_throttled_by_person(self) -> None:
        body = {**HARASSMENT, "user_id": str(self.ben.pk)}
        for _number in range(30):
            self.call(self.ann, "post", "reports", body, status=201)
        self.assertEqual(self.call(self.ann, "post", "reports", body, status=429)["code"], "RATE_LIMITED")
        self.call(self.cho, "post", "reports", body, status=201)


@override_settings(RATE_LIMITS=False)
class QueueTest(ModerationCase):
    def setUp(self) -> None:
        super().setUp()
        message = self.log.send(self.ben, "an insult")
        self.call(self.ann, "post", "reports", {**HARASSMENT, "message_id": str(message.pk)}, status=201)
        self.case = Case.objects.get()

    def assert_conflict(self, act: object, **fields: object) -> None:
        """Refused with CONFLICT."""
        with self.assertRaises(DomainError) as caught:
            act(self.case.pk, **fields)  # type: ignore[operator] # one of the services
        self.assertEqual(caught.exception.code, ErrorCode.CONFLICT)

    def test_a_case_is_claimed_by_one_moderator_at_a_time(self) -> None:
        cases.claim(self.case.pk, actor=self.moderator)
        cases.claim(self.case.pk, actor=self.moderator)
        self.assert_conflict(cases.claim, actor=self.colleague)
        self.assert_conflict(cases.resolve, actor=self.colleague, outcome=Outcome.WARNED)
        cases.release(self.case.pk, actor=self.colleague)
        cases.claim(self.case.pk, actor=self.colleague)
        self.assertEqual(acts_of(self.moderator), ["claimed-report"])
        self.assertEqual(acts_of(self.colleague), ["released-report", "claimed-report"])

    def test_a_resolved_case_is_over_and_its_reporter_reads_the_outcome(self) -> None:
        with self.captureOnCommitCallbacks(execute=True):
            cases.resolve(self.case.pk, actor=self.moderator, outcome=Outcome.MUTED)
        self.send_task.assert_called_once_with(  # type: ignore[attr-defined] # patched in setUp
            "moderation.tasks.tell_people", args=["report", self.case.pk], retry=False
        )
        for act in (cases.claim, cases.release):
            self.assert_conflict(act, actor=self.moderator)
        self.assert_conflict(cases.resolve, actor=self.moderator, outcome=Outcome.BANNED)
        [mine] = self.call(self.ann, "get", "users/me/reports")["results"]
        self.assertEqual(mine["state"], "closed")
        self.assertIn("cannot write", mine["outcome"])
        self.assertEqual(self.call(self.ben, "get", "users/me/reports")["results"], [])

    def test_each_look_at_the_evidence_is_written_down_with_its_reason(self) -> None:
        for why in ("first look", "second look"):
            evidence = cases.look_into(self.case.pk, actor=self.moderator, why=why)
            assert evidence is not None
            self.assertEqual(evidence.entries[0]["text"], "an insult")
        self.assertEqual(acts_of(self.moderator), ["looked-at-evidence"] * 2)


class KeepingTest(ModerationCase):
    def test_originals_are_forgotten_after_their_days(self) -> None:
        with fake_clock() as now:
            message = self.log.send(self.ben, "words")
            self.log.recall(message)
            self.assertEqual(KeptOriginal.objects.get().text, "words")
            now.advance(29 * 24 * 3600)
            self.assertEqual(keeping.forget_originals(), 0)
            now.advance(2 * 24 * 3600)
            self.assertEqual(keeping.forget_originals(), 1)
        self.assertFalse(KeptOriginal.objects.exists())

    def test_evidence_is_emptied_long_after_its_report_was_resolved(self) -> None:
        message = self.log.send(self.ben, "words")
        report_flagged(message.pk, comment="")
        case = Case.objects.get()
        self.assertEqual(keeping.forget_evidence(), 0)
        Case.objects.update(resolved_at=clock.now() - timedelta(days=181))
        self.assertEqual(keeping.forget_evidence(), 1)
        self.assertEqual(Evidence.objects.get().entries, [])
        self.assertIsNone(cases.look_into(case.pk, actor=self.moderator, why="too late"))

    def test_an_erased_account_leaves_no_word_of_its_own_with_the_moderators(self) -> None:
        body = {**HARASSMENT, "user_id": str(self.ben.pk), "comment": "My own words."}
        self.call(self.eve, "post", "reports", body, status=201)
        erase_account(self.eve.pk)
        report = Report.objects.get()
        self.assertEqual((report.comment, report.case.user), ("", self.ben))
