"""What moderators do to messages and groups: each goes through the log, says why, and can be told by every client."""

from unittest.mock import patch

from django.core import mail

from accounts.models import User
from core.errors import DomainError, ErrorCode
from core.models import OutboxEntry
from groups.services.profile import create_group
from messaging.commands import Content, SendMessage
from messaging.models import Conversation, Member, Message, Pin, Role
from messaging.services import upstream
from messaging.services.conversations import ensure_world
from messaging.services.relay import render
from moderation.models import Announcement, BulkErasure, Case, Freeze, JobState, KeptOriginal, Outcome, SanctionKind
from moderation.services import announcing, cases, enforcing, erasing, grouping, hiding, notices, sanctions
from moderation.services.erasing import Wish
from moderation.services.reporting import report_flagged
from moderation.services.sanctions import NewSanction
from tests.messaging.api_case import RecordingGateway
from tests.messaging.building import Log
from tests.moderation.case import ModerationCase, acts_of, last_event


class HidingTest(ModerationCase):
    def test_a_hidden_message_is_empty_for_everyone_and_comes_back_whole(self) -> None:
        message = self.log.send(self.ben, "an insult")
        hiding.hide_message(message.pk, actor=self.moderator, why="insult")
        event = last_event(self.group.pk)
        self.assertEqual((event.event, event.message_id, event.actor_id), ("message-hidden", message.pk, 0))
        path = f"conversations/{self.group.pk}/messages"
        self.assertEqual(self.call(self.cho, "get", path)["results"][0]["content"], {})
        hiding.restore_message(message.pk, actor=self.moderator, why="a mistake")
        self.assertEqual(self.call(self.cho, "get", path)["results"][0]["content"], {"text": "an insult"})
        [hidden, restored] = [render([entry], lambda ids: ids) for entry in OutboxEntry.objects.order_by("pk")]
        self.assertNotIn(b"insult", hidden[0].frame)
        self.assertIn(b"an insult", restored[0].frame)
        self.assertEqual(acts_of(self.moderator), ["hid-message", "restored-message"])

    def test_what_changes_nothing_appends_nothing(self) -> None:
        message = self.log.send(self.ben, "an insult")
        hiding.restore_message(message.pk, actor=self.moderator, why="")
        hiding.hide_message(message.pk, actor=self.moderator, why="")
        hiding.hide_message(message.pk, actor=self.moderator, why="")
        self.assertEqual(OutboxEntry.objects.count(), 1)
        self.log.recall(message)
        hiding.restore_message(message.pk, actor=self.moderator, why="")
        with self.assertRaises(DomainError) as caught:
            hiding.hide_message(message.pk, actor=self.moderator, why="")
        self.assertEqual(caught.exception.code, ErrorCode.CONFLICT)

    def test_a_message_that_is_not_there_is_refused(self) -> None:
        with self.assertRaises(DomainError) as caught:
            hiding.hide_message(12_345_678_901, actor=self.moderator, why="")
        self.assertEqual(caught.exception.code, ErrorCode.MESSAGE_NOT_FOUND)


class ErasingTest(ModerationCase):
    def test_a_preview_empties_nothing_and_the_erasure_everything_of_that_person(self) -> None:
        mine, others = self.say_many(self.ben, 5), self.say_many(self.cho, 2)
        self.chat.send(self.ben, "in private")
        wish = Wish(user_id=self.ben.pk)
        shown = erasing.preview(wish)
        self.assertEqual((shown.total, [count for _place, count in shown.places]), (6, [5, 1]))
        job = erasing.ask(wish, actor=self.moderator, why="spam")
        self.assertEqual((job.total, job.state), (6, JobState.WAITING))
        erasing.run(job.pk)
        job.refresh_from_db()
        self.assertEqual((job.state, job.erased), (JobState.DONE, 6))
        self.assertFalse(Message.objects.filter(sender_id=self.ben.pk, recalled_at=None).exists())
        self.assertEqual(Message.objects.filter(sender_id=self.cho.pk, recalled_at=None).count(), len(others))
        event = last_event(self.group.pk)
        self.assertEqual((event.event, event.message_id, event.actor_id), ("message-recalled", mine[-1].pk, 0))
        self.assertEqual(KeptOriginal.objects.filter(sender_id=self.ben.pk).count(), 6)

    def test_one_conversation_alone_can_be_named_and_a_second_run_does_nothing(self) -> None:
        self.say_many(self.ben, 3)
        kept = self.chat.send(self.ben, "in private")
        job = erasing.ask(Wish(user_id=self.ben.pk, conversation_id=self.group.pk), actor=self.moderator, why="spam")
        erasing.run(job.pk)
        erasing.run(job.pk)
        job.refresh_from_db()
        self.assertEqual(job.erased, 3)
        kept.refresh_from_db()
        self.assertIsNone(kept.recalled_at)

    def test_an_erasure_that_nobody_is_at_is_handed_out_again(self) -> None:
        job = erasing.ask(Wish(user_id=self.ben.pk), actor=self.moderator, why="spam")
        self.assertEqual(erasing.resume(), 0)
        BulkErasure.objects.update(moved_at="2020-01-01T00:00:00Z")
        self.assertEqual(erasing.resume(), 1)
        erasing.run(job.pk)
        BulkErasure.objects.update(moved_at="2020-01-01T00:00:00Z")
        self.assertEqual(erasing.resume(), 0)

    def test_staff_are_erased_by_a_superuser_alone(self) -> None:
        with self.assertRaises(DomainError) as caught:
            erasing.ask(Wish(user_id=self.colleague.pk), actor=self.moderator, why="")
        self.assertEqual(caught.exception.code, ErrorCode.FORBIDDEN)


