"""The filter in the write path: sends, edits, names; what is stored, acknowledged, pushed and kept."""

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.services.friends import ask
from accounts.services.names import clean_display_name, clean_username
from core.errors import DomainError, ErrorCode
from groups.services.profile import create_group, update_group
from messaging.models import LogEvent, Message
from messaging.policies import check_command
from moderation.models import AuditEntry, Case, FilterHit, FilterRule, Report
from moderation.services.filtering_flags import report_hits
from moderation.services.filtering_rules import delete_rule, save_rule, switch_rules
from tests.messaging.write_case import ack_of, edit, error_of, frame_of, item, text
from tests.moderation.filter_case import FilterCase


class MaskTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule = self.add_rule("发票")

    def test_the_masked_text_is_stored_pushed_and_said_in_the_ack(self) -> None:
        pending = self.send(self.ann, text(self.direct, "开 發.票 吗"))
        self.assertEqual(Message.objects.get().text, "开 *** 吗")
        self.assertEqual(frame_of(pending)["message"]["content"], {"text": "开 *** 吗"})
        self.assertEqual(ack_of(pending).content, {"text": "开 *** 吗"})

    def test_a_text_that_stays_is_not_repeated_in_the_ack(self) -> None:
        self.assertIsNone(self.store(self.ann, text(self.direct, "hello")).content)

    def test_the_same_command_again_gets_the_same_message(self) -> None:
        command = text(self.direct, "发票")
        first = self.store(self.ann, command)
        again = self.store(self.ann, command)
        self.assertEqual((again.message_id, again.content), (first.message_id, {"text": "**"}))
        self.assertEqual(Message.objects.count(), 1)

    def test_another_command_under_the_same_id_is_a_conflict_though_both_are_masked_alike(self) -> None:
        command = text(self.direct, "发票")
        self.store(self.ann, command)
        pending = self.send(self.ann, text(self.direct, "發票", client_msg_id=command.client_msg_id))
        self.assert_refused(pending, "CONFLICT")

    def test_an_edit_is_masked_too(self) -> None:
        sent = self.store(self.ann, text(self.direct, "hello"))
        pending = self.send(self.ann, edit(self.direct, sent.message_id, "给你发票"))
        self.assertEqual(Message.objects.get().text, "给你**")
        self.assertEqual(frame_of(pending)["message"]["content"], {"text": "给你**"})
        self.assertEqual(LogEvent.objects.get(event="message-edited").message_id, int(sent.message_id))

    def test_a_message_without_a_hit_costs_no_query_more(self) -> None:
        self.store(self.ann, text(self.direct, "warms the caches"))
        with CaptureQueriesContext(connection) as with_rules:
            self.store(self.ann, text(self.direct, "hello"))
        delete_rule(self.rule, actor=self.moderator, why="")
        self.reload()
        with CaptureQueriesContext(connection) as again:
            self.store(self.ann, text(self.direct, "hello"))
        self.assertEqual(len(with_rules), len(again))

    def test_checking_takes_no_query_at_all(self) -> None:
        with self.assertNumQueries(0):
            check_command(self.ann.pk, text(self.direct, "发票"))

    def test_hits_are_kept_with_the_message_and_go_with_its_transaction(self) -> None:
        sent = self.store(self.ann, text(self.direct, "发票 发票"))
        hit = FilterHit.objects.get()
        self.assertEqual((hit.message_id, hit.rule_id, hit.action), (int(sent.message_id), self.rule.pk, "mask"))
        with self.assertRaises(ZeroDivisionError), transaction.atomic():
            self.store(self.ann, text(self.direct, "发票"))
            raise ZeroDivisionError
        self.assertEqual(FilterHit.objects.count(), 1)


class RejectTests(FilterCase):
    def test_sends_and_edits_are_refused_and_nothing_is_stored(self) -> None:
        sent = self.store(self.ann, text(self.direct, "hello"))
        self.add_rule("赌博", "reject")
        self.assert_refused(self.send(self.ann, text(self.direct, "赌 博")), "CONTENT_REJECTED")
        pending = self.send(self.ann, edit(self.direct, sent.message_id, "賭博"))
        self.assert_refused(pending, "CONTENT_REJECTED")
        self.assertEqual(error_of(pending).details, {"reason": "word-filter"})
        self.assertEqual([message.text for message in Message.objects.all()], ["hello"])

    def test_one_refused_command_leaves_the_batch_alone(self) -> None:
        self.add_rule("赌博", "reject")
        written = self.write(item(self.ann, text(self.direct, "赌博")), item(self.bob, text(self.direct, "hello")))
        error_of(written.pendings[0])
        ack_of(written.pendings[1])

    def test_rejecting_is_stronger_than_masking(self) -> None:
        self.add_rule("发票", "mask")
        self.add_rule("开发票", "reject")
        self.assert_refused(self.send(self.ann, text(self.direct, "开发票")), "CONTENT_REJECTED")


class FlagTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        self.rule = self.add_rule("发票", "flag")

    def test_a_flagged_message_is_stored_as_it_is_and_becomes_one_report(self) -> None:
        sent = self.store(self.ann, text(self.direct, "开发票"))
        self.assertEqual(Message.objects.get().text, "开发票")
        self.assertEqual((report_hits(), report_hits()), (1, 0))
        case = Case.objects.get()
        self.assertEqual((case.message_id, case.user_id, case.reason), (int(sent.message_id), self.ann.pk, "filter"))
        self.assertIn("发票", Report.objects.get().comment)

    def test_what_was_not_reported_before_a_crash_is_reported_once_afterwards(self) -> None:
        self.store(self.ann, text(self.direct, "开发票"))
        report_hits()
        FilterHit.objects.update(reported_at=None)
        report_hits()
        self.assertEqual((Case.objects.count(), Report.objects.count()), (1, 1))


class ChangeTests(FilterCase):
    def test_a_rule_that_is_off_does_nothing_until_it_is_switched_on(self) -> None:
        rule = save_rule(FilterRule(pattern="发票", action="reject"), actor=self.moderator, why="")
        self.reload()
        self.store(self.ann, text(self.direct, "发票"))
        self.assertEqual(switch_rules([rule.pk], on=True, actor=self.moderator, why="spam wave"), 1)
        self.reload()
        self.assert_refused(self.send(self.ann, text(self.direct, "发票")), "CONTENT_REJECTED")
        self.assertEqual(switch_rules([rule.pk], on=True, actor=self.moderator, why=""), 0)

    def test_every_change_gives_another_version_and_is_audited(self) -> None:
        rule = self.add_rule("发票")
        first = self.reload().rules.version
        delete_rule(rule, actor=self.moderator, why="too wide")
        self.assertNotEqual(self.reload().rules.version, first)
        entries = AuditEntry.objects.order_by("pk").values_list("action", "actor_id", "why")
        self.assertEqual(
            list(entries),
            [
                ("filter-rule-added", self.moderator.pk, "a test"),
                ("filter-rule-deleted", self.moderator.pk, "too wide"),
            ],
        )

    def test_reading_again_what_has_not_changed_is_one_query(self) -> None:
        self.add_rule("发票")
        before = self.reload()
        with self.assertNumQueries(1):
            self.assertIs(self.reload(), before)

    def test_a_pattern_that_would_match_nothing_or_everything_is_refused(self) -> None:
        for pattern, by_sound in (
            ("", False),
            ("。！", False),
            ("a", False),
            ("abc", True),
            ("微", True),
            ("加v", True),
        ):
            with self.assertRaises(DomainError) as caught:
                save_rule(FilterRule(pattern=pattern, by_sound=by_sound), actor=self.moderator, why="")
            self.assertEqual(caught.exception.code, ErrorCode.INVALID_REQUEST, pattern)


class NameTests(FilterCase):
    def setUp(self) -> None:
        super().setUp()
        self.add_rule("官方客服", "mask", place="names")

    def assert_rejected(self, field: str, act: object) -> None:
        with self.assertRaises(DomainError) as caught:
            act()  # type: ignore[operator]
        self.assertEqual(caught.exception.code, ErrorCode.CONTENT_REJECTED)
        self.assertIn(field, caught.exception.details["fields"])

    def test_names_titles_and_notes_are_refused(self) -> None:
        group_id = create_group(self.ann, name="Tea", member_ids=[], profile={})
        self.assert_rejected("display_name", lambda: clean_display_name("官 方 客 服"))
        self.assert_rejected("username", lambda: clean_username("官方客服1"))
        self.assert_rejected("name", lambda: create_group(self.ann, name="官方客服", member_ids=[], profile={}))
        self.assert_rejected("announcement", lambda: update_group(group_id, self.ann.pk, {"announcement": "官方客服"}))
        self.assert_rejected("message", lambda: ask(self.ann.pk, self.eve.pk, "我是官方客服"))

    def test_a_rule_for_names_leaves_messages_alone(self) -> None:
        self.store(self.ann, text(self.direct, "官方客服在哪？"))
        self.assertEqual(Message.objects.get().text, "官方客服在哪？")
