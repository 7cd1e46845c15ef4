"""History in its present state, within what the caller may see."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.errors import DomainError, ErrorCode
from messaging.models import Member, Reaction
from messaging.selectors.access import access_place
from messaging.selectors.history import HistoryQuery, history_page
from tests.messaging.building import Log, make_user, make_world
from tests.messaging.history_case import HistoryCase


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
