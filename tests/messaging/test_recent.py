"""The newest entries in Redis: a lost, late or broken update costs a query, never a wrong page."""

from unittest.mock import patch

import msgspec
from django.test import SimpleTestCase

from core import redis as core_redis
from core.redis import RedisError, get_redis
from messaging.delivery import recent
from messaging.delivery.recent import PAGE, Appended, fill_recent, read_recent, update_recent

CHAT = 1 << 32  # no conversation of another test: its page outlives this one


def message(seq: int) -> bytes:
    """An encoded message."""
    return msgspec.json.encode({"seq": seq})


def append(before: int, last: int) -> None:
    """A batch that takes the log from `before` to `last`."""
    update_recent({CHAT: Appended(before, last, [message(seq) for seq in range(before + 1, last + 1)])})


def read(last_seq: int) -> list[int] | None:
    """The seqs of the cached page."""
    found = read_recent(CHAT, last_seq)
    return None if found is None else [msgspec.json.decode(raw)["seq"] for raw in found]


class RecentTest(SimpleTestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        core_redis._Breaker.open_until = 0.0
        self.addCleanup(setattr, core_redis._Breaker, "open_until", 0.0)

    def test_batches_that_continue_the_log_make_its_page(self) -> None:
        append(0, 2)
        append(2, 3)
        self.assertEqual(read(3), [1, 2, 3])

    def test_only_the_newest_page_is_kept(self) -> None:
        append(0, PAGE)
        append(PAGE, PAGE + 5)
        self.assertEqual(read(PAGE + 5), list(range(6, PAGE + 6)))

    def test_a_page_of_another_moment_is_not_trusted(self) -> None:
        append(0, 3)
        self.assertIsNone(read(4))
        self.assertIsNone(read(2))

    def test_a_batch_after_a_gap_drops_the_page_until_it_is_filled_anew(self) -> None:
        append(0, 2)
        append(3, 4)
        self.assertIsNone(read(4))
        append(4, 5)
        self.assertIsNone(read(5))
        fill_recent(CHAT, 5, [message(seq) for seq in (1, 2, 4, 5)])
        append(5, 6)
        self.assertEqual(read(6), [1, 2, 4, 5, 6])

    def test_a_batch_that_comes_twice_drops_the_page(self) -> None:
        append(0, 2)
        append(0, 2)
        self.assertIsNone(read(2))

    def test_an_edit_drops_the_page(self) -> None:
        append(0, 2)
        update_recent({CHAT: None})
        self.assertIsNone(read(2))

    def test_a_page_without_messages_is_not_stored(self) -> None:
        fill_recent(CHAT, 3, [])
        self.assertEqual(get_redis().dbsize(), 0)

    def test_pages_leave_redis_by_themselves(self) -> None:
        append(0, 2)
        fill_recent(CHAT + 1, 1, [message(1)])
        keys = get_redis().keys("*")
        self.assertEqual(len(keys), 4)
        for key in keys:
            self.assertGreater(get_redis().ttl(key), 0, key)

    def test_rubbish_in_redis_is_ignored(self) -> None:
        messages_key, as_of_key = recent._keys(CHAT)
        for rubbish in (b"soon", b"", b"3.0", b"\xff"):
            get_redis().set(as_of_key, rubbish)
            get_redis().delete(messages_key)
            get_redis().rpush(messages_key, message(3))
            self.assertIsNone(read(3), rubbish)
        get_redis().set(as_of_key, 3)
        get_redis().set(messages_key, "no list")
        self.assertIsNone(read(3))

    def test_the_script_is_loaded_again_after_redis_lost_it(self) -> None:
        append(0, 1)
        get_redis().script_flush()
        append(1, 2)
        self.assertEqual(read(2), [1, 2])

    def test_without_redis_there_is_no_page_and_no_error(self) -> None:
        with patch("core.redis.get_redis", side_effect=RedisError("away")):
            append(0, 2)
            fill_recent(CHAT, 2, [message(1)])
            self.assertIsNone(read(2))
