"""The write path, batch by batch: seq, idempotency, rights, and what is pushed."""

from datetime import timedelta
from unittest.mock import patch

import msgspec
from django.db import OperationalError
from django.test import override_settings

from accounts.models import Block
from core import clock
from core.models import OutboxEntry
from messaging.models import Conversation, ConversationKind, LogEvent, Member, Mention, Message, Reaction
from messaging.services.membership import remove_member, update_member
from tests.messaging.write_case import (
    WriteCase,
    ack_of,
    edit,
    error_of,
    frame_of,
    item,
    outgoing_of,
    react,
    recall,
    text,
)


class SendingTests(WriteCase):
    def test_messages_of_a_batch_take_the_next_seqs_in_order(self) -> None:
        written = self.write(*(item(self.ann, text(self.direct, f"m{n}")) for n in range(5)))
        self.assertEqual([ack_of(p).seq for p in written.pendings], [1, 2, 3, 4, 5])
        rows = Message.objects.filter(conversation_id=self.direct.pk).order_by("seq")
        self.assertEqual(list(rows.values_list("seq", "ordinal", "text")), [(n + 1, n + 1, f"m{n}") for n in range(5)])

    def test_a_message_after_events_keeps_one_counter_for_seq_and_its_own_ordinal(self) -> None:
        answer = self.store(self.ann, text(self.group))
        self.assertEqual((answer.seq, Message.objects.get(pk=int(answer.message_id)).ordinal), (3, 1))

    def test_the_ack_repeats_the_frame_id_and_names_the_command(self) -> None:
        command = msgspec.structs.replace(text(self.direct), id="f-1")
        answer = self.store(self.ann, command)
        self.assertEqual((answer.id, answer.command), ("f-1", "send-message"))
        self.assertEqual(answer.client_msg_id, command.client_msg_id)

    def test_the_push_leaves_out_the_sending_socket_alone(self) -> None:
        pending = self.send(self.ann, text(self.direct))
        self.assertEqual(outgoing_of(pending).exclude, [f"socket-of-{self.ann.pk}"])
        self.assertIsNone(outgoing_of(pending).users)
        frame = frame_of(pending)
        self.assertEqual(frame["type"], "new-message")
        self.assertEqual(frame["message"]["message_id"], ack_of(pending).message_id)

    def test_storing_moves_the_senders_read_position_and_nobody_elses(self) -> None:
        self.send(self.ann, text(self.direct))
        places = Member.objects.filter(conversation=self.direct)
        positions = places.values_list("user_id", "read_seq", "read_ordinal", "received_seq")
        self.assertCountEqual(positions, [(self.ann.pk, 1, 1, 1), (self.bob.pk, 0, 0, 0)])

    def test_a_send_of_a_cached_member_costs_three_statements(self) -> None:
        self.send(self.ann, text(self.direct))
        self.published.update([(self.direct.pk, 1)])
        with self.assertNumQueries(5):  # savepoint, lock, find, write, release
            self.send(self.ann, text(self.direct))

    def test_a_failed_transaction_stores_nothing(self) -> None:
        with (
            patch("messaging.store.postgres.PostgresStore.write", side_effect=OperationalError),
            patch("messaging.store.mysql.MySQLStore.write", side_effect=OperationalError),
            self.assertRaises(OperationalError),
        ):
            self.send(self.ann, text(self.direct))
        self.assertFalse(Message.objects.exists())
        self.assertEqual(self.store(self.ann, text(self.direct)).seq, 1)


