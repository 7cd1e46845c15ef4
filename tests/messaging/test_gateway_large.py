"""Who gets what is pushed to a large group, in whichever order messages and changes of members come."""

from unittest.mock import patch

from django.test import SimpleTestCase

from messaging.gateway import large
from tests.messaging.large_case import GROUP, Bench


class LargeCase(SimpleTestCase):
    async def bench(self, *members: int, last_seq: int = 10) -> Bench:
        """A bench whose group these users are in, seeing all of it."""
        bench = Bench()
        bench.store.last_seq[GROUP] = last_seq
        bench.store.seats[GROUP] = dict.fromkeys(members, 1)
        return bench


class DeliveryTest(LargeCase):
    async def test_a_push_reaches_the_members_here_and_nobody_else(self) -> None:
        bench = await self.bench(1, 2, 3)
        ann, ben, outsider = [await bench.connect(user_id) for user_id in (1, 2, 9)]
        bench.message(11)
        await bench.settle()
        self.assertEqual((ann.messages, ben.messages, outsider.messages), ([11], [11], []))

    async def test_the_members_are_read_once_and_the_pushes_that_waited_keep_their_order(self) -> None:
        bench = await self.bench(1)
        ann = await bench.connect(1)
        bench.threads.is_slow = True
        for seq in (11, 12, 13):
            bench.message(seq)
            await bench.settle()
        self.assertEqual(ann.messages, [])
        bench.threads.proceed()
        await bench.settle()
        bench.message(14)
        self.assertEqual((ann.messages, bench.threads.reads), ([11, 12, 13, 14], 1))

    async def test_the_sending_socket_is_left_out_and_the_senders_other_one_is_not(self) -> None:
        bench = await self.bench(1)
        phone, desk = await bench.connect(1), await bench.connect(1)
        bench.message(11, exclude=[phone.connection.id])
        await bench.settle()
        self.assertEqual((phone.messages, desk.messages), ([], [11]))

    async def test_what_came_before_a_members_first_seq_does_not_reach_them(self) -> None:
        bench = await self.bench(1)
        bench.store.seats[GROUP][2] = 12
        ann, late = await bench.connect(1), await bench.connect(2)
        for seq in (11, 12, 13):
            bench.message(seq)
        await bench.settle()
        self.assertEqual((ann.messages, late.messages), ([11, 12, 13], [12, 13]))

    async def test_nothing_is_read_where_nobody_is_connected(self) -> None:
        bench = await self.bench(1)
        bench.message(11)
        await bench.settle()
        self.assertEqual((bench.threads.reads, len(bench.groups)), (0, 0))


