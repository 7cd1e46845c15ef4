"""Rosters: true for exactly one version of the members, whatever a cache holds."""

from unittest.mock import patch

import msgspec
from django.test import TestCase, override_settings

from accounts.models import Block, User
from core import redis as core_redis
from core.redis import RedisError, get_redis
from messaging.delivery import rosters
from messaging.delivery.rosters import Roster, Seat, cache_key, find_seats, find_small_roster, get_rosters
from messaging.models import Conversation, Member
from messaging.store.rows import LockedConversation
from tests.factories import make_user
from tests.messaging.building import make_direct, make_group, make_world


def lock(conversation: Conversation) -> LockedConversation:
    """The conversation as the write path locks it."""
    row = Conversation.objects.get(pk=conversation.pk)
    return LockedConversation(*(getattr(row, name) for name in LockedConversation._fields))


class RosterCase(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        rosters.forget_all()
        core_redis._Breaker.open_until = 0.0
        self.addCleanup(setattr, core_redis._Breaker, "open_until", 0.0)
        self.ann, self.bob, self.eve = make_user(), make_user(), make_user()
        self.group = make_group(self.ann, self.bob)

    def roster(self, conversation: Conversation | None = None) -> Roster:
        row = lock(conversation or self.group)
        return get_rosters([row])[row.id]

    def people(self) -> set[int]:
        return set(self.roster().seats)

    def poison(self, version: int, *users: User) -> None:
        """A roster in Redis that names these people, whoever is a member."""
        seats = {user.pk: Seat("member", 0.0, 1) for user in users}
        get_redis().set(cache_key(self.group.pk), msgspec.msgpack.encode(Roster(version, seats, [])))

    def swap_bob_for_eve(self) -> None:
        """A change of the members as `membership` makes it."""
        Member.objects.filter(conversation=self.group, user=self.bob).update(user=self.eve)
        Conversation.objects.filter(pk=self.group.pk).update(members_version=self.group.members_version + 1)


class VersionTest(RosterCase):
    def test_a_roster_is_read_once_and_then_kept_here(self) -> None:
        self.roster()
        row = lock(self.group)
        with self.assertNumQueries(0), patch("core.redis.get_redis", side_effect=AssertionError):
            self.assertEqual(set(get_rosters([row])[row.id].seats), {self.ann.pk, self.bob.pk})

    def test_another_process_finds_it_in_redis(self) -> None:
        self.roster()
        rosters.forget_all()
        row = lock(self.group)
        with self.assertNumQueries(0):
            self.assertEqual(set(get_rosters([row])[row.id].seats), {self.ann.pk, self.bob.pk})

    def test_a_change_of_the_members_ends_both_caches(self) -> None:
        self.roster()
        self.swap_bob_for_eve()
        self.assertEqual(self.people(), {self.ann.pk, self.eve.pk})
        rosters.forget_all()
        self.assertEqual(self.people(), {self.ann.pk, self.eve.pk})

    def test_a_roster_of_an_older_or_newer_version_is_ignored(self) -> None:
        for version in (0, self.group.members_version + 1):
            rosters.forget_all()
            self.poison(version, self.eve)
            self.assertEqual(self.people(), {self.ann.pk, self.bob.pk})

    def test_what_is_loaded_leaves_redis_by_itself(self) -> None:
        self.roster()
        self.assertGreater(get_redis().ttl(cache_key(self.group.pk)), 0)


class BrokenCacheTest(RosterCase):
    def test_rubbish_in_redis_is_ignored(self) -> None:
        right_version_wrong_shape = msgspec.msgpack.encode([self.group.members_version, "seats", []])
        for rubbish in (b"rubbish", b"\xc1", b"", b"{}", right_version_wrong_shape):
            rosters.forget_all()
            get_redis().set(cache_key(self.group.pk), rubbish)
            self.assertEqual(self.people(), {self.ann.pk, self.bob.pk}, rubbish)

    def test_a_key_of_another_type_is_ignored(self) -> None:
        get_redis().rpush(cache_key(self.group.pk), "x")
        self.assertEqual(self.people(), {self.ann.pk, self.bob.pk})

    def test_without_redis_the_database_answers(self) -> None:
        with patch("core.redis.get_redis", side_effect=RedisError("away")):
            self.assertEqual(self.people(), {self.ann.pk, self.bob.pk})
            self.swap_bob_for_eve()
            self.assertEqual(self.people(), {self.ann.pk, self.eve.pk})


class ContentTest(RosterCase):
    def test_who_left_has_no_seat(self) -> None:
        row = Member.objects.get(conversation=self.group, user=self.bob)
        Member.objects.filter(pk=row.pk).update(left_at=row.joined_at)
        self.assertEqual(self.people(), {self.ann.pk})

    def test_blocks_of_a_direct_conversation_are_part_of_it(self) -> None:
        direct = make_direct(self.ann, self.bob)
        Block.objects.create(blocker=self.bob, blocked=self.ann)
        Block.objects.create(blocker=self.ann, blocked=self.eve)
        self.assertEqual(self.roster(direct).blocks, [(self.bob.pk, self.ann.pk)])

    def test_many_are_loaded_with_one_query_of_members_and_one_of_blocks(self) -> None:
        rows = [lock(self.group), lock(make_direct(self.ann, self.bob)), lock(make_direct(self.ann, self.eve))]
        with self.assertNumQueries(2):
            self.assertEqual(len(get_rosters(rows)), 3)

    @override_settings(LARGE_GROUP_THRESHOLD=1)
    def test_large_groups_and_the_world_room_have_none(self) -> None:
        self.assertEqual(get_rosters([lock(self.group), lock(make_world())]), {})

    def test_seats_without_a_roster_come_from_the_database(self) -> None:
        keys = [(self.group.pk, self.ann.pk), (self.group.pk, self.eve.pk)]
        self.assertEqual(find_seats(keys), {(self.group.pk, self.ann.pk): Seat("owner", 0.0, 1)})


class SmallRosterTest(RosterCase):
    def seats_of(self, conversation_id: int) -> list[int]:
        roster = find_small_roster(conversation_id)
        assert roster is not None
        return list(roster.seats)

    def test_members_are_those_of_the_present_version(self) -> None:
        self.assertCountEqual(self.seats_of(self.group.pk), [self.ann.pk, self.bob.pk])
        self.swap_bob_for_eve()
        self.assertCountEqual(self.seats_of(self.group.pk), [self.ann.pk, self.eve.pk])

    def test_there_is_no_list_for_too_many_or_the_world(self) -> None:
        self.assertIsNone(find_small_roster(make_world().pk))
        with patch("messaging.delivery.rosters.MAX_TYPING_MEMBERS", 1):
            self.assertIsNone(find_small_roster(self.group.pk))

    def test_nobody_is_in_a_conversation_that_is_not_there(self) -> None:
        self.assertEqual(self.seats_of(987_654_321), [])