class IdempotencyTests(WriteCase):
    def test_a_repetition_gets_the_original_answer_and_stores_nothing(self) -> None:
        command = text(self.direct)
        first, second = self.store(self.ann, command), self.store(self.ann, command)
        self.assertEqual(first, second)
        self.assertEqual(Message.objects.count(), 1)

    def test_a_repetition_within_one_batch_is_stored_and_pushed_once(self) -> None:
        command = text(self.direct)
        first, second = self.write(item(self.ann, command), item(self.ann, command)).pendings
        self.assertEqual(ack_of(first).seq, ack_of(second).seq)
        self.assertIsNone(second.outgoing)

    def test_a_repetition_is_pushed_again_unless_the_first_push_was_confirmed(self) -> None:
        command = text(self.direct)
        first = self.send(self.ann, command)
        again = self.send(self.ann, command)
        self.assertEqual(outgoing_of(again).seen_from, ack_of(again).seq)
        self.confirmed.add([int(ack_of(first).message_id)])
        self.assertIsNone(self.send(self.ann, command).outgoing)

    def test_what_is_pushed_again_is_in_its_present_state(self) -> None:
        command = text(self.direct, "secret")
        first = self.send(self.ann, command)
        self.send(self.ann, recall(self.direct, ack_of(first).message_id))
        frame = frame_of(self.send(self.ann, command))
        self.assertEqual((frame["message"]["recalled"], frame["message"]["content"]), (True, {}))

    def test_the_same_id_with_another_payload_conflicts(self) -> None:
        command = text(self.direct, "one")
        self.send(self.ann, command)
        other = text(self.direct, "two", client_msg_id=command.client_msg_id)
        self.assert_refused(self.send(self.ann, other), "CONFLICT")

    def test_ids_are_shared_by_all_commands_of_a_sender(self) -> None:
        command = text(self.direct)
        message_id = self.store(self.ann, command).message_id
        clash = msgspec.structs.replace(recall(self.direct, message_id), client_msg_id=command.client_msg_id)
        self.assert_refused(self.send(self.ann, clash), "CONFLICT")

    def test_two_senders_may_use_the_same_id(self) -> None:
        command = text(self.direct)
        self.assertEqual([self.store(self.ann, command).seq, self.store(self.bob, command).seq], [1, 2])

    def test_ids_that_differ_in_case_are_two_ids(self) -> None:
        lower = text(self.direct, client_msg_id="aaaaaaaa-0000-4000-8000-000000000001")
        upper = text(self.direct, client_msg_id="AAAAAAAA-0000-4000-8000-000000000001")
        self.assertEqual([self.store(self.ann, lower).seq, self.store(self.ann, upper).seq], [1, 2])


