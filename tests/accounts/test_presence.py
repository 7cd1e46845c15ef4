"""Presence against a real Redis: compare-and-set, epochs, lost and hanging servers."""

import asyncio
import time
from unittest.mock import patch

from asgiref.sync import sync_to_async
from django.test import SimpleTestCase

from accounts.presence import Change, Directory, PresenceWriter, list_online
from accounts.presence import keys as presence_keys
from accounts.presence.keys import LIVENESS_TTL_S, SHARDS, gateway_key, shard_key, since_key
from core.kafka.port import KafkaError
from core.redis import RedisError, get_redis

DEADLINE_S = 10.0


class FakeMonotonic:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class PresenceCase(SimpleTestCase):
    """A clean Redis database, and writers that are stopped at the end."""

    def setUp(self) -> None:
        get_redis().flushdb()
        # The broker of the test run has topics of many tests' gateways.
        topics = patch("accounts.presence.directory.topics.list_downstream_gateways", return_value=[])
        self.list_topics = topics.start()
        self.addCleanup(topics.stop)
        self.changes: list[Change] = []
        self.writers: list[PresenceWriter] = []

    async def start(self, gateway_id: str, boot: str) -> PresenceWriter:
        writer = PresenceWriter(gateway_id, boot, on_changes=self.changes.extend)
        await writer.start()
        self.writers.append(writer)
        return writer

    async def finish(self) -> None:
        """Stop what the test has started, on the loop that it was started on."""
        for writer in self.writers:
            await writer.stop()

    async def add(self, writer: PresenceWriter, *user_ids: int) -> None:
        """Returns when these users are written."""
        waiting = [waiter for user_id in user_ids if (waiter := writer.add(user_id)) is not None]
        if waiting:
            await asyncio.wait_for(asyncio.gather(*waiting), DEADLINE_S)

    async def wait_for_value(self, user_id: int, value: bytes | None) -> None:
        """Until the user's field in Redis has this value."""
        async with asyncio.timeout(DEADLINE_S):
            while await self.value(user_id) != value:  # noqa: ASYNC110 -- Redis sends no signal
                await asyncio.sleep(0.02)

    async def value(self, user_id: int) -> object:
        return await sync_to_async(lambda: get_redis().hget(shard_key(user_id % SHARDS), str(user_id)))()

    async def locate(self, directory: Directory, *user_ids: int) -> dict[str, list[int]]:
        return await sync_to_async(directory.locate)(list(user_ids))


