"""History in its present state, and the log's events within what the caller may see."""

from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from core.errors import DomainError, ErrorCode
from core.redis import get_redis
from messaging.delivery.recent import read_recent
from messaging.models import Conversation, Member, Reaction
from messaging.selectors.access import access_place
from messaging.selectors.events import events_page
from messaging.selectors.history import HistoryQuery, history_page
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class HistoryCase(TestCase):
    def setUp(self) -> None:
        get_redis().flushdb()
        self.ann, self.ben = make_user("ann"), make_user("ben")
        self.group = make_group(self.ann, self.ben)
        self.log = Log(self.group)

    def page(
        self, limit: int = 50, *, reader: User | None = None, conversation: Conversation | None = None, **where: int
    ) -> dict[str, Any]:
        place = access_place((reader or self.ann).pk, str((conversation or self.group).pk))
        return history_page(place, HistoryQuery(limit=limit, **where))

    def seqs(self, limit: int, around_seq: int) -> list[int]:
        return [message["seq"] for message in self.page(limit, around_seq=around_seq)["results"]]

    def events(self, after_seq: int = 0, limit: int = 50, reader: User | None = None) -> dict[str, Any]:
        place = access_place((reader or self.ann).pk, str(self.group.pk))
        return events_page(place, after_seq, limit)


class HistoryPagingTests(HistoryCase):
    def setUp(self) -> None:
        super().setUp()
        # seq 1: joined; then a message and a reaction in turn: messages at 2, 4, 6, 8, 10; last_seq 11
        self.log.join(self.ann, actor=self.ann)
        for _ in range(5):
            self.log.react(self.log.send(self.ben), self.ann, "👍")

    def test_the_newest_page_ends_at_the_end(self) -> None:
        page = self.page(2)
        assert [message["seq"] for message in page["results"]] == [8, 10]
        assert (page["has_before"], page["has_after"], page["as_of_seq"]) == (True, False, 11)

    def test_pages_before_a_seq_go_down_to_the_first_entry(self) -> None:
        page = self.page(4, before_seq=8)
        assert [message["seq"] for message in page["results"]] == [1, 2, 4, 6]
        assert (page["has_before"], page["has_after"]) == (False, True)
        assert self.page(3, before_seq=8)["has_before"] is True
        assert self.page(3, before_seq=1)["results"] == []

    def test_pages_after_a_seq_go_up_to_the_last_entry(self) -> None:
        page = self.page(2, after_seq=4)
        assert [message["seq"] for message in page["results"]] == [6, 8]
        assert (page["has_before"], page["has_after"]) == (True, True)
        page = self.page(5, after_seq=8)
        assert [message["seq"] for message in page["results"]] == [10]
        assert (page["has_before"], page["has_after"]) == (True, False)
        assert self.page(5, after_seq=0)["has_before"] is False
        assert self.page(5, after_seq=999)["results"] == []

    def test_a_page_around_a_seq_has_it_in_the_middle_and_fills_up_at_the_ends(self) -> None:
        assert self.seqs(4, around_seq=6) == [2, 4, 6, 8]
        assert self.seqs(4, around_seq=10) == [4, 6, 8, 10]
        assert self.seqs(4, around_seq=1) == [1, 2, 4, 6]
        page = self.page(2, around_seq=6)
        assert (page["has_before"], page["has_after"]) == (True, True)
        page = self.page(50, around_seq=6)
        assert (len(page["results"]), page["has_before"], page["has_after"]) == (6, False, False)

    def test_two_places_at_once_are_refused(self) -> None:
        with self.assertRaises(DomainError) as caught:
            self.page(before_seq=3, after_seq=1)
        assert caught.exception.code is ErrorCode.INVALID_REQUEST

    def test_a_joiner_sees_nothing_from_before(self) -> None:
        Member.objects.filter(user=self.ben).update(visible_from=7)
        page = self.page(reader=self.ben)
        assert [message["seq"] for message in page["results"]] == [8, 10]
        assert page["has_before"] is False
        assert self.page(reader=self.ben, before_seq=8)["results"] == []
        page = self.page(reader=self.ben, after_seq=0)
        assert ([message["seq"] for message in page["results"]], page["has_before"]) == ([8, 10], False)

    def test_what_is_stored_after_the_callers_look_at_the_log_is_left_to_events(self) -> None:
        place = access_place(self.ann.pk, str(self.group.pk))
        self.log.send(self.ben)
        page = history_page(place, HistoryQuery(limit=50))
        assert page["as_of_seq"] == 11
        assert page["results"][-1]["seq"] == 10


