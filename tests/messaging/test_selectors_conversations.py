"""The conversation object: what a reader sees, in a constant number of queries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from accounts.models import Friendship, User
from core import clock
from core.paging import PageRequest
from messaging.models import Conversation, Member
from messaging.selectors.conversations import list_page, list_views, views_for
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class ConversationObjectTests(TestCase):
    def setUp(self) -> None:
        self.ann, self.ben = make_user("ann"), make_user("ben")

    def view(self, conversation: Conversation, reader: User | None = None) -> dict[str, Any]:
        [view] = list_views((reader or self.ann).pk, [conversation.pk])
        return view

    def test_a_direct_is_titled_by_the_peer_and_by_the_readers_own_remark(self) -> None:
        direct = make_direct(self.ann, self.ben)
        assert self.view(direct)["title"] == "Ben"
        Friendship.objects.create(user=self.ann, friend=self.ben, remark="Benny")
        Friendship.objects.create(user=self.ben, friend=self.ann, remark="Annie")
        assert self.view(direct)["title"] == "Benny"
        assert self.view(direct, self.ben)["title"] == "Annie"
        assert self.view(direct)["peer"] == {
            "id": str(self.ben.pk),
            "username": "ben",
            "display_name": "Ben",
            "avatar_url": None,
            "kind": "person",
        }

    def test_a_direct_tells_how_far_the_peer_is_and_a_group_does_not(self) -> None:
        direct, group = make_direct(self.ann, self.ben), make_group(self.ann, self.ben)
        Member.objects.filter(user=self.ben).update(read_seq=3, received_seq=5)
        assert (self.view(direct)["peer_read_seq"], self.view(direct)["peer_received_seq"]) == (3, 5)
        assert "peer_read_seq" not in self.view(group)
        assert "peer" not in self.view(group)
        assert "role" not in self.view(direct)
        assert self.view(group)["role"] == "owner"

    def test_unread_counts_messages_of_others_and_no_other_events(self) -> None:
        direct = make_direct(self.ann, self.ben)
        log = Log(direct)
        first = log.send(self.ben)
        log.react(first, self.ben, "👍")
        second = log.send(self.ben)
        log.recall(second)
        assert self.view(direct)["unread_count"] == 2
        log.send(self.ann)
        assert self.view(direct)["unread_count"] == 0
        assert self.view(direct, self.ben)["unread_count"] == 1

    def test_unread_is_capped_at_a_thousand(self) -> None:
        direct = make_direct(self.ann, self.ben)
        direct.last_ordinal = direct.last_seq = 5000
        direct.save()
        assert self.view(direct)["unread_count"] == 1000

    def test_mentions_count_by_name_and_for_all_but_never_ones_own_or_read_ones(self) -> None:
        group = make_group(self.ann, self.ben)
        log = Log(group)
        log.send(self.ben, mentions=[self.ann.pk])
        Member.objects.filter(conversation=group, user=self.ann).update(read_seq=1, read_ordinal=1)
        log.send(self.ben, mentions=[self.ann.pk])
        log.send(self.ben, mentions=[0])
        assert self.view(group)["mention_count"] == 2
        assert self.view(group, self.ben)["mention_count"] == 0

    def test_the_last_message_is_in_its_present_state_and_within_the_visible_range(self) -> None:
        group = make_group(self.ann, self.ben)
        log = Log(group)
        message = log.send(self.ben, "secret")
        log.react(message, self.ann, "👍")
        assert self.view(group)["last_message"]["reactions"] == {
            "👍": {"count": 1, "user_ids": [str(self.ann.pk)], "me": True}
        }
        log.recall(message)
        last = self.view(group)["last_message"]
        assert (last["recalled"], last["content"], last["reactions"]) == (True, {}, {})
        Member.objects.filter(user=self.ann).update(visible_from=2)
        assert self.view(group)["last_message"] is None
        assert self.view(group)["first_seq"] == 2

    def test_nobody_sees_a_conversation_that_they_left_or_that_is_dissolved(self) -> None:
        group = make_group(self.ann, self.ben)
        Member.objects.filter(user=self.ben).update(left_at=clock.now())
        assert list_views(self.ben.pk, [group.pk]) == []
        assert list(views_for(group.pk, [self.ann.pk, self.ben.pk])) == [self.ann.pk]
        group.dissolved_at = clock.now()
        group.save()
        assert list_views(self.ann.pk, [group.pk]) == []

    def test_everyone_is_in_the_world_room_with_everything_read(self) -> None:
        world = make_world()
        log = Log(world)
        log.send(self.ben)
        view = self.view(world)
        assert (view["kind"], view["read_seq"], view["last_seq"], view["unread_count"]) == ("world", 1, 1, 0)
        assert view["member_count"] >= 2
        assert set(views_for(world.pk, [self.ann.pk, self.ben.pk])) == {self.ann.pk, self.ben.pk}

    def test_one_conversation_for_many_readers_says_each_their_own(self) -> None:
        direct = make_direct(self.ann, self.ben)
        Log(direct).send(self.ann)
        views = views_for(direct.pk, [self.ann.pk, self.ben.pk])
        assert (views[self.ann.pk]["title"], views[self.ben.pk]["title"]) == ("Ben", "Ann")
        assert (views[self.ann.pk]["unread_count"], views[self.ben.pk]["unread_count"]) == (0, 1)


class ConversationQueriesTests(TestCase):
    def count(self, call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            call()
        return len(queries)

    def test_many_conversations_take_as_many_queries_as_one(self) -> None:
        ann = make_user()
        ids = []
        for number in range(12):
            conversation = make_direct(ann, make_user()) if number % 2 else make_group(ann, make_user())
            log = Log(conversation)
            log.react(log.send(ann, mentions=[0]), ann, "👍")
            ids.append(conversation.pk)
        few = self.count(lambda: list_views(ann.pk, ids[:2]))
        assert self.count(lambda: list_views(ann.pk, ids)) == few
        assert few <= 5

    def test_many_readers_take_as_many_queries_as_one(self) -> None:
        people = [make_user() for _ in range(10)]
        group = make_group(*people)
        Log(group).send(people[0])
        ids = [user.pk for user in people]
        assert self.count(lambda: views_for(group.pk, ids)) == self.count(lambda: views_for(group.pk, ids[:1]))


class ConversationListTests(TestCase):
    def test_newest_first_page_by_page_with_the_world_room_in_its_place(self) -> None:
        ann = make_user()
        base = clock.now() - timedelta(days=1)
        expected: list[str] = []
        for number in range(7):
            conversation = make_world() if number == 3 else make_group(ann, make_user())
            Log(conversation).send(ann, at=base + timedelta(minutes=number))
            expected.append(str(conversation.pk))
        expected.reverse()
        got: list[str] = []
        after: tuple[Any, ...] | None = None
        while True:
            views, page = list_page(ann.pk, PageRequest(limit=2, after=after))
            got += [view["id"] for view in views]
            after = page.next_after
            if after is None:
                break
        assert got == expected

    def test_archived_ones_are_listed_with_their_flag(self) -> None:
        ann = make_user()
        group = make_group(ann, make_user())
        Member.objects.filter(conversation=group, user=ann).update(archived=True)
        [view], _page = list_page(ann.pk, PageRequest())
        assert view["archived"] is True