class GroupingTest(ModerationCase):
    def setUp(self) -> None:
        super().setUp()
        self.group_id = create_group(self.ann, name="Tea", member_ids=[self.ben.pk], profile={})

    def refuse(self, sender: User) -> DomainError | None:
        """What the policy refuses a message of this sender with, by a worker that knows what is in force."""
        command = SendMessage(
            client_msg_id="0" * 8 + "-0000-0000-0000-" + "0" * 12,
            conversation_id=str(self.group_id),
            kind="text",
            content=Content(text="hello"),
        )
        with patch.object(enforcing.IN_FORCE, "peek", return_value=enforcing.load_in_force()):
            try:
                enforcing.check_standing(sender.pk, command)
            except DomainError as error:
                return error
        return None

    def test_in_a_frozen_group_nobody_writes_and_everyone_reads_why(self) -> None:
        grouping.freeze_group(self.group_id, actor=self.moderator, why="A brawl.")
        for sender in (self.ann, self.ben):
            error = self.refuse(sender)
            assert error is not None
            self.assertEqual((error.code, error.details["reason"]), (ErrorCode.MUTED, "A brawl."))
        event = last_event(self.group_id)
        self.assertEqual((event.event, event.payload["group"]["muted_all"]), ("group-updated", True))
        with self.assertRaises(DomainError):
            grouping.freeze_group(self.group_id, actor=self.moderator, why="again")
        grouping.unfreeze_group(self.group_id, actor=self.colleague, why="calm")
        self.assertIsNone(self.refuse(self.ann))
        self.assertFalse(Conversation.objects.get(pk=self.group_id).muted_all)
        self.assertEqual(acts_of(self.moderator) + acts_of(self.colleague), ["froze-group", "unfroze-group"])

    def test_the_world_room_is_frozen_through_its_log_and_the_site_alone_speaks_there(self) -> None:
        world = ensure_world()
        speaker = announcing._seat_speaker(world)
        self.group_id = world.pk
        grouping.freeze_group(world.pk, actor=self.moderator, why="A storm of spam.")
        error = self.refuse(self.ann)
        assert error is not None
        self.assertEqual((error.code, error.details["reason"]), (ErrorCode.MUTED, "A storm of spam."))
        self.assertIsNone(self.refuse(speaker))
        event = last_event(world.pk)
        self.assertEqual((event.event, event.actor_id), ("group-updated", 0))
        self.assertEqual(event.payload["group"]["muted_all"], True)
        self.assertTrue(self.call(self.ann, "get", f"conversations/{world.pk}")["muted_all"])
        grouping.unfreeze_group(world.pk, actor=self.moderator, why="calm")
        self.assertIsNone(self.refuse(self.ann))
        self.assertFalse(last_event(world.pk).payload["group"]["muted_all"])
        for act in (grouping.dissolve_group, grouping.freeze_group):
            with self.assertRaises(DomainError) as caught:
                act(world.pk if act is grouping.dissolve_group else self.direct.pk, actor=self.moderator, why="")
            self.assertEqual(caught.exception.code, ErrorCode.CONVERSATION_NOT_FOUND)

    def test_a_group_that_was_muted_before_stays_muted_after(self) -> None:
        grouping.mute_group(self.group_id, actor=self.moderator, is_muted=True, why="")
        grouping.freeze_group(self.group_id, actor=self.moderator, why="")
        with self.assertRaises(DomainError):
            grouping.mute_group(self.group_id, actor=self.moderator, is_muted=False, why="")
        grouping.unfreeze_group(self.group_id, actor=self.moderator, why="")
        self.assertTrue(Conversation.objects.get(pk=self.group_id).muted_all)

    def test_a_group_gets_another_owner_and_the_old_one_is_an_admin(self) -> None:
        grouping.change_owner(self.group_id, self.ben.pk, actor=self.moderator, why="gone")
        roles = dict(Member.objects.filter(conversation_id=self.group_id).values_list("user_id", "role"))
        self.assertEqual(roles, {self.ann.pk: Role.ADMIN, self.ben.pk: Role.OWNER})
        self.assertEqual(last_event(self.group_id).payload["group"]["owner_id"], str(self.ben.pk))
        for heir, code in ((self.ben, ErrorCode.CONFLICT), (self.eve, ErrorCode.NOT_FOUND)):
            with self.assertRaises(DomainError) as caught:
                grouping.change_owner(self.group_id, heir.pk, actor=self.moderator, why="")
            self.assertEqual(caught.exception.code, code)

    def test_a_group_without_an_owner_gets_one(self) -> None:
        Member.objects.filter(conversation_id=self.group_id, user=self.ann).update(role=Role.MEMBER)
        grouping.change_owner(self.group_id, self.ben.pk, actor=self.moderator, why="orphaned")
        self.assertTrue(Member.objects.filter(conversation_id=self.group_id, user=self.ben, role=Role.OWNER).exists())

    def test_a_dissolved_group_is_over_and_no_longer_frozen(self) -> None:
        grouping.freeze_group(self.group_id, actor=self.moderator, why="")
        grouping.dissolve_group(self.group_id, actor=self.moderator, why="fraud")
        self.assertFalse(Freeze.objects.exists())
        self.assertIsNotNone(Conversation.objects.get(pk=self.group_id).dissolved_at)
        self.call(self.ann, "get", f"groups/{self.group_id}", status=404)