class ChangesTest(LargeCase):
    async def test_who_has_left_gets_nothing_more_even_what_was_stored_before(self) -> None:
        bench = await self.bench(1, 2)
        ann, ben = await bench.connect(1), await bench.connect(2)
        bench.message(11)
        await bench.settle()
        bench.change(13, left=2)
        bench.message(12)
        bench.message(14)
        self.assertEqual((ann.messages, ben.messages), ([11, 12, 14], [11]))

    async def test_who_joins_with_hidden_history_gets_what_comes_after_and_not_what_is_late(self) -> None:
        bench = await self.bench(1)
        _, ben = await bench.connect(1), await bench.connect(2)
        bench.message(11)
        await bench.settle()
        bench.change(13, joined=2, visible_from=13)
        bench.message(12)
        bench.message(13)
        bench.message(14)
        self.assertEqual(ben.messages, [13, 14])

    async def test_a_change_told_again_changes_nothing(self) -> None:
        bench = await self.bench(1)
        ben = await bench.connect(2)
        bench.message(11)
        await bench.settle()
        bench.change(12, joined=2)
        bench.change(13, left=2)
        bench.change(12, joined=2)
        bench.message(14)
        self.assertEqual(ben.messages, [])

    async def test_changes_that_come_while_members_are_read_hold_when_they_are_newer_and_not_when_they_are_older(
        self,
    ) -> None:
        bench = await self.bench(1, 2, last_seq=10)
        ann, ben, cay, dan = [await bench.connect(user_id) for user_id in (1, 2, 3, 4)]
        bench.threads.is_slow = True
        bench.message(9)
        await bench.settle()
        bench.change(8, joined=4)  # told again: the database has long known that 4 went at 9
        bench.change(11, left=2)
        bench.change(12, joined=3, visible_from=12)
        bench.message(13)
        bench.threads.proceed()
        await bench.settle()
        self.assertEqual([one.messages for one in (ann, ben, cay, dan)], [[9, 13], [], [13], []])

    async def test_who_comes_back_sees_from_where_they_came_back(self) -> None:
        bench = await self.bench(1)
        ann = await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.change(12, left=1)
        bench.change(14, joined=1, visible_from=14)
        for seq in (13, 14, 15):
            bench.message(seq)
        self.assertEqual(ann.messages, [11, 14, 15])

    async def test_a_group_that_has_become_small_is_read_anew_when_it_is_large_again(self) -> None:
        bench = await self.bench(1, 2)
        ann, ben = await bench.connect(1), await bench.connect(2)
        bench.message(11)
        await bench.settle()
        bench.change(12, left=3, is_large=False)
        self.assertEqual(len(bench.groups), 0)
        bench.store.seats[GROUP] = {1: 1}  # nobody was told that 2 left the small group
        bench.message(20)
        await bench.settle()
        self.assertEqual((ann.messages, ben.messages), ([11, 20], [11]))

    async def test_a_late_push_to_a_group_that_is_small_by_now_is_delivered_and_nothing_is_kept(self) -> None:
        bench = await self.bench(1)
        bench.store.is_large[GROUP] = False
        ann = await bench.connect(1)
        bench.message(11)
        await bench.settle()
        self.assertEqual((ann.messages, len(bench.groups)), ([11], 0))


class ComingAndGoingTest(LargeCase):
    async def test_who_connects_is_ready_when_their_groups_are_known(self) -> None:
        bench = await self.bench(1, 2)
        await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.threads.is_slow = True
        ben = await bench.connect(2)
        bench.message(12)
        self.assertEqual(ben.socket.texts, [])
        bench.threads.proceed()
        await bench.settle()
        bench.message(13)
        self.assertEqual(ben.messages, [13])

    async def test_a_change_that_comes_while_a_newcomers_seats_are_read_is_newer_than_what_was_read(self) -> None:
        bench = await self.bench(1, 2)
        await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.threads.is_slow = True
        leaver, joiner = await bench.connect(2, wait=False), await bench.connect(3)
        bench.threads.look()
        await bench.settle()
        bench.change(12, left=2)
        bench.change(13, joined=3, visible_from=13)
        bench.threads.proceed()
        await bench.settle()
        bench.message(14)
        self.assertEqual((leaver.messages, joiner.messages), ([], [14]))

    async def test_who_left_while_away_for_a_moment_is_not_let_in_by_an_older_read(self) -> None:
        bench = await self.bench(1, 2)
        await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.threads.is_slow = True
        first = await bench.connect(2)
        bench.threads.look()
        await bench.settle()
        del bench.store.seats[GROUP][2]
        bench.disconnect(first)
        bench.change(12, left=2)
        again = await bench.connect(2)
        bench.threads.proceed()  # what was read before the change
        await bench.settle()
        bench.threads.proceed()
        await bench.settle()
        bench.message(13)
        self.assertEqual((again.socket.texts[:1], again.messages), (['{"type":"pong"}'], []))

    async def test_who_joined_while_away_for_a_moment_gets_what_comes_after(self) -> None:
        bench = await self.bench(1)
        await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.threads.is_slow = True
        first = await bench.connect(2)
        bench.threads.look()
        await bench.settle()
        bench.store.seats[GROUP][2] = 12
        bench.disconnect(first)
        bench.change(12, joined=2, visible_from=12)
        again = await bench.connect(2)
        for _ in range(2):
            bench.threads.proceed()
            await bench.settle()
        bench.message(13)
        self.assertEqual(again.messages, [13])

    async def test_nobody_waits_where_no_large_group_is_spoken_to(self) -> None:
        bench = await self.bench(1)
        ann = await bench.connect(1, wait=False)
        self.assertEqual((ann.socket.texts, bench.threads.reads), (['{"type":"pong"}'], 0))

    async def test_seats_of_who_has_gone_are_not_kept(self) -> None:
        bench = await self.bench(1, 2)
        ann, _ = await bench.connect(1), await bench.connect(2)
        bench.message(11)
        await bench.settle()
        self.assertEqual(bench.groups.count_seats(), 2)
        bench.disconnect(ann)
        self.assertEqual(bench.groups.count_seats(), 1)
        bench.threads.is_slow = True
        bench.disconnect(await bench.connect(1))
        bench.threads.proceed()
        await bench.settle()
        self.assertEqual(bench.groups.count_seats(), 1)