class WritingTest(PresenceCase):
    async def test_a_user_is_on_every_gateway_that_has_a_socket_of_theirs(self) -> None:
        one, two = await self.start("gw-1", "aa"), await self.start("gw-2", "bb")
        await self.add(one, 5, 6)
        await self.add(two, 5)
        self.assertEqual(await self.value(5), b"gw-1:aa,gw-2:bb")
        found = await self.locate(Directory(), 5, 6, 7)
        self.assertEqual({key: sorted(ids) for key, ids in found.items()}, {"gw-1": [5, 6], "gw-2": [5]})
        one.remove(5)
        await self.wait_for_value(5, b"gw-2:bb")
        await self.finish()

    async def test_a_late_disconnect_of_an_earlier_boot_does_not_erase_the_new_connection(self) -> None:
        old = await self.start("gw-1", "old")
        await self.add(old, 5)
        new = await self.start("gw-1", "new")
        await self.add(new, 5)
        self.assertEqual(await self.value(5), b"gw-1:new")
        old.remove(5)
        await self.add(old, 21)  # the same shard: when this is written, so is the removal
        self.assertEqual(await self.value(5), b"gw-1:new")
        await self.finish()

    async def test_leaving_and_coming_back_at_once_ends_present(self) -> None:
        writer = await self.start("gw-1", "aa")
        for _ in range(20):
            await self.add(writer, 5)
            writer.remove(5)
        await self.add(writer, 5)
        self.assertEqual(await self.value(5), b"gw-1:aa")
        writer.remove(5)
        waiter = writer.add(5)
        assert waiter is not None
        await asyncio.wait_for(waiter, DEADLINE_S)
        self.assertEqual(await self.value(5), b"gw-1:aa")
        await self.finish()

    async def test_only_the_first_arrival_and_the_last_departure_are_changes(self) -> None:
        one, two = await self.start("gw-1", "aa"), await self.start("gw-2", "bb")
        await self.add(one, 5)
        await self.add(two, 5)
        one.remove(5)
        await self.wait_for_value(5, b"gw-2:bb")
        two.remove(5)
        await self.wait_for_value(5, None)
        async with asyncio.timeout(DEADLINE_S):
            while len(self.changes) < 2:  # noqa: ASYNC110 -- Redis sends no signal
                await asyncio.sleep(0.02)
        self.assertEqual(self.changes, [(5, True), (5, False)])
        await self.finish()

    async def test_thousands_who_come_at_once_are_a_few_round_trips(self) -> None:
        writer = await self.start("gw-1", "aa")
        with patch.object(writer, "_pipeline", wraps=writer._pipeline) as pipeline:
            await self.add(writer, *range(1, 3001))
        self.assertLessEqual(pipeline.await_count, 6)
        found = await self.locate(Directory(), *range(1, 3001))
        self.assertEqual(sorted(found["gw-1"]), list(range(1, 3001)))
        await self.finish()

    async def test_a_gateway_that_stops_takes_its_users_and_itself_out(self) -> None:
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5, 6)
        await writer.stop()
        self.assertEqual(await self.value(5), None)
        self.assertEqual(await sync_to_async(lambda: get_redis().exists(gateway_key("gw-1")))(), 0)

    async def test_a_gateway_that_stops_leaves_the_next_boot_of_its_id_alone(self) -> None:
        old, new = await self.start("gw-1", "old"), await self.start("gw-1", "new")
        await self.add(new, 5)
        new._refresh_at = 0.0
        await new._step()
        await old.stop()
        self.assertEqual(await self.value(5), b"gw-1:new")
        self.assertEqual(await sync_to_async(lambda: get_redis().exists(gateway_key("gw-1")))(), 1)
        await self.finish()

    def test_an_id_that_cannot_be_part_of_an_entry_is_refused(self) -> None:
        for bad in ("", "a:b", "a,b", "a b", "ä", "x" * 65):
            with self.assertRaises(ValueError):
                presence_keys.check_gateway_id(bad)


