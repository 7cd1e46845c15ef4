"""The fan-out's own work, on a real broker and Redis: whom a record reaches, how, where a second attempt goes on."""

from collections.abc import Sequence
from unittest.mock import patch
from uuid import uuid4

from django.test import override_settings

from accounts.models import User
from core import clock
from core.bridges import BridgeItem
from core.kafka import open_producer, open_tail
from core.kafka.topics import downstream, ensure_topics
from core.redis import get_redis
from messaging.delivery.fanout import Fanout, join_runs
from messaging.delivery.outbound import Outbound, Pushes
from messaging.delivery.progress import EVERYONE, Progress, read_progress
from messaging.framing import frame_text
from messaging.models import Conversation, ConversationKind, Member
from messaging.records import VERSION, FanoutRecord, Push, decode_downstream, encode
from tests.factories import make_users
from tests.messaging.test_workers import DEADLINE_S, StubDirectory
from tests.messaging.write_case import WriteCase


def make_record(conversation: Conversation, seq: int, *, seen_from: int = 0, exclude: str = "socket") -> FanoutRecord:
    """A run of one frame."""
    framed = frame_text(b'{"seq":%d}' % seq)
    return FanoutRecord(VERSION, conversation.pk, seq, seen_from, framed, 1, [exclude] if exclude else [])


def as_items(*records: FanoutRecord | bytes, first: int = 0) -> list[BridgeItem]:
    """The records as the bridge hands them over, at offsets from `first` on."""
    values = [record if isinstance(record, bytes) else encode(record) for record in records]
    return [BridgeItem(0, first + number, value) for number, value in enumerate(values)]


class FanoutCase(WriteCase):
    """A group of seven, looked up by threes, on one gateway; the broker is asked what the gateway would read."""

    def setUp(self) -> None:
        super().setUp()
        ours = override_settings(LARGE_GROUP_THRESHOLD=3, FANOUT_PAGE_MEMBERS=3, LARGE_GROUP_DELIVERY="paging")
        ours.enable()
        self.addCleanup(ours.disable)
        self.people = sorted(make_users(7), key=lambda user: user.pk)
        self.large = Conversation.objects.create(kind=ConversationKind.GROUP, title="large", member_count=7)
        Member.objects.bulk_create(Member(conversation=self.large, user=user) for user in self.people)
        self.gateway_id = f"gw-{uuid4().hex[:8]}"
        ensure_topics([downstream(self.gateway_id)])
        self.tail = open_tail(downstream(self.gateway_id))
        self.addCleanup(self.tail.close)
        producer = open_producer()
        self.addCleanup(producer.close)
        self.directory = StubDirectory(self.gateway_id)
        self.fanout = Fanout(producer, self.directory)  # type: ignore[arg-type]  # a stub: presence has its own tests
        self.addCleanup(lambda: get_redis().delete(*get_redis().keys("*fanout:*"), "nothing"))

    def deliver(self, *records: FanoutRecord | bytes, first: int = 0) -> list[Push]:
        """What the gateway would get of these."""
        self.fanout.deliver(as_items(*records, first=first))
        return self.read()

    def read(self) -> list[Push]:
        """What has come for the gateway since the last time, up to a marker."""
        marker = Push(b"marker")
        self.fanout._sender.send(_records_of(self.gateway_id, marker))
        pushes: list[Push] = []
        while not pushes or pushes[-1] != marker:
            records = self.tail.poll_batch(100, DEADLINE_S)
            self.assertTrue(records, "nothing came")
            pushes += [push for record in records for push in decode_downstream(record.value).pushes]
        return pushes[:-1]

    def ids(self, *users: User) -> list[int]:
        """Their ids."""
        return [user.pk for user in users]


def _records_of(gateway_id: str, push: Push) -> list[Outbound]:
    pushes = Pushes()
    pushes.add(gateway_id, push)
    return pushes.records()


class PagingTests(FanoutCase):
    def test_every_present_member_is_named_once_a_page_at_a_time(self) -> None:
        pushes = self.deliver(make_record(self.large, 5))
        pages = [self.people[:3], self.people[3:6], self.people[6:]]
        self.assertEqual([push.users for push in pushes], [self.ids(*page) for page in pages])
        self.assertEqual({push.framed for push in pushes}, {frame_text(b'{"seq":5}')})
        self.assertEqual({tuple(push.exclude) for push in pushes}, {("socket",)})

    def test_it_costs_a_query_a_page_and_one_for_the_batch(self) -> None:
        records = [make_record(self.large, seq) for seq in (5, 6, 7)]
        with self.assertNumQueries(1 + 3):
            self.fanout.deliver(as_items(*records))

    def test_within_a_page_the_log_s_order_is_kept(self) -> None:
        records = [make_record(self.large, seq, exclude=f"socket-{seq % 2}") for seq in (5, 6, 7)]
        pushes = self.deliver(*records)
        first_page = [push.framed for push in pushes if self.people[0].pk in push.users]
        self.assertEqual(first_page, [record.framed for record in records])

    def test_who_has_left_gets_nothing(self) -> None:
        Member.objects.filter(user=self.people[1]).update(left_at=clock.now())
        named = [user_id for push in self.deliver(make_record(self.large, 5)) for user_id in push.users]
        self.assertEqual(named, self.ids(self.people[0], *self.people[2:]))

    def test_who_has_come_since_gets_only_what_their_history_shows(self) -> None:
        Member.objects.filter(user=self.people[2]).update(visible_from=6)
        before, after = make_record(self.large, 5, exclude=""), make_record(self.large, 6, exclude="")
        about_before = make_record(self.large, 7, seen_from=5, exclude="")
        pushes = self.deliver(before, after, about_before)
        got = [push.framed for push in pushes if self.people[2].pk in push.users]
        self.assertEqual(got, [after.framed])

    def test_a_dissolved_group_has_nobody_to_push_to(self) -> None:
        Conversation.objects.filter(pk=self.large.pk).update(dissolved_at=clock.now())
        self.assertEqual(self.deliver(make_record(self.large, 5)), [])

    def test_what_cannot_be_read_is_refused_and_the_rest_delivered(self) -> None:
        items = as_items(b"\xc1 rubbish", make_record(self.large, 5), first=10)
        refused = self.fanout.deliver(items)
        self.assertEqual([one.offset for one in refused], [10])
        self.assertEqual(len(self.read()), 3)