class HistoryContentTests(HistoryCase):
    def test_membership_is_told_in_the_readers_language_with_names(self) -> None:
        self.log.join(self.ben, actor=self.ann)
        self.log.append("member-left", self.ben.pk, None, {"user_ids": [str(self.ben.pk)]})
        texts = [message["content"]["text"] for message in self.page()["results"]]
        assert texts == ["Ann added Ben", "Ben left"]
        with translation.override("zh-hans"):
            assert self.page()["results"][0]["content"]["text"] == "Ann 邀请 Ben 加入了群聊"
        assert self.page()["results"][0]["kind"] == "system"

    def test_many_joiners_are_named_in_part(self) -> None:
        people = [make_user() for _ in range(13)]
        self.log.join(*people, actor=self.ann)
        assert self.page()["results"][0]["content"]["text"].endswith("and 3 others")

    def test_recalled_and_hidden_messages_are_empty(self) -> None:
        recalled, hidden = self.log.send(self.ben, "one"), self.log.send(self.ben, "two", mentions=[self.ann.pk])
        self.log.recall(recalled)
        hidden.hidden_at = hidden.created_at
        hidden.save()
        page = self.page()
        assert [(m["content"], m["mentions"], m["recalled"]) for m in page["results"]] == [
            ({}, [], True),
            ({}, [], False),
        ]

    def test_reactions_tell_a_count_the_first_fifty_and_me(self) -> None:
        message = self.log.send(self.ben)
        people = [make_user() for _ in range(60)]
        Reaction.objects.bulk_create(
            Reaction(message_id=message.pk, user_id=user.pk, emoji="👍", created_at=message.created_at)
            for user in people
        )
        self.log.react(message, self.ann, "🎉")
        reactions = self.page()["results"][0]["reactions"]
        assert list(reactions) == ["👍", "🎉"]
        assert reactions["👍"]["count"] == 60
        assert reactions["👍"]["user_ids"] == [str(user.pk) for user in people[:50]]
        assert (reactions["👍"]["me"], reactions["🎉"]["me"]) == (False, True)
        Member.objects.create(conversation=self.group, user=people[59])
        assert self.page(reader=people[59])["results"][0]["reactions"]["👍"]["me"] is True

    def test_a_page_takes_the_same_number_of_queries_however_long(self) -> None:
        for _ in range(30):
            self.log.react(self.log.send(self.ben), self.ann, "👍")
            self.log.join(make_user(), actor=self.ann)
        counts = []
        for limit in (2, 60):
            with CaptureQueriesContext(connection) as queries:
                self.page(limit, before_seq=80)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 6

    def test_the_world_room_shows_its_history_to_everyone(self) -> None:
        world = make_world()
        Log(world).send(self.ben, "hi all")
        assert self.page(conversation=world)["results"][0]["content"] == {"text": "hi all"}


class RecentPageTests(HistoryCase):
    """The newest page out of Redis is the page that the database gives."""

    def queries(self) -> tuple[int, dict[str, Any]]:
        with CaptureQueriesContext(connection) as queries:
            page = self.page()
        return len(queries), page

    def test_the_second_reader_gets_the_page_from_redis_in_their_own_view(self) -> None:
        self.log.join(self.ben, actor=self.ann)
        self.log.react(self.log.send(self.ben, "hi"), self.ann, "👍")
        for_ann = self.page()
        assert read_recent(self.group.pk, 3) is not None
        used, again = self.queries()
        # The caller's membership, and the names in the system message.
        assert used == 2
        assert again == for_ann
        for_ben = self.page(reader=self.ben)
        assert for_ben["results"][1]["reactions"]["👍"]["me"] is False
        with translation.override("zh-hans"):
            assert "邀请" in self.page()["results"][0]["content"]["text"]

    def test_a_changed_log_is_read_from_the_database(self) -> None:
        message = self.log.send(self.ben, "hi")
        self.page()
        self.log.edit(message, "edited")
        assert self.page()["results"][0]["content"] == {"text": "edited"}

    def test_what_is_kept_for_all_holds_nothing_of_one_reader(self) -> None:
        self.log.join(self.ben, actor=self.ann)
        self.log.react(self.log.send(self.ben), self.ann, "👍")
        self.page()
        kept = b"".join(bytes(raw) for raw in read_recent(self.group.pk, 3) or [])
        assert b'"me"' not in kept.replace(b'"me":null', b"")
        assert b"added" not in kept

    def test_who_sees_only_a_part_reads_the_database(self) -> None:
        for _ in range(3):
            self.log.send(self.ben)
        self.page()
        Member.objects.filter(user=self.ben).update(visible_from=3)
        assert [message["seq"] for message in self.page(reader=self.ben)["results"]] == [3]

    def test_has_before_is_told_rightly_from_redis(self) -> None:
        for _ in range(55):
            self.log.send(self.ben)
        first = self.page()
        used, again = self.queries()
        assert (used, again) == (1, first)
        assert first["has_before"] is True
        assert self.page(10)["results"] == first["results"][-10:]
        assert self.page(60)["results"][0]["seq"] == 1

    def test_a_message_with_more_reactions_than_are_named_is_read_from_the_database(self) -> None:
        message = self.log.send(self.ben)
        people = [make_user() for _ in range(51)]
        Reaction.objects.bulk_create(
            Reaction(message_id=message.pk, user_id=user.pk, emoji="👍", created_at=message.created_at)
            for user in people
        )
        self.page()
        Member.objects.create(conversation=self.group, user=people[50])
        assert self.page(reader=people[50])["results"][0]["reactions"]["👍"]["me"] is True


