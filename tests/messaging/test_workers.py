"""The logic worker on a real broker: batches, poison, dead letters, and what reaches a gateway's topic."""

import math
from typing import Any, cast
from unittest.mock import Mock, patch
from uuid import uuid4

import msgspec
from django.conf import settings
from django.test import override_settings

from accounts.models import User
from core.kafka import dead_letters, open_producer, open_tail, pure
from core.kafka.port import Record, TailReader
from core.kafka.topics import (
    DEAD_LETTER,
    INDEXING,
    LARGE_GROUP_FANOUT,
    UPSTREAM,
    Topic,
    conversation_key,
    downstream,
    ensure_topics,
    partition_of,
)
from messaging.commands import Command
from messaging.delivery.publishing import MAX_RUN_BYTES
from messaging.delivery.recent import read_recent, update_recent
from messaging.framing import split_frames
from messaging.models import Conversation, Message
from messaging.records import (
    VERSION,
    DrainOutbox,
    FanoutRecord,
    IndexingRecord,
    Push,
    UpstreamItem,
    UpstreamRecord,
    decode_downstream,
    decode_fanout,
    decode_indexing,
    encode,
)
from messaging.services.batch import command_of
from messaging.workers import UpstreamWorker
from tests.messaging.write_case import WriteCase, text

DEADLINE_S = 20.0


def refuse_to_work(_sender_id: int, command: Command) -> None:
    """A policy with a bug that only one text meets."""
    if getattr(getattr(command, "content", None), "text", "") == "poison":
        raise RuntimeError("a bug")


class StubDirectory:
    """Everybody is on the test's gateway: presence has tests of its own."""

    def __init__(self, gateway_id: str) -> None:
        self._gateway_id = gateway_id

    def locate(self, user_ids: list[int]) -> dict[str, list[int]]:
        return {self._gateway_id: list(user_ids)}

    def live_gateways(self) -> list[str]:
        return [self._gateway_id]


class WorkerCase(WriteCase):
    def setUp(self) -> None:
        super().setUp()
        self.gateway_id = f"gw-{uuid4().hex[:8]}"
        ensure_topics([UPSTREAM, LARGE_GROUP_FANOUT, INDEXING, DEAD_LETTER, downstream(self.gateway_id)])
        self.tail: TailReader = open_tail(downstream(self.gateway_id))
        self.addCleanup(self.tail.close)
        # The records are handed over by the tests, so the worker does not join its group; tests/flows does.
        with (
            patch("messaging.workers.Directory", lambda: StubDirectory(self.gateway_id)),
            patch("messaging.workers.open_group"),
        ):
            self.worker = UpstreamWorker()
        self.producer = open_producer()
        self.addCleanup(self.producer.close)

    def item(self, sender: User, command: Command) -> UpstreamItem:
        return UpstreamItem(sender.pk, 1, f"socket-of-{sender.pk}", self.gateway_id, 0, "en", command)

    def record(self, *items: UpstreamItem, value: bytes | None = None) -> Record:
        """A record as the worker polls it."""
        raw = value if value is not None else encode(UpstreamRecord(VERSION, list(items)))
        return Record(UPSTREAM.name, 0, 0, conversation_key(self.direct.pk), raw, 0)

    def pushed(self, enough: int) -> list[tuple[Push, dict[str, Any]]]:
        """The pushes that the gateway would read, with their frames; waits for `enough` of them."""
        found: list[tuple[Push, dict[str, Any]]] = []
        while len(found) < enough:
            records = self.tail.poll_batch(100, DEADLINE_S)
            self.assertTrue(records, f"only {len(found)} of {enough} pushes came")
            for record in records:
                for push in decode_downstream(record.value).pushes:
                    found += [(push, msgspec.json.decode(frame)) for frame in split_frames(push.framed)]
        return found