class FlushTest(PresenceCase):
    async def test_after_a_flush_everybody_is_everywhere_until_the_gateway_has_written_them_back(self) -> None:
        writer = await self.start("gw-1", "aa")
        directory = Directory()
        await self.add(writer, 5, 6)
        self.assertEqual(await self.locate(directory, 5, 6, 7), {"gw-1": [5, 6]})
        task = writer._task
        assert task is not None
        task.cancel()  # the gateway is slow to notice
        await sync_to_async(get_redis().flushdb)()
        self.assertEqual(sorted((await self.locate(directory, 5, 6, 7))["gw-1"]), [5, 6, 7])
        # Another gateway gives the shard a new epoch: this one has still not written its users under it.
        other = await self.start("gw-2", "bb")
        await self.add(other, 5)
        found = await self.locate(directory, 5, 6, 7)
        self.assertEqual(sorted(found["gw-1"]), [5, 6, 7])
        writer._refresh_at = 0.0
        await writer._step()
        directory._refreshed_at = 0.0
        found = await self.locate(directory, 5, 6, 7)
        self.assertEqual({key: sorted(ids) for key, ids in found.items()}, {"gw-1": [5, 6], "gw-2": [5]})
        await self.finish()

    async def test_soon_after_a_flush_a_gateway_that_has_not_come_back_yet_counts_by_its_topic(self) -> None:
        self.list_topics.return_value = ["gw-1", "gw-2"]
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        self.assertEqual(await self.locate(Directory(), 5, 6), {"gw-1": [5], "gw-2": [5, 6]})
        await sync_to_async(lambda: get_redis().set(since_key(), int(time.time()) - LIVENESS_TTL_S))()
        self.assertEqual(await self.locate(Directory(), 5, 6), {"gw-1": [5]})
        await self.finish()

    async def test_a_flush_is_dated_by_the_clock_of_redis_however_wrong_the_reader_s_own_is(self) -> None:
        self.list_topics.return_value = ["gw-1"]
        await sync_to_async(list_online)([5])  # somebody has looked just now
        for error_s in (600, -600):
            with patch("time.time", return_value=time.time() + error_s):
                self.assertEqual(await self.locate(Directory(), 5), {"gw-1": [5]})
        await sync_to_async(lambda: get_redis().set(since_key(), int(time.time()) - 2 * LIVENESS_TTL_S))()
        for error_s in (600, -600):
            with patch("time.time", return_value=time.time() + error_s):
                self.assertEqual(await self.locate(Directory(), 5), {})

    async def test_who_has_not_looked_for_long_takes_nobody_for_gone_because_of_a_flush(self) -> None:
        self.list_topics.return_value = ["gw-1"]
        monotonic = FakeMonotonic()
        directory = Directory(monotonic=monotonic)
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        self.assertEqual(await self.locate(directory, 5), {"gw-1": [5]})
        task = writer._task
        assert task is not None
        task.cancel()  # it would write itself back
        monotonic.now += 3600
        await sync_to_async(get_redis().flushdb)()
        self.assertEqual(await self.locate(directory, 5, 6), {"gw-1": [5, 6]})
        self.assertEqual(await sync_to_async(directory.live_gateways)(), ["gw-1"])

    async def test_a_running_gateway_writes_its_users_back_by_itself(self) -> None:
        writer = await self.start("gw-1", "aa")
        await self.add(writer, *range(1, 40))
        await sync_to_async(get_redis().flushdb)()
        for user_id in (1, 20, 39):
            await self.wait_for_value(user_id, b"gw-1:aa")
        self.assertEqual(self.changes.count((1, True)), 1)
        await self.finish()

    async def test_no_error_of_the_connection_whatever_it_is_called_ends_the_writing(self) -> None:
        writer = await self.start("gw-1", "aa")
        for error in (RuntimeError("the handler is closed"), OSError(), RedisError()):
            with patch.object(writer, "_pipeline", side_effect=error):
                writer.add(5)
                async with asyncio.timeout(DEADLINE_S):
                    while not writer.is_failing:  # noqa: ASYNC110 -- nobody is told of it
                        await asyncio.sleep(0.01)
            await self.add(writer, 6)
            await self.wait_for_value(5, b"gw-1:aa")
        await self.finish()

    async def test_a_field_that_was_lost_alone_comes_back(self) -> None:
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        await sync_to_async(lambda: get_redis().hdel(shard_key(5), "5"))()
        for _ in range(SHARDS):
            writer._refresh_at = 0.0
            await writer._step()
        self.assertEqual(await self.value(5), b"gw-1:aa")
        await self.finish()

    async def test_a_gateway_that_could_not_be_seen_hears_that_it_lapsed(self) -> None:
        lapses: list[bool] = []
        writer = PresenceWriter("gw-1", "aa", on_lapse=lambda: lapses.append(True))
        await writer._step()
        await self.add_by_step(writer, 5)
        await sync_to_async(lambda: get_redis().hdel(shard_key(5), "5"))()
        writer._seen_at -= presence_keys.LIVENESS_TTL_S + 1
        writer._refresh_at = 0.0
        await writer._step()
        self.assertEqual(lapses, [True])
        self.assertEqual(await self.value(5), b"gw-1:aa")
        await writer.stop()

    async def add_by_step(self, writer: PresenceWriter, user_id: int) -> None:
        writer.add(user_id)
        await writer._step()