class ResumingTests(FanoutCase):
    def fail_at_page(self, number: int, records: Sequence[FanoutRecord]) -> None:
        """An attempt that dies when it looks that page of members up."""
        locate = self.directory.locate
        pages = iter(range(1, 100))

        def dying(user_ids: list[int]) -> dict[str, list[int]]:
            if next(pages) == number:
                raise ConnectionError("died")
            return locate(user_ids)

        with patch.object(self.directory, "locate", dying), self.assertRaises(ConnectionError):
            self.fanout.deliver(as_items(*records))
        self.read()

    def test_a_second_attempt_goes_on_at_the_page_that_the_first_had_reached(self) -> None:
        records = [make_record(self.large, 5)]
        self.fail_at_page(3, records)
        self.assertEqual([push.users for push in self.deliver(*records)], [self.ids(self.people[6])])

    def test_records_that_have_come_since_begin_with_the_first_member_behind_those_begun(self) -> None:
        begun, fresh = make_record(self.large, 5, exclude=""), make_record(self.large, 6, exclude="")
        self.fail_at_page(2, [begun])
        pushes = self.deliver(begun, fresh)
        of_first, of_last = (
            [push.framed for push in pushes if user.pk in push.users] for user in (self.people[0], self.people[6])
        )
        self.assertEqual(of_first, [fresh.framed])
        self.assertEqual(of_last, [begun.framed, fresh.framed])

    def test_what_is_done_is_not_done_again(self) -> None:
        record = make_record(self.large, 5)
        self.deliver(record)
        self.assertEqual(self.deliver(record), [])

    def test_other_records_at_the_same_offsets_are_not_taken_for_done(self) -> None:
        self.deliver(make_record(self.large, 5))
        self.assertEqual(len(self.deliver(make_record(self.large, 6))), 3)

    def test_the_note_says_how_far_it_has_come(self) -> None:
        records = [make_record(self.large, 5)]
        self.fail_at_page(2, records)
        self.assertEqual(read_progress(self.large.pk), Progress.of(as_items(*records), self.people[2].pk))
        self.deliver(*records)
        self.assertEqual(read_progress(self.large.pk), Progress.of(as_items(*records), EVERYONE))


class NamingTheGroupTests(FanoutCase):
    @override_settings(LARGE_GROUP_DELIVERY="online")
    def test_each_gateway_is_told_the_group_and_what_they_must_be_able_to_see(self) -> None:
        pushes = self.deliver(make_record(self.large, 5), make_record(self.large, 9, seen_from=4))
        self.assertEqual(
            [(push.conversation, push.seq, push.users) for push in pushes],
            [(self.large.pk, 5, []), (self.large.pk, 4, [])],
        )
        self.assertEqual([(push.count, push.exclude) for push in pushes], [(1, ["socket"])] * 2)

    @override_settings(LARGE_GROUP_DELIVERY="online", LARGE_GROUP_THRESHOLD=7)
    def test_a_group_that_has_shrunk_is_paged_since_gateways_hear_of_its_members_no_longer(self) -> None:
        self.assertEqual(len(self.deliver(make_record(self.large, 5))), 3)

    @override_settings(LARGE_GROUP_DELIVERY="auto")
    def test_by_itself_it_takes_what_is_cheaper_for_so_many_gateways(self) -> None:
        for members_per_gateway, way in ((7, "named"), (8, "paged")):
            with patch("messaging.delivery.fanout.MEMBERS_PER_GATEWAY", members_per_gateway):
                [first, *_others] = self.deliver(make_record(self.large, members_per_gateway))
            self.assertEqual("named" if first.conversation else "paged", way)

    def test_the_world_room_goes_to_everyone_without_a_look_at_its_members(self) -> None:
        world = Conversation.objects.create(kind=ConversationKind.WORLD, title="World")
        with self.assertNumQueries(1):
            self.fanout.deliver(as_items(make_record(world, 1), make_record(world, 2)))
        [push] = self.read()
        self.assertEqual((push.everyone, push.users, push.conversation, push.count), (True, [], 0, 2))


class JoiningRunsTests(WriteCase):
    def test_what_one_socket_wrote_without_a_break_is_one_run(self) -> None:
        records = [make_record(self.group, seq, exclude="a") for seq in (3, 4, 5)]
        [run] = join_runs(records)
        self.assertEqual((run.seq, run.count, run.framed), (3, 3, b"".join(record.framed for record in records)))

    def test_neither_a_break_in_the_log_nor_another_socket_nor_an_event_of_the_group_s_is_bridged(self) -> None:
        a, b, gap = (
            make_record(self.group, 3, exclude="a"),
            make_record(self.group, 4, exclude="b"),
            make_record(self.group, 6, exclude="b"),
        )
        event, other = make_record(self.group, 7, exclude=""), make_record(self.group, 8, exclude="")
        again = make_record(self.group, 9, seen_from=9, exclude="")
        records = [a, b, gap, event, other, again]
        self.assertEqual(join_runs(records), records)
