"""One contract for both Kafka adapters, on a real broker."""

import threading
import time
import uuid

from django.conf import settings
from kafka.partitioner.default import murmur2

from core.kafka import open_tail, pure
from core.kafka.port import Gap, GroupConsumer, KafkaError, Partition, Reports
from core.kafka.topics import Topic, conversation_key, ensure_topics
from tests.core.kafka_case import (
    DEADLINE_S,
    Contract,
    KafkaCase,
    confluent,
    kafka_python,
    open_group,
    poll_until,
    tail_until,
    wait_for_gap,
)


class ProducerContract(Contract):
    """What a producer keeps."""

    def test_a_record_arrives_with_all_its_parts(self) -> None:
        topic = self.make_topic(partitions=3)
        before_ms = int(time.time() * 1000) - 1000
        self.store(topic, [b"\x00body\xff"], key=b"key", partition=2)
        [record] = self.read_all(topic)
        self.assertEqual((record.topic, record.partition, record.offset), (topic.name, 2, 0))
        self.assertEqual((record.key, record.value), (b"key", b"\x00body\xff"))
        self.assertGreater(record.timestamp_ms, before_ms)

    def test_a_key_goes_to_the_partition_of_its_murmur2_hash(self) -> None:
        topic = self.make_topic(partitions=8)
        producer = self.open_producer()
        keys = [conversation_key(number) for number in (1, 2, 255, 256, 10**6, 2**40, 2**63 - 1, *range(1000, 1040))]
        for key in keys:
            producer.produce(topic.name, b"x", key=key)
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        placed = {record.key: record.partition for record in self.read_all(topic)}
        self.assertEqual(placed, {key: (murmur2(key) & 0x7FFFFFFF) % 8 for key in keys})

    def test_records_of_a_partition_keep_their_order(self) -> None:
        topic = self.make_topic()
        values = [b"%d" % number for number in range(2000)]
        self.store(topic, values)
        self.assertEqual([record.value for record in self.read_all(topic)], values)

    def test_deliveries_are_reported_in_the_thread_that_polls(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer()
        reports: list[tuple[Exception | None, int]] = []
        producer.produce(topic.name, b"x", on_delivery=lambda error: reports.append((error, threading.get_ident())))
        self.assertEqual(len(producer), 1)
        deadline = time.monotonic() + DEADLINE_S
        while not reports and time.monotonic() < deadline:
            producer.poll(0.2)
        self.assertEqual(reports, [(None, threading.get_ident())])
        self.assertEqual(len(producer), 0)

    def test_a_record_that_no_broker_takes_is_reported_as_failed(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer(delivery_timeout_s=2.0)
        outcomes: list[Exception | None] = []
        try:
            producer.produce(topic.name, b"x", partition=7, on_delivery=outcomes.append)
        except KafkaError as error:
            outcomes.append(error)
        producer.flush(DEADLINE_S)
        self.assertEqual([type(outcome) for outcome in outcomes], [KafkaError])

    def test_success_is_not_reported_when_only_failures_matter(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer(reports=Reports.FAILURES)
        outcomes: list[Exception | None] = []
        producer.produce(topic.name, b"x", on_delivery=outcomes.append)
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        self.assertEqual((outcomes, len(producer)), ([], 0))
        self.assertEqual([record.value for record in self.read_all(topic)], [b"x"])

    def test_flush_does_not_linger(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer(linger_ms=20_000)
        producer.produce(topic.name, b"x")
        self.assertEqual(producer.flush(15.0), 0)

    def test_a_rebuilt_producer_has_reported_what_was_open_and_sends_again(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer(linger_ms=20_000)
        outcomes: list[Exception | None] = []
        producer.produce(topic.name, b"before", on_delivery=outcomes.append)
        producer.rebuild()
        self.assertEqual((len(outcomes), len(producer)), (1, 0))
        producer.produce(topic.name, b"after", on_delivery=outcomes.append)
        self.assertEqual(producer.flush(15.0), 0)
        self.assertIsNone(outcomes[1])
        self.assertEqual(self.read_all(topic)[-1].value, b"after")

    def test_a_topic_that_was_made_anew_takes_records(self) -> None:
        topic = self.make_topic()
        producer = self.open_producer()
        producer.produce(topic.name, b"before")
        self.assertEqual(producer.flush(DEADLINE_S), 0)
        _make_anew(topic)
        outcomes: list[Exception | None] = [KafkaError("not sent yet")]
        while outcomes[-1] is not None and len(outcomes) < 20:
            if producer.fatal is not None:
                producer.rebuild()
            producer.produce(topic.name, b"after", on_delivery=outcomes.append)
            self.assertEqual(producer.flush(DEADLINE_S), 0)
        self.assertIn(b"after", [record.value for record in self.read_all(topic)])


class GroupContract(Contract):
    """What a member of a group keeps."""

    def open(self, topic: Topic, group: str, **callbacks: object) -> GroupConsumer:
        consumer = open_group(group, [topic], **callbacks)  # type: ignore[arg-type]  # passed on as they are
        self.addCleanup(consumer.close)
        return consumer

    def test_a_new_group_starts_at_the_earliest_record(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"1", b"2", b"3"])
        consumer = self.open(topic, _group())
        self.assertEqual(
            [record.value for record in poll_until(consumer, lambda found: len(found) >= 3)], [b"1", b"2", b"3"]
        )

    def test_a_batch_has_at_most_the_records_asked_for(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"%d" % number for number in range(20)])
        consumer = self.open(topic, _group())
        sizes: list[int] = []
        deadline = time.monotonic() + DEADLINE_S
        while sum(sizes) < 20 and time.monotonic() < deadline:
            sizes.append(len(consumer.poll_batch(7, 0.2)))
        self.assertEqual((sum(sizes), max(sizes)), (20, 7))

    def test_gathering_returns_what_came_meanwhile(self) -> None:
        topic = self.make_topic()
        consumer = self.open(topic, _group())
        poll_until(consumer, lambda _: bool(consumer.assignment()))
        producer = self.open_producer()
        producer.produce(topic.name, b"1")
        producer.flush(DEADLINE_S)
        later = threading.Timer(0.1, self.store, (topic, [b"2"]))
        later.start()
        batch: list[bytes] = []
        deadline = time.monotonic() + DEADLINE_S
        while not batch and time.monotonic() < deadline:
            batch = [record.value for record in consumer.poll_batch(2, 1.0, gather_s=20.0)]
        later.join()
        self.assertEqual(batch, [b"1", b"2"])

    def test_the_next_member_goes_on_where_the_last_committed(self) -> None:
        topic, group = self.make_topic(), _group()
        self.store(topic, [b"1", b"2", b"3"])
        first = self.open(topic, group)
        poll_until(first, lambda found: len(found) >= 3)
        first.commit({(topic.name, 0): 2}, wait=True)
        first.close()
        second = self.open(topic, group)
        self.assertEqual([record.value for record in poll_until(second, bool)], [b"3"])

    def test_a_commit_without_waiting_counts_when_the_member_leaves(self) -> None:
        topic, group = self.make_topic(), _group()
        self.store(topic, [b"1", b"2", b"3"])
        first = self.open(topic, group)
        poll_until(first, lambda found: len(found) >= 3)
        first.commit({(topic.name, 0): 1})
        deadline = time.monotonic() + DEADLINE_S
        lag: dict[Partition, int] = {}
        while lag.get((topic.name, 0)) != 2 and time.monotonic() < deadline:
            first.poll_batch(1, 0.1)
            lag = pure.group_lag(
                settings.KAFKA_BOOTSTRAP_SERVERS, f"{settings.KAFKA_TOPIC_PREFIX}{group}", [topic.name]
            )
        self.assertEqual(lag, {(topic.name, 0): 2})

    def test_what_is_committed_when_partitions_are_revoked_is_where_the_next_owner_starts(self) -> None:
        topic, group = self.make_topic(), _group()
        self.store(topic, [b"1", b"2", b"3"])
        revoked: list[tuple[list[Partition], bool]] = []

        def give_up(partitions: list[Partition], lost: bool) -> None:
            revoked.append((partitions, lost))
            first.commit({(topic.name, 0): 2}, wait=True)

        first = self.open(topic, group, on_revoke=give_up)
        poll_until(first, lambda found: len(found) >= 3)
        first.close()
        self.assertEqual(revoked, [([(topic.name, 0)], False)])
        second = self.open(topic, group)
        self.assertEqual([record.value for record in poll_until(second, bool)], [b"3"])

    def test_two_members_share_the_partitions_and_the_last_one_has_all(self) -> None:
        topic, group = self.make_topic(partitions=4), _group()
        gained: list[Partition] = []
        lost: list[Partition] = []
        first = self.open(
            topic, group, on_assign=gained.extend, on_revoke=lambda partitions, _: lost.extend(partitions)
        )
        poll_until(first, lambda _: len(first.assignment()) == 4)
        self.assertEqual(sorted(gained), [(topic.name, number) for number in range(4)])
        second = self.open(topic, group)
        deadline = time.monotonic() + DEADLINE_S
        while (len(first.assignment()), len(second.assignment())) != (2, 2) and time.monotonic() < deadline:
            first.poll_batch(10, 0.1)
            second.poll_batch(10, 0.1)
        self.assertEqual(
            sorted(first.assignment() + second.assignment()), [(topic.name, number) for number in range(4)]
        )
        self.assertEqual(sorted(lost), sorted(second.assignment()))
        second.close()
        poll_until(first, lambda _: len(first.assignment()) == 4)

    def test_a_partition_that_was_paused_when_it_went_is_handed_out_when_it_comes_back(self) -> None:
        topic, group = self.make_topic(partitions=2), _group()
        lost: list[Partition] = []
        first = self.open(topic, group, on_revoke=lambda partitions, _: lost.extend(partitions))
        poll_until(first, lambda _: len(first.assignment()) == 2)
        first.pause(first.assignment())
        second = self.open(topic, group)
        deadline = time.monotonic() + DEADLINE_S
        while len(second.assignment()) != 1 and time.monotonic() < deadline:
            first.poll_batch(10, 0.1)
            second.poll_batch(10, 0.1)
        second.close()
        poll_until(first, lambda _: len(first.assignment()) == 2)
        [moved] = set(lost)
        self.store(topic, [b"1"], partition=moved[1])
        self.assertEqual([record.value for record in poll_until(first, bool)], [b"1"])

    def test_a_paused_partition_hands_out_nothing_and_goes_on_after_it(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"1", b"2", b"3"])
        consumer = self.open(topic, _group())
        head: list[bytes] = []
        deadline = time.monotonic() + DEADLINE_S
        while not head and time.monotonic() < deadline:
            head = [record.value for record in consumer.poll_batch(1, 0.2)]
        consumer.pause([(topic.name, 0)])
        silence = [record for _ in range(5) for record in consumer.poll_batch(10, 0.2)]
        consumer.resume([(topic.name, 0)])
        rest = poll_until(consumer, lambda found: len(found) >= 2)
        self.assertEqual((head, silence, [record.value for record in rest]), ([b"1"], [], [b"2", b"3"]))

    def test_seeking_back_reads_the_records_again(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"1", b"2", b"3"])
        consumer = self.open(topic, _group())
        poll_until(consumer, lambda found: len(found) >= 3)
        consumer.seek({(topic.name, 0): 1})
        self.assertEqual([record.value for record in poll_until(consumer, lambda found: len(found) >= 2)], [b"2", b"3"])

    def test_lag_counts_what_was_not_handed_out(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"%d" % number for number in range(10)])
        consumer = self.open(topic, _group())
        read = 0
        deadline = time.monotonic() + DEADLINE_S
        while read < 4 and time.monotonic() < deadline:
            read += len(consumer.poll_batch(4 - read, 0.2))
        self.assertEqual(consumer.lag(), {(topic.name, 0): 6})

    def test_lag_of_a_member_that_has_read_nothing_counts_from_what_the_group_has_committed(self) -> None:
        topic, group = self.make_topic(), _group()
        self.store(topic, [b"1", b"2", b"3"])
        first = self.open(topic, group)
        poll_until(first, lambda found: len(found) >= 3)
        first.commit({(topic.name, 0): 3}, wait=True)
        first.close()
        second = self.open(topic, group)
        deadline = time.monotonic() + DEADLINE_S
        while not second.lag() and time.monotonic() < deadline:
            self.assertEqual(second.poll_batch(1, 0.2), [])
        self.assertEqual(second.lag(), {(topic.name, 0): 0})


