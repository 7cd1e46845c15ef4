"""The write path's SQL: the same class runs on every database, on the statements that are written for it."""

import threading
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import OperationalError, connection, transaction
from django.test import TestCase, TransactionTestCase

from core.ids import log_id
from messaging.models import Conversation, LogEvent, Member, Message
from messaging.store import get_store
from messaging.store.positions import Position, find_ordinals, raise_positions
from messaging.store.rows import ConversationMove, LockedConversation, NewMessageRow, SenderMove, StoredCommand
from tests.factories import make_user
from tests.messaging.building import Log, make_direct, make_group

NOW = datetime(2026, 5, 6, 7, 8, 9, 123_456, UTC)
DEADLINE_S = 20.0
TEXT = "quotes ' \" and \\ percent % %s, tab\t newline\n, 你好 🙂 é \u2028 ${x} {y}"


def new_row(conversation: Conversation, sender_id: int, seq: int, **fields: Any) -> NewMessageRow:
    """A message to insert."""
    values: dict[str, Any] = {
        "id": log_id(conversation.pk, seq),
        "conversation_id": conversation.pk,
        "seq": seq,
        "ordinal": seq,
        "sender_id": sender_id,
        "client_msg_id": str(uuid4()),
        "payload_hash": -(2**63),
        "kind": "text",
        "text": f"m{seq}",
        "mentions": None,
        "reply_to": None,
    }
    return NewMessageRow(**values | fields)


class StoreCase(TestCase):
    def setUp(self) -> None:
        self.ann, self.bob = make_user(), make_user()
        self.direct, self.group = make_direct(self.ann, self.bob), make_group(self.ann, self.bob)
        self.store = get_store()

    def write(self, *rows: NewMessageRow) -> None:
        """The rows, with the moves that belong to them."""
        last = {row.conversation_id: row for row in rows}
        moves = [ConversationMove(key, row.seq, row.ordinal, row.seq) for key, row in last.items()]
        places = {(row.conversation_id, row.sender_id): row for row in rows}
        senders = [SenderMove(*key, row.seq, row.ordinal) for key, row in places.items()]
        with connection.cursor() as cursor:
            self.store.write(cursor, NOW, list(rows), moves, senders)

    def find(self, *keys: tuple[int, int, str]) -> list[StoredCommand]:
        with connection.cursor() as cursor:
            return self.store.find_commands(cursor, list(keys))


class WriteTest(StoreCase):
    def test_a_row_comes_back_as_it_was_to_the_last_character(self) -> None:
        first = new_row(self.group, self.ann.pk, 1, text=TEXT)
        second = new_row(self.group, self.bob.pk, 2, mentions='["all", "5"]', reply_to=first.id, payload_hash=2**63 - 1)
        self.write(first, second)
        one, two = Message.objects.filter(conversation_id=self.group.pk).order_by("seq")
        self.assertEqual((one.text, one.mentions, one.reply_to, one.payload_hash), (TEXT, None, None, -(2**63)))
        self.assertEqual((two.mentions, two.reply_to, two.payload_hash), (["all", "5"], first.id, 2**63 - 1))
        self.assertEqual((one.created_at, one.client_msg_id, one.kind), (NOW, first.client_msg_id, "text"))
        self.assertEqual((one.edited_at, one.recalled_at), (None, None))

    def test_counters_move_in_each_conversation_of_the_batch_and_in_no_other(self) -> None:
        other = make_group(self.ann)
        self.write(*(new_row(self.group, self.ann.pk, seq) for seq in (1, 2)), new_row(self.direct, self.bob.pk, 1))
        moved = Conversation.objects.order_by("pk").values_list("pk", "last_seq", "last_ordinal", "last_message_seq")
        self.assertEqual(list(moved), [(self.direct.pk, 1, 1, 1), (self.group.pk, 2, 2, 2), (other.pk, 0, 0, 0)])

    def test_the_databases_clock_dates_the_change(self) -> None:
        Conversation.objects.update(changed_at=NOW.replace(year=2000))
        self.write(new_row(self.group, self.ann.pk, 1))
        self.group.refresh_from_db()
        self.direct.refresh_from_db()
        self.assertGreater(self.group.changed_at, NOW.replace(year=2001))
        self.assertEqual(self.direct.changed_at.year, 2000)

    def test_a_senders_own_message_moves_their_position_alone(self) -> None:
        self.write(new_row(self.group, self.ann.pk, 1), new_row(self.group, self.ann.pk, 2))
        places = Member.objects.filter(conversation=self.group)
        self.assertCountEqual(
            places.values_list("user_id", "read_seq", "read_ordinal", "received_seq"),
            [(self.ann.pk, 2, 2, 2), (self.bob.pk, 0, 0, 0)],
        )

    def test_a_batch_without_messages_moves_the_log_alone(self) -> None:
        with connection.cursor() as cursor:
            self.store.write(cursor, NOW, [], [ConversationMove(self.group.pk, 3, 1, 2)], [])
        self.group.refresh_from_db()
        self.assertEqual((self.group.last_seq, self.group.last_ordinal, self.group.last_message_seq), (3, 1, 2))