class FaultsTest(LargeCase):
    async def test_after_a_gap_nothing_that_was_known_holds(self) -> None:
        bench = await self.bench(1, 2)
        ann, ben = await bench.connect(1), await bench.connect(2)
        bench.message(11)
        await bench.settle()
        bench.store.seats[GROUP] = {1: 1}  # the change was lost
        bench.groups.forget_all()
        bench.message(13)
        await bench.settle()
        self.assertEqual((ann.messages, ben.messages), ([11, 13], [11]))

    async def test_what_waits_while_a_gap_is_met_is_delivered_by_what_is_read_after_it(self) -> None:
        bench = await self.bench(1, 2)
        ann, ben = await bench.connect(1), await bench.connect(2)
        bench.threads.is_slow = True
        bench.message(11)
        await bench.settle()
        bench.groups.forget_all()
        bench.threads.proceed()  # what was read before the gap is of no use
        await bench.settle()
        self.assertEqual((ann.messages, ben.messages), ([], []))
        del bench.store.seats[GROUP][2]
        bench.threads.proceed()
        await bench.settle()
        self.assertEqual((ann.messages, ben.messages), ([11], []))

    async def test_a_database_that_is_away_only_delays(self) -> None:
        bench = await self.bench(1)
        ann = await bench.connect(1)
        bench.threads.failing = 2
        with patch.object(large, "RETRY_S", 0.0):
            bench.message(11)
            await bench.finish_reading()
        self.assertEqual((ann.messages, bench.threads.reads), ([11], 3))

    async def test_more_than_may_wait_is_dropped_and_the_members_are_told_to_resync(self) -> None:
        bench = await self.bench(1)
        ann, outsider = await bench.connect(1), await bench.connect(9)
        bench.threads.is_slow = True
        with patch.object(large, "MAX_WAITING_BYTES", 30):
            for seq in range(11, 31):
                bench.message(seq)
        await bench.settle()
        bench.threads.proceed()
        await bench.settle()
        self.assertEqual(ann.socket.texts[1], '{"type":"resync","reason":"large_group_backlog"}')
        self.assertEqual(ann.messages[-1], 30)
        self.assertLess(len(ann.messages), 20)
        self.assertEqual(outsider.socket.texts[1:], [])

    async def test_a_group_that_nobody_speaks_to_is_forgotten(self) -> None:
        bench = await self.bench(1)
        await bench.connect(1)
        bench.message(11)
        await bench.settle()
        bench.groups.sweep()
        self.assertEqual(len(bench.groups), 1)
        with patch.object(large, "IDLE_S", -1.0):
            bench.groups.sweep()
        self.assertEqual(len(bench.groups), 0)