class TailContract(Contract):
    """What a tail reader keeps."""

    def test_it_reads_what_is_stored_after_it_was_opened_and_nothing_before(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"old"])
        reader = open_tail(topic)
        self.addCleanup(reader.close)
        self.store(topic, [b"1", b"2", b"3"])
        self.assertEqual([record.value for record in tail_until(reader, 3)], [b"1", b"2", b"3"])

    def test_two_readers_both_read_everything(self) -> None:
        topic = self.make_topic()
        readers = [open_tail(topic), open_tail(topic)]
        for reader in readers:
            self.addCleanup(reader.close)
        self.store(topic, [b"1", b"2"])
        self.assertEqual([[record.value for record in tail_until(reader, 2)] for reader in readers], [[b"1", b"2"]] * 2)

    def test_a_place_that_no_longer_exists_is_a_gap_and_reading_goes_on(self) -> None:
        topic = self.make_topic()
        self.store(topic, [b"1", b"2", b"3"])
        reader = open_tail(topic)
        self.addCleanup(reader.close)
        _make_anew(topic)
        self.assertEqual(wait_for_gap(reader).gap, Gap.OFFSET_RESET)
        self.store(topic, [b"4"])
        self.assertEqual([record.value for record in tail_until(reader, 1)], [b"4"])

    def test_a_topic_that_does_not_exist_cannot_be_opened(self) -> None:
        with self.assertRaises(KafkaError):
            open_tail(Topic(f"absent-{uuid.uuid4().hex}", 1, 1000), timeout_s=0.5)


@confluent
class ConfluentProducerTests(ProducerContract, KafkaCase):
    pass


@confluent
class ConfluentGroupTests(GroupContract, KafkaCase):
    pass


@confluent
class ConfluentTailTests(TailContract, KafkaCase):
    pass


@kafka_python
class PureProducerTests(ProducerContract, KafkaCase):
    pass


@kafka_python
class PureGroupTests(GroupContract, KafkaCase):
    pass


@kafka_python
class PureTailTests(TailContract, KafkaCase):
    pass


def _group() -> str:
    return f"group-{uuid.uuid4().hex}"


def _make_anew(topic: Topic) -> None:
    """Delete the topic and create it empty, as a broker that lost its disk would have it."""
    pure.delete_topics(settings.KAFKA_BOOTSTRAP_SERVERS, [topic.name])
    deadline = time.monotonic() + DEADLINE_S
    while not ensure_topics([topic]) and time.monotonic() < deadline:
        continue