class RightsTests(WriteCase):
    def test_an_outsider_is_told_that_there_is_no_such_conversation(self) -> None:
        self.assert_refused(self.send(self.eve, text(self.direct)), "CONVERSATION_NOT_FOUND")

    def test_an_unknown_conversation_answers_just_alike(self) -> None:
        unknown = msgspec.structs.replace(text(self.direct), conversation_id="987654321")
        self.assert_refused(self.send(self.eve, unknown), "CONVERSATION_NOT_FOUND")

    def test_one_refusal_does_not_touch_the_others_of_its_batch(self) -> None:
        refused, stored = self.write(item(self.eve, text(self.direct)), item(self.ann, text(self.direct))).pendings
        self.assert_refused(refused, "CONVERSATION_NOT_FOUND")
        self.assertEqual(ack_of(stored).seq, 1)

    def test_who_has_left_can_no_longer_write_at_once(self) -> None:
        self.send(self.bob, text(self.group))
        remove_member(self.group, self.bob.pk, actor_id=self.bob.pk, event="member-left")
        self.assert_refused(self.send(self.bob, text(self.group)), "CONVERSATION_NOT_FOUND")

    def test_a_muted_member_is_refused_until_the_mute_ends(self) -> None:
        update_member(self.group, self.bob.pk, actor_id=self.ann.pk, muted_until=clock.now() + timedelta(hours=1))
        self.assert_refused(self.send(self.bob, text(self.group)), "MUTED")
        later = clock.now() + timedelta(hours=2)
        with patch("core.clock.now", return_value=later):
            self.assertIsNotNone(self.send(self.bob, text(self.group)).outgoing)

    def test_a_group_muted_for_all_hears_its_owner_alone(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(muted_all=True)
        self.assert_refused(self.send(self.bob, text(self.group)), "MUTED")
        self.assertIsNotNone(self.send(self.ann, text(self.group)).outgoing)

    def test_announcements_come_from_the_owner_alone(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(announcement_only=True)
        self.assert_refused(self.send(self.bob, text(self.group)), "FORBIDDEN")
        self.assertIsNotNone(self.send(self.ann, text(self.group)).outgoing)

    def test_slow_mode_says_when_to_come_back(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(slow_mode_s=30)
        self.send(self.bob, text(self.group))
        refused = self.send(self.bob, text(self.group))
        self.assert_refused(refused, "RATE_LIMITED")
        self.assertLessEqual(error_of(refused).details["retry_after_ms"], 30_000)

    def test_slow_mode_counts_within_a_batch(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(slow_mode_s=30)
        _first, second = self.write(item(self.bob, text(self.group)), item(self.bob, text(self.group))).pendings
        self.assert_refused(second, "RATE_LIMITED")

    def test_a_blocked_person_is_refused_and_the_blocker_is_not(self) -> None:
        Block.objects.create(blocker=self.bob, blocked=self.ann)
        self.assert_refused(self.send(self.ann, text(self.direct)), "BLOCKED")
        self.assertIsNotNone(self.send(self.bob, text(self.direct)).outgoing)

    def test_a_reply_must_name_a_message_of_the_conversation(self) -> None:
        elsewhere = self.store(self.ann, text(self.group)).message_id
        self.assert_refused(self.send(self.ann, text(self.direct, reply_to=elsewhere)), "MESSAGE_NOT_FOUND")
        here = self.store(self.bob, text(self.direct)).message_id
        self.assertIsNotNone(self.send(self.ann, text(self.direct, reply_to=here)).outgoing)

    @override_settings(LARGE_GROUP_THRESHOLD=1)
    def test_rights_hold_in_groups_too_large_for_a_roster(self) -> None:
        self.assert_refused(self.send(self.eve, text(self.group)), "CONVERSATION_NOT_FOUND")
        self.assertIsNotNone(self.send(self.bob, text(self.group)).outgoing)


class MentionTests(WriteCase):
    def test_a_mention_makes_a_row_for_each_member_named_once(self) -> None:
        bob = str(self.bob.pk)
        self.send(self.ann, text(self.group, mentions=[bob, bob, str(self.eve.pk)]))
        self.assertEqual(list(Mention.objects.values_list("user_id", "seq")), [(self.bob.pk, 3)])

    def test_everyone_is_for_who_runs_the_group(self) -> None:
        self.assert_refused(self.send(self.bob, text(self.group, mentions=["all"])), "FORBIDDEN")
        self.send(self.ann, text(self.group, mentions=["all"]))
        self.assertEqual(list(Mention.objects.values_list("user_id", flat=True)), [Mention.EVERYONE])


class ChangingTests(WriteCase):
    def setUp(self) -> None:
        super().setUp()
        self.message_id = self.store(self.ann, text(self.group, "first")).message_id

    def test_an_edit_is_an_event_and_changes_the_message(self) -> None:
        pending = self.send(self.ann, edit(self.group, self.message_id, "second"))
        frame = frame_of(pending)
        self.assertEqual((frame["type"], frame["event"], frame["seq"]), ("conversation-event", "message-edited", 4))
        self.assertEqual(frame["message"]["content"], {"text": "second"})
        self.assertEqual(Message.objects.get(pk=int(self.message_id)).text, "second")

    def test_nobody_edits_another_persons_message(self) -> None:
        self.assert_refused(self.send(self.bob, edit(self.group, self.message_id, "x")), "FORBIDDEN")

    def test_an_edit_comes_too_late_after_the_window(self) -> None:
        with override_settings(MESSAGE_EDIT_WINDOW_S=0):
            self.assert_refused(self.send(self.ann, edit(self.group, self.message_id, "x")), "FORBIDDEN")

    def test_a_recall_leaves_nothing_of_the_content(self) -> None:
        self.send(self.bob, react(self.group, self.message_id))
        pending = self.send(self.ann, recall(self.group, self.message_id))
        self.assertEqual(frame_of(pending)["event"], "message-recalled")
        message = Message.objects.get(pk=int(self.message_id))
        self.assertEqual((message.text, message.recalled_at is None), ("", False))
        self.assertFalse(Reaction.objects.exists())

    def test_the_owner_recalls_anyones_message_at_any_time_and_a_member_does_not(self) -> None:
        of_bob = self.store(self.bob, text(self.group)).message_id
        with override_settings(MESSAGE_RECALL_WINDOW_S=0):
            self.assert_refused(self.send(self.bob, recall(self.group, of_bob)), "FORBIDDEN")
            self.assertIsNotNone(self.send(self.ann, recall(self.group, of_bob)).outgoing)
        self.assert_refused(self.send(self.bob, recall(self.group, self.message_id)), "FORBIDDEN")

    def test_a_reaction_counts_people(self) -> None:
        self.send(self.ann, react(self.group, self.message_id))
        frame = frame_of(self.send(self.bob, react(self.group, self.message_id)))
        self.assertEqual((frame["event"], frame["emoji"], frame["count"]), ("reaction-added", "👍", 2))

    def test_reacting_twice_is_acknowledged_with_the_last_seq_and_stores_nothing(self) -> None:
        self.send(self.bob, react(self.group, self.message_id))
        again = self.send(self.bob, react(self.group, self.message_id))
        self.assertEqual((ack_of(again).seq, again.outgoing), (4, None))
        self.assertEqual(LogEvent.objects.filter(event="reaction-added").count(), 1)

    def test_letters_are_no_emoji(self) -> None:
        self.assert_refused(self.send(self.bob, react(self.group, self.message_id, "ok")), "INVALID_MESSAGE")

    def test_the_sending_socket_gets_the_event_too(self) -> None:
        self.assertEqual(outgoing_of(self.send(self.bob, react(self.group, self.message_id))).exclude, [])

    def test_a_repeated_edit_gets_its_first_answer(self) -> None:
        command = edit(self.group, self.message_id, "second")
        first, again = self.store(self.ann, command), self.store(self.ann, command)
        self.assertEqual((first.seq, first.message_id), (again.seq, again.message_id))

    def test_a_message_of_another_conversation_cannot_be_changed(self) -> None:
        self.assert_refused(self.send(self.ann, edit(self.direct, self.message_id, "x")), "MESSAGE_NOT_FOUND")


class OutboxTests(WriteCase):
    def test_events_of_http_writes_are_handed_over_before_later_messages(self) -> None:
        written = self.write(item(self.ann, text(self.group)))
        self.assertEqual([entry.payload["seq"] for entry in written.outbox], [1, 2])

    def test_the_outbox_is_not_read_where_nothing_came_between(self) -> None:
        OutboxEntry.objects.all().delete()
        self.published.update([(self.group.pk, 2)])
        OutboxEntry.objects.create(conversation_id=self.group.pk, payload={"seq": 9}, created_at=clock.now())
        self.assertEqual(self.write(item(self.ann, text(self.group))).outbox, [])


class WorldTests(WriteCase):
    def test_writing_in_the_world_room_takes_a_seat_there(self) -> None:
        world = Conversation.objects.create(kind=ConversationKind.WORLD, title="World")
        self.assertEqual(self.store(self.eve, text(world)).seq, 1)
        self.assertEqual(Member.objects.get(conversation=world).read_seq, 1)
        self.assertEqual(self.store(self.eve, text(world)).seq, 2)