class FindTest(StoreCase):
    def test_stored_commands_are_found_as_messages_or_events(self) -> None:
        row = new_row(self.group, self.ann.pk, 1)
        self.write(row)
        event_id = str(uuid4())
        LogEvent.objects.create(
            id=log_id(self.group.pk, 2),
            conversation_id=self.group.pk,
            seq=2,
            event="message-edited",
            actor_id=self.bob.pk,
            client_msg_id=event_id,
            payload_hash=5,
            message_id=row.id,
            at=NOW,
        )
        keys = [(self.group.pk, self.ann.pk, row.client_msg_id), (self.group.pk, self.bob.pk, event_id)]
        self.assertCountEqual(
            self.find(*keys, (self.group.pk, self.ann.pk, str(uuid4()))),
            [
                StoredCommand(*keys[0], row.id, 1, row.payload_hash, NOW, None, True),
                StoredCommand(*keys[1], log_id(self.group.pk, 2), 2, 5, NOW, row.id, False),
            ],
        )

    def test_the_same_id_of_another_sender_or_conversation_is_another_command(self) -> None:
        row = new_row(self.group, self.ann.pk, 1)
        self.write(row)
        self.assertEqual(self.find((self.group.pk, self.bob.pk, row.client_msg_id)), [])
        self.assertEqual(self.find((self.direct.pk, self.ann.pk, row.client_msg_id)), [])

    def test_ids_are_compared_byte_by_byte(self) -> None:
        lower = "aaaaaaaa-0000-4000-8000-00000000000a"
        self.write(new_row(self.group, self.ann.pk, 1, client_msg_id=lower))
        self.assertEqual(self.find((self.group.pk, self.ann.pk, lower.upper())), [])
        self.write(new_row(self.group, self.ann.pk, 2, client_msg_id=lower.upper()))
        self.assertEqual([found.seq for found in self.find((self.group.pk, self.ann.pk, lower.upper()))], [2])

    def test_many_keys_are_found_in_one_batch(self) -> None:
        rows = [new_row(self.group, self.ann.pk, seq) for seq in range(1, 201)]
        self.write(*rows)
        found = self.find(*((self.group.pk, self.ann.pk, row.client_msg_id) for row in rows))
        self.assertEqual(sorted(one.seq for one in found), list(range(1, 201)))


class PositionsTest(StoreCase):
    def test_the_last_message_at_or_below_a_seq_is_found_in_its_own_log(self) -> None:
        log = Log(self.group)
        log.send(self.ann)
        log.append("group-updated", self.ann.pk)
        log.send(self.ann)
        bounds = [log_id(self.group.pk, seq) for seq in (0, 1, 2, 3, 9)]
        self.assertEqual(find_ordinals(bounds), dict(zip(bounds[1:], (1, 1, 2, 2), strict=True)))
        self.assertEqual(find_ordinals([log_id(self.group.pk + 1, 5)]), {})
        self.assertEqual(find_ordinals([]), {})

    def test_positions_rise_and_never_fall(self) -> None:
        ann, bob = Member.objects.filter(conversation=self.group).order_by("user_id")
        raise_positions([Position(ann.pk, 5, 4, 6), Position(bob.pk, 1, 1, 2)])
        raise_positions([Position(ann.pk, 3, 2, 9), Position(bob.pk, 2, 2, 1)])
        places = Member.objects.order_by("user_id").filter(conversation=self.group)
        self.assertEqual(list(places.values_list("read_seq", "read_ordinal", "received_seq")), [(5, 4, 9), (2, 2, 2)])
        elsewhere = Member.objects.filter(conversation=self.direct)
        self.assertEqual(set(elsewhere.values_list("read_seq", "received_seq")), {(0, 0)})


class LockTest(TransactionTestCase):
    def setUp(self) -> None:
        self.ann, self.bob = make_user(), make_user()
        self.direct, self.group = make_direct(self.ann, self.bob), make_group(self.ann, self.bob)

    def lock(self, *ids: int) -> list[LockedConversation]:
        with connection.cursor() as cursor:
            return get_store().lock(cursor, list(ids))

    def test_locked_rows_come_in_id_order_with_all_that_the_write_path_needs(self) -> None:
        changes = {"last_seq": 7, "members_version": 3, "slow_mode_s": 30, "muted_all": True}
        Conversation.objects.filter(pk=self.group.pk).update(**changes)
        with transaction.atomic():
            first, second = self.lock(self.group.pk, self.direct.pk, 987_654_321)
        self.assertEqual([first.id, second.id], [self.direct.pk, self.group.pk])
        self.assertEqual((second.last_seq, second.members_version, second.slow_mode_s), (7, 3, 30))
        self.assertEqual((bool(second.muted_all), bool(first.muted_all)), (True, False))
        self.assertEqual((first.kind, first.member_count), ("direct", 2))

    def test_dissolved_conversations_are_not_there(self) -> None:
        Conversation.objects.filter(pk=self.group.pk).update(dissolved_at=NOW)
        with transaction.atomic():
            self.assertEqual(self.lock(self.group.pk), [])

    def test_the_lock_holds_others_back_and_lets_the_rest_through(self) -> None:
        outcome: dict[str, Any] = {}

        def compete() -> None:
            try:
                with transaction.atomic():
                    outcome["other"] = len(self.lock(self.direct.pk))
                with transaction.atomic():
                    self.lock(self.group.pk)
            except OperationalError as exc:
                outcome["refused"] = type(exc)
            finally:
                connection.close()

        with transaction.atomic():
            self.lock(self.group.pk)
            rival = threading.Thread(target=compete)
            rival.start()
            rival.join(DEADLINE_S)
        self.assertEqual(outcome, {"other": 1, "refused": OperationalError})
