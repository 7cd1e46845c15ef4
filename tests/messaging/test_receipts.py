"""Receipts: the maximum is kept, read <= received <= last, unread counts stay true, strangers change nothing."""

import threading

from django.db import connections
from django.test import TestCase, TransactionTestCase

from accounts.models import User
from messaging.models import Conversation, Member
from messaging.services.receipts import AppliedReceipt, Receipt, apply_receipts
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class ReceiptsTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.direct = make_direct(self.ann, self.ben)
        self.log = Log(self.direct)

    def fill(self) -> None:
        """Messages at 1, 3, 5 and reactions at 2, 4, 6."""
        for _ in range(3):
            self.log.react(self.log.send(self.ben), self.ben, "👍")

    def apply(
        self, read: int | None = None, received: int | None = None, user: User | None = None
    ) -> list[AppliedReceipt]:
        receipt = Receipt(
            user_id=(user or self.ann).pk, conversation_id=self.direct.pk, read_seq=read, received_seq=received
        )
        return apply_receipts([receipt])

    def position(self) -> tuple[int, int, int]:
        row = Member.objects.get(conversation=self.direct, user=self.ann)
        return row.read_seq, row.received_seq, row.read_ordinal

    def test_positions_move_and_are_told(self) -> None:
        self.fill()
        [applied] = self.apply(received=4)
        assert (applied.read_seq, applied.received_seq) == (None, 4)
        assert set(applied.recipients) == {self.ann.pk, self.ben.pk}
        [applied] = self.apply(read=3)
        assert (applied.read_seq, applied.received_seq) == (3, None)
        assert self.position() == (3, 4, 2)

    def test_reading_implies_having_received(self) -> None:
        self.fill()
        [applied] = self.apply(read=5, received=2)
        assert (applied.read_seq, applied.received_seq) == (5, 5)

    def test_positions_never_go_back_nor_past_the_log(self) -> None:
        self.fill()
        for seq in (999, (1 << 53) - 1):
            self.apply(read=seq)
            assert self.position() == (6, 6, 3)
        assert self.apply(read=2, received=3) == []
        assert self.position() == (6, 6, 3)

    def test_the_ordinal_is_that_of_the_last_message_at_or_below(self) -> None:
        self.fill()
        for seq, ordinal in ((1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)):
            self.apply(read=seq)
            assert self.position() == (seq, seq, ordinal)

    def test_an_empty_log_moves_nothing(self) -> None:
        assert self.apply(read=5) == []

    def test_strangers_those_who_left_and_dissolved_conversations_change_nothing(self) -> None:
        self.fill()
        assert self.apply(read=1, user=make_user()) == []
        assert apply_receipts([Receipt(user_id=self.ann.pk, conversation_id=10**9, read_seq=1)]) == []
        Member.objects.filter(user=self.ann).update(left_at=self.direct.created_at)
        assert self.apply(read=1) == []
        Conversation.objects.filter(pk=self.direct.pk).update(dissolved_at=self.direct.created_at)
        assert self.apply(read=1, user=self.ben) == []

    def test_the_world_room_gets_no_row_by_reading(self) -> None:
        world = make_world()
        Log(world).send(self.ben)
        assert apply_receipts([Receipt(user_id=self.ann.pk, conversation_id=world.pk, read_seq=1)]) == []
        assert not Member.objects.filter(conversation=world).exists()

    def test_above_fifty_members_only_the_readers_own_sockets_are_told(self) -> None:
        self.fill()
        Conversation.objects.filter(pk=self.direct.pk).update(member_count=51)
        [applied] = self.apply(read=1)
        assert applied.recipients == (self.ann.pk,)

    def test_a_batch_keeps_the_highest_of_each_and_takes_few_statements(self) -> None:
        people = [make_user() for _ in range(20)]
        groups = [make_group(*people) for _ in range(3)]
        for group in groups:
            log = Log(group)
            for _ in range(4):
                log.send(people[0])
        receipts = [
            Receipt(user_id=user.pk, conversation_id=group.pk, read_seq=seq)
            for group in groups
            for user in people
            for seq in (2, 3, 1)
        ]
        # Savepoint and its release, lock, conversations, ordinals, update, recipients.
        with self.assertNumQueries(7):
            applied = apply_receipts(receipts)
        # The sender has read up to their own last message already.
        assert len(applied) == 3 * 19
        rows = Member.objects.filter(conversation__in=groups).exclude(user=people[0])
        assert set(rows.values_list("read_seq", "read_ordinal", "received_seq")) == {(3, 3, 3)}


class ConcurrentReceiptsTests(TransactionTestCase):
    def test_batches_in_opposite_orders_all_arrive(self) -> None:
        people = [make_user() for _ in range(8)]
        groups = [make_group(*people) for _ in range(4)]
        for group in groups:
            log = Log(group)
            for _ in range(20):
                log.send(people[0])
        barrier = threading.Barrier(4)
        failures: list[BaseException] = []

        def run(number: int) -> None:
            try:
                barrier.wait(timeout=10)
                for seq in range(1, 21):
                    receipts = [
                        Receipt(user_id=user.pk, conversation_id=group.pk, read_seq=seq)
                        for group in groups
                        for user in people
                    ]
                    apply_receipts(receipts if number % 2 else receipts[::-1])
            except BaseException as exc:
                failures.append(exc)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert failures == []
        rows = Member.objects.values_list("read_seq", "received_seq", "read_ordinal")
        assert set(rows) == {(20, 20, 20)}