class EventsTests(HistoryCase):
    def test_every_seq_is_there_once_and_in_order(self) -> None:
        message = self.log.send(self.ben)
        self.log.react(message, self.ann, "👍")
        self.log.join(self.ann, actor=self.ben)
        self.log.edit(message, "two")
        page = self.events()
        assert [(event["seq"], event["event"]) for event in page["events"]] == [
            (1, "message-stored"),
            (2, "reaction-added"),
            (3, "member-joined"),
            (4, "message-edited"),
        ]
        assert (page["last_seq"], page["has_more"]) == (4, False)

    def test_pages_go_on_until_the_end(self) -> None:
        for _ in range(5):
            self.log.send(self.ben)
        first = self.events(limit=3)
        assert ([event["seq"] for event in first["events"]], first["has_more"]) == ([1, 2, 3], True)
        second = self.events(after_seq=3, limit=3)
        assert ([event["seq"] for event in second["events"]], second["has_more"]) == ([4, 5], False)
        assert self.events(after_seq=5) == {"events": [], "last_seq": 5, "has_more": False}
        assert self.events(after_seq=50)["events"] == []

    def test_content_is_as_it_is_now_in_every_earlier_event(self) -> None:
        edited, recalled = self.log.send(self.ben, "first"), self.log.send(self.ben, "secret one")
        self.log.edit(edited, "second")
        self.log.edit(recalled, "secret two")
        self.log.recall(recalled)
        self.log.edit(edited, "third")
        events = self.events()["events"]
        assert "secret" not in str(events)
        assert events[0]["message"]["content"] == {"text": "third"}
        assert events[2]["message"]["content"] == {"text": "third"}
        assert events[3]["message"]["content"] == {}
        assert events[3]["message"]["recalled"] is True

    def test_an_event_about_what_a_joiner_may_not_see_only_holds_its_seq(self) -> None:
        old = self.log.send(self.ben, "before")
        Member.objects.filter(user=self.ann).update(visible_from=2)
        self.log.edit(old, "edited before")
        self.log.react(old, self.ben, "👍")
        page = self.events()
        assert [(event["seq"], event["event"]) for event in page["events"]] == [(2, "hidden"), (3, "hidden")]
        assert str(old.pk) not in str(page)
        assert "before" not in str(page)
        assert [event["event"] for event in self.events(reader=self.ben)["events"]][1] == "message-edited"

    def test_a_page_takes_the_same_number_of_queries_however_long(self) -> None:
        for number in range(20):
            message = self.log.send(self.ben)
            self.log.react(message, self.ann, "👍")
            self.log.edit(message, f"edit {number}")
        counts = []
        for limit in (3, 60):
            with CaptureQueriesContext(connection) as queries:
                self.events(limit=limit)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 5


class AccessTests(HistoryCase):
    def refused(self, reader: User, conversation: str) -> str:
        with self.assertRaises(DomainError) as caught:
            access_place(reader.pk, conversation)
        return str(caught.exception.as_dict())

    def test_what_one_may_not_see_answers_like_what_does_not_exist(self) -> None:
        stranger = make_user()
        answers = {self.refused(stranger, text) for text in (str(self.group.pk), "999999", "x", "-1", "1" * 30, "")}
        assert len(answers) == 1

    def test_who_has_left_and_members_of_a_dissolved_group_are_refused(self) -> None:
        direct = make_direct(self.ann, self.ben)
        Member.objects.filter(user=self.ann, conversation=self.group).update(left_at=direct.created_at)
        self.refused(self.ann, str(self.group.pk))
        Conversation.objects.filter(pk=direct.pk).update(dissolved_at=direct.created_at)
        self.refused(self.ann, str(direct.pk))

    def test_who_was_removed_from_the_world_room_is_out(self) -> None:
        world = make_world()
        access_place(self.ann.pk, str(world.pk))
        Member.objects.create(conversation=world, user=self.ann, left_at=world.created_at)
        self.refused(self.ann, str(world.pk))