class AnnouncingTest(ModerationCase):
    def test_the_site_speaks_to_the_world_room_and_pins_it_once(self) -> None:
        world = ensure_world()
        gateway = RecordingGateway()
        upstream.set_gateway(gateway)
        self.addCleanup(upstream.set_gateway, None)
        gateway.answer = lambda item: {
            "type": "message-ack",
            "message_id": str(self._stored(item.sender_id).pk),
        }
        row = announcing.announce("Maintenance at noon.", is_pinned=True, actor=self.moderator)
        announcing.send(row.pk, actor=self.moderator)
        speaker = User.objects.get(username="gochat")
        self.assertEqual([item.sender_id for item in gateway.commands], [speaker.pk] * 2)
        self.assertEqual(len({getattr(item.command, "client_msg_id", "") for item in gateway.commands}), 1)
        self.assertEqual(Pin.objects.get().conversation_id, world.pk)
        self.assertIsNotNone(Announcement.objects.get().message_id)

    def _stored(self, sender_id: int) -> Message:
        """The message, as the worker stores it the first time and finds it again the second."""
        found = Message.objects.filter(sender_id=sender_id).first()
        return found or Log(ensure_world()).send(User.objects.get(pk=sender_id), "Maintenance at noon.")

    def test_without_a_gateway_it_can_be_sent_again_later(self) -> None:
        ensure_world()
        with self.assertRaises(DomainError) as caught:
            announcing.announce("Maintenance at noon.", is_pinned=False, actor=self.moderator)
        self.assertEqual(caught.exception.code, ErrorCode.UNAVAILABLE)
        self.assertIsNone(Announcement.objects.get().message_id)


class NoticeTest(ModerationCase):
    def test_reporters_and_the_person_concerned_get_mail_in_their_language(self) -> None:
        self.ben.email, self.ben.settings = "ben@example.org", {"language": "zh-CN"}
        self.ben.save()
        new = NewSanction(user_id=self.ben.pk, kind=SanctionKind.MUTE, reason="Insults")
        sanction = sanctions.impose(new, actor=self.moderator)
        self.assertEqual(notices.tell("sanction", sanction.pk), 1)
        [sent] = mail.outbox
        self.assertEqual(sent.to, ["ben@example.org"])
        self.assertIn("Insults", sent.body)
        self.assertNotIn("Reason", sent.body)

    def test_a_report_of_nobody_tells_nobody(self) -> None:
        message = self.log.send(self.ben, "flagged")
        report_flagged(message.pk, comment="")
        case = Case.objects.get()
        cases.resolve(case.pk, actor=self.moderator, outcome=Outcome.WARNED)
        self.assertEqual(notices.tell("report", case.pk), 0)