class LocatingTest(PresenceCase):
    async def test_a_dead_gateway_is_known_until_its_time_has_run_out_and_then_its_entries_go(self) -> None:
        monotonic = FakeMonotonic()
        directory = Directory(monotonic=monotonic)
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        self.assertEqual(await self.locate(directory, 5), {"gw-1": [5]})
        task = writer._task
        assert task is not None
        task.cancel()
        await sync_to_async(lambda: get_redis().delete(gateway_key("gw-1")))()
        monotonic.now += presence_keys.LIVENESS_TTL_S - 1
        self.assertEqual(await self.locate(directory, 5), {"gw-1": [5]})
        monotonic.now += 2
        self.assertEqual(await self.locate(directory, 5), {})
        monotonic.now += 6
        await self.locate(directory, 5)
        self.assertEqual(await self.value(5), None)

    async def test_a_gateway_that_came_a_moment_ago_is_found_through_its_entries(self) -> None:
        monotonic = FakeMonotonic()
        directory = Directory(monotonic=monotonic)
        self.assertEqual(await self.locate(directory, 5), {})
        writer = await self.start("gw-new", "aa")
        await self.add(writer, 5)
        self.assertEqual(await self.locate(directory, 5), {"gw-new": [5]})
        await self.finish()

    async def test_an_entry_of_an_earlier_boot_is_removed_and_the_living_one_stays(self) -> None:
        monotonic = FakeMonotonic()
        directory = Directory(monotonic=monotonic)
        old = await self.start("gw-1", "old")
        await self.add(old, 5, 6)
        task = old._task
        assert task is not None
        task.cancel()
        new = await self.start("gw-1", "new")
        await self.add(new, 6)
        self.assertEqual(sorted((await self.locate(directory, 5, 6))["gw-1"]), [5, 6])
        monotonic.now += 6
        await self.locate(directory, 5, 6)
        self.assertEqual((await self.value(5), await self.value(6)), (None, b"gw-1:new"))
        await self.finish()

    async def test_without_redis_every_known_gateway_gets_everybody(self) -> None:
        directory = Directory()
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        await self.locate(directory, 5)
        with (
            patch("accounts.presence.directory.best_effort", return_value=None),
            patch("accounts.presence.directory.topics.list_downstream_gateways", side_effect=KafkaError("away")),
        ):
            self.assertEqual(await self.locate(directory, 5, 6), {"gw-1": [5, 6]})
        self.assertEqual(await self.locate(directory, 5, 6), {"gw-1": [5]})
        await self.finish()

    async def test_without_redis_and_knowing_nobody_the_downstream_topics_name_the_gateways(self) -> None:
        directory = Directory()
        with (
            patch("accounts.presence.directory.best_effort", return_value=None),
            patch("accounts.presence.directory.topics.list_downstream_gateways", return_value=["gw-1", "gw-9"]),
        ):
            self.assertEqual(await self.locate(directory, 5), {"gw-1": [5], "gw-9": [5]})
            self.assertEqual(directory.live_gateways(), ["gw-1", "gw-9"])

    async def test_who_is_online_is_asked_of_living_gateways(self) -> None:
        writer = await self.start("gw-1", "aa")
        await self.add(writer, 5)
        ask = sync_to_async(list_online)
        self.assertEqual(await ask([5, 6]), {5: True, 6: False})
        await sync_to_async(lambda: get_redis().hset(shard_key(6), "6", "gw-1:dead,gw-7:dead"))()
        self.assertEqual(await ask([5, 6]), {5: True, 6: False})
        await self.finish()


class WithoutRedisTest(PresenceCase):
    async def test_writes_that_fail_are_tried_again(self) -> None:
        writer = await self.start("gw-1", "aa")
        with patch.object(writer, "_pipeline", side_effect=RedisError("away")):
            waiter = writer.add(5)
            assert waiter is not None
            async with asyncio.timeout(DEADLINE_S):
                while not writer.is_failing:  # noqa: ASYNC110 -- Redis sends no signal
                    await asyncio.sleep(0.01)
            self.assertFalse(waiter.done())
        await asyncio.wait_for(waiter, DEADLINE_S)
        self.assertEqual(await self.value(5), b"gw-1:aa")
        await self.finish()