class WorkerTests(WorkerCase):
    def test_a_batch_reaches_the_gateway_in_seq_order_with_its_acks(self) -> None:
        items = [self.item(self.ann, text(self.direct, f"m{n}")) for n in range(3)]
        self.worker._handle_records([self.record(*items)])
        pushed = self.pushed(6)
        news = [(push, frame) for push, frame in pushed if frame["type"] == "new-message"]
        acks = [(push, frame) for push, frame in pushed if frame["type"] == "message-ack"]
        self.assertEqual([frame["message"]["seq"] for _push, frame in news], [1, 2, 3])
        self.assertEqual([frame["seq"] for _push, frame in acks], [1, 2, 3])
        self.assertEqual({tuple(sorted(push.users)) for push, _frame in news}, {(self.ann.pk, self.bob.pk)})
        self.assertEqual({tuple(push.exclude) for push, _frame in news}, {(f"socket-of-{self.ann.pk}",)})
        self.assertEqual({tuple(push.sockets) for push, _frame in acks}, {(f"socket-of-{self.ann.pk}",)})

    def test_a_batch_continues_the_newest_page_in_redis(self) -> None:
        update_recent({self.direct.pk: None})
        for first in (0, 2):
            items = [self.item(self.ann, text(self.direct, f"m{first + n}")) for n in range(2)]
            self.worker._handle_records([self.record(*items)])
        page = [msgspec.json.decode(raw) for raw in read_recent(self.direct.pk, 4) or []]
        self.assertEqual([message["content"]["text"] for message in page], ["m0", "m1", "m2", "m3"])

    def test_handled_records_are_the_ones_to_commit(self) -> None:
        self.worker._handle_records([self.record(self.item(self.ann, text(self.direct)))])
        self.assertEqual(self.worker._done, {(UPSTREAM.name, 0): 1})

    def test_events_of_http_writes_leave_before_later_messages_and_their_outbox_is_emptied(self) -> None:
        self.worker._handle_records([self.record(self.item(self.ann, text(self.group)))])
        frames = [frame for _push, frame in self.pushed(6)]
        kinds = [frame.get("event", frame["type"]) for frame in frames]
        joined = ["conversation-added", "member-joined"]
        self.assertEqual(kinds, [*joined, *joined, "new-message", "message-ack"])
        self.assertEqual(self.write(self.item(self.ann, text(self.group))).outbox, [])

    def test_a_command_that_breaks_the_batch_is_set_aside_alone(self) -> None:
        letters = len(list(dead_letters.list_entries()))
        bodies = ["a", "b", "poison", "c"]
        items = [self.item(self.ann, text(self.direct, body)) for body in bodies]
        with patch("messaging.policies._policies", return_value=(refuse_to_work,)):
            self.worker._handle_records([self.record(one) for one in items])
        self.assertEqual(list(Message.objects.order_by("seq").values_list("text", flat=True)), ["a", "b", "c"])
        self.assertEqual(len(list(dead_letters.list_entries())), letters + 1)
        errors = [frame for _push, frame in self.pushed(7) if frame["type"] == "error"]
        self.assertEqual(
            [(frame["code"], frame["client_msg_id"]) for frame in errors],
            [("INVALID_MESSAGE", command_of(items[2]).client_msg_id)],
        )

    def test_bytes_that_are_no_record_are_set_aside_and_the_rest_goes_on(self) -> None:
        letters = len(list(dead_letters.list_entries()))
        good = self.record(self.item(self.ann, text(self.direct)))
        self.worker._handle_records([self.record(value=b"\xc1 rubbish"), good])
        self.assertEqual(Message.objects.count(), 1)
        self.assertEqual(len(list(dead_letters.list_entries())), letters + 1)

    def test_another_version_is_not_read_as_ours(self) -> None:
        value = encode(UpstreamRecord(99, [self.item(self.ann, text(self.direct))]))
        self.worker._handle_records([self.record(value=value)])
        self.assertFalse(Message.objects.exists())

    def test_the_world_room_is_left_to_the_fan_out(self) -> None:
        world = Conversation.objects.create(kind="world", title="World")
        [record] = self.fanned_out(self.record(self.item(self.eve, text(world, "hello"))))
        self.assertEqual((record.conversation_id, record.seq, record.seen_from, record.count), (world.pk, 1, 0, 1))
        self.assertEqual(record.exclude, [f"socket-of-{self.eve.pk}"])
        [frame] = split_frames(record.framed)
        self.assertEqual(msgspec.json.decode(frame)["message"]["content"], {"text": "hello"})

    @override_settings(LARGE_GROUP_THRESHOLD=1)
    def test_a_large_group_is_left_to_the_fan_out_as_runs_of_what_one_socket_wrote(self) -> None:
        items = [self.item(self.ann, text(self.group)) for _ in range(3)] + [self.item(self.bob, text(self.group))]
        records = self.fanned_out(self.record(*items))
        joined, messages = records[:2], records[2:]
        self.assertEqual([(one.seq, one.count, one.exclude) for one in joined], [(1, 1, []), (2, 1, [])])
        expected = [(3, 3, [f"socket-of-{self.ann.pk}"]), (6, 1, [f"socket-of-{self.bob.pk}"])]
        self.assertEqual([(one.seq, one.count, one.exclude) for one in messages], expected)

    @override_settings(LARGE_GROUP_THRESHOLD=1)
    def test_a_large_group_s_record_stays_far_below_what_a_broker_takes(self) -> None:
        items = [self.item(self.ann, text(self.group, "汉" * 16_000)) for _ in range(12)]
        records = self.fanned_out(self.record(*items))
        self.assertTrue(all(len(record.framed) <= MAX_RUN_BYTES for record in records))
        self.assertEqual(sum(record.count for record in records), 2 + 12)

    def test_each_partition_of_the_index_hears_once_of_every_log_that_moved(self) -> None:
        items = [self.item(self.ann, text(place)) for place in (self.direct, self.group, self.direct)]
        records = self.told_with_the_offsets(self.record(*items))
        expected = {partition_of(place.pk) for place in (self.direct, self.group)}
        self.assertEqual(len(records), len(expected))
        changed = {pair for record in records for pair in record.changed}
        self.assertEqual(changed, {(self.direct.pk, 2), (self.group.pk, 3)})

    def test_a_log_that_moves_several_times_between_two_commits_is_named_once(self) -> None:
        batches = [self.record(self.item(self.ann, text(self.direct))) for _ in range(3)]
        [record] = self.told_with_the_offsets(*batches)
        self.assertEqual(record.changed, [(self.direct.pk, 3)])

    def test_no_offset_is_committed_before_the_index_is_told(self) -> None:
        before = self.ends(INDEXING)
        told_at_commit: list[int] = []
        consumer = cast(Mock, self.worker._consumer)
        consumer.commit.side_effect = lambda *_, **__: told_at_commit.append(len(self.read_from(INDEXING, before)))
        self.worker._handle_records([self.record(self.item(self.ann, text(self.direct)))])
        self.worker._on_revoke([(UPSTREAM.name, 0)], lost=False)
        self.assertEqual(told_at_commit, [1])

    def test_what_a_log_s_http_writes_left_in_the_outbox_is_named_to_the_index_too(self) -> None:
        drain = UpstreamItem(0, 0, "", "", 0, "", DrainOutbox(str(self.group.pk)))
        [record] = self.told_with_the_offsets(self.record(drain))
        self.assertEqual(record.changed, [(self.group.pk, 2)])

    def test_a_refused_command_moves_no_log(self) -> None:
        self.assertEqual(self.told_with_the_offsets(self.record(self.item(self.eve, text(self.direct)))), [])

    def told_with_the_offsets(self, *batches: Record) -> list[IndexingRecord]:
        """What the index hears of these batches when the worker commits after the last."""
        before = self.ends(INDEXING)
        self.worker._last_commit = math.inf  # none of them is slow enough for a commit between
        for batch in batches:
            self.worker._handle_records([batch])
        self.worker._commit()
        return [decode_indexing(record.value) for record in self.read_from(INDEXING, before)]

    def fanned_out(self, record: Record) -> list[FanoutRecord]:
        """What the worker leaves to the fan-out when it handles this."""
        before = self.ends(LARGE_GROUP_FANOUT)
        self.worker._handle_records([record])
        return [decode_fanout(found.value) for found in self.read_from(LARGE_GROUP_FANOUT, before)]

    def ends(self, topic: Topic) -> list[int]:
        """For each partition the offset after its last record."""
        found = [list(pure.scan(settings.KAFKA_BOOTSTRAP_SERVERS, topic.name, n)) for n in range(topic.partitions)]
        return [records[-1].offset + 1 if records else 0 for records in found]

    def read_from(self, topic: Topic, starts: list[int]) -> list[Record]:
        """What was produced since."""
        servers = settings.KAFKA_BOOTSTRAP_SERVERS
        return [one for number, start in enumerate(starts) for one in pure.scan(servers, topic.name, number, start)]
