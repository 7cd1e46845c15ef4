"""Members and readers: who is there, who has read, exactly and in pages."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from accounts.models import User, fold_name
from core import clock
from core.errors import DomainError, ErrorCode
from core.ids import log_id
from core.paging import PageRequest
from messaging.models import Member
from messaging.selectors.access import access_message, access_place
from messaging.selectors.members import members_page, readers_page
from tests.messaging.building import Log, make_group, make_user


class MembersTests(TestCase):
    def setUp(self) -> None:
        self.people = [make_user() for _ in range(5)]
        self.group = make_group(*self.people)
        self.place = access_place(self.people[0].pk, str(self.group.pk))

    def test_pages_have_every_present_member_once(self) -> None:
        Member.objects.filter(user=self.people[3]).update(left_at=clock.now())
        first = members_page(self.place, PageRequest(limit=3))
        second = members_page(self.place, PageRequest(limit=3, after=first.next_after))
        ids = [view.user.id for view in [*first.rows, *second.rows]]
        assert ids == [str(user.pk) for user in self.people if user is not self.people[3]]
        assert second.next_after is None
        assert (first.rows[0].role, first.rows[1].role) == ("owner", "member")

    def test_positions_are_told_up_to_fifty_members(self) -> None:
        assert members_page(self.place, PageRequest()).rows[0].read_seq == 0
        self.place.conversation.member_count = 51
        assert not isinstance(members_page(self.place, PageRequest()).rows[0].read_seq, int)

    def test_a_name_leaves_those_whose_names_start_with_it(self) -> None:
        User.objects.filter(pk=self.people[2].pk).update(display_name="Zoë Q", display_name_folded=fold_name("Zoë Q"))
        outsider = make_user()
        User.objects.filter(pk=outsider.pk).update(display_name="Zoë R", display_name_folded=fold_name("Zoë R"))
        for name in ("zoë", " ＺＯË q"):
            found = members_page(self.place, PageRequest(), name=name)
            assert [view.user.id for view in found.rows] == [str(self.people[2].pk)], name
        by_username = members_page(self.place, PageRequest(), name=self.people[4].username.upper())
        assert [view.user.id for view in by_username.rows] == [str(self.people[4].pk)]
        assert members_page(self.place, PageRequest(), name="%").rows == []

    def test_one_query_a_page(self) -> None:
        with self.assertNumQueries(2):
            members_page(self.place, PageRequest())


class ReadersTests(TestCase):
    def setUp(self) -> None:
        self.people = [make_user() for _ in range(5)]
        self.group = make_group(*self.people)
        self.log = Log(self.group)
        self.message = self.log.send(self.people[0])

    def readers(self, page: PageRequest | None = None) -> dict[str, Any]:
        place = access_place(self.people[0].pk, str(self.group.pk))
        message = access_message(place, str(self.message.pk))
        return readers_page(place, message, page or PageRequest()).as_dict()

    def test_read_and_unread_follow_each_members_position(self) -> None:
        Member.objects.filter(user__in=self.people[1:3]).update(read_seq=self.message.seq)
        got = self.readers()
        assert [user["id"] for user in got["read"]] == [str(user.pk) for user in self.people[1:3]]
        assert [user["id"] for user in got["unread"]] == [str(user.pk) for user in self.people[3:]]
        assert (got["read_count"], got["unread_count"], got["next_cursor"]) == (2, 2, None)

    def test_who_came_later_or_left_is_no_reader(self) -> None:
        Member.objects.filter(user=self.people[1]).update(visible_from=self.message.seq + 1)
        later = self.message.created_at + timedelta(seconds=1)
        Member.objects.filter(user=self.people[2]).update(joined_at=later, read_seq=9)
        Member.objects.filter(user=self.people[3]).update(left_at=clock.now())
        got = self.readers()
        assert [user["id"] for user in got["unread"]] == [str(self.people[4].pk)]
        assert got["read"] == []

    def test_pages_cover_everyone_once_with_counts_of_all(self) -> None:
        Member.objects.filter(user__in=self.people[2:4]).update(read_seq=self.message.seq)
        seen: list[str] = []
        cursor: tuple[Any, ...] | None = None
        place = access_place(self.people[0].pk, str(self.group.pk))
        while True:
            found = readers_page(place, self.message, PageRequest(limit=1, after=cursor))
            got = found.as_dict()
            seen += [user["id"] for user in got["read"] + got["unread"]]
            assert (got["read_count"], got["unread_count"]) == (2, 2)
            cursor = found.page.next_after
            if cursor is None:
                break
        assert seen == [str(user.pk) for user in self.people[1:]]

    def test_either_list_alone_has_the_counts_of_all(self) -> None:
        Member.objects.filter(user__in=self.people[1:3]).update(read_seq=self.message.seq)
        place = access_place(self.people[0].pk, str(self.group.pk))
        read = readers_page(place, self.message, PageRequest(limit=1), read=True)
        assert [row.user_id for row in read.page.rows] == [self.people[1].pk]
        assert read.page.next_after is not None
        unread = readers_page(place, self.message, PageRequest(), read=False).as_dict()
        assert [user["id"] for user in unread["unread"]] == [str(user.pk) for user in self.people[3:]]
        assert (unread["read"], unread["read_count"], unread["unread_count"]) == ([], 2, 2)

    def test_the_number_of_queries_does_not_grow_with_the_members(self) -> None:
        counts = []
        for limit in (1, 50):
            with CaptureQueriesContext(connection) as queries:
                self.readers(PageRequest(limit=limit))
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[0] <= 6

    def test_a_message_must_be_of_this_conversation_and_visible(self) -> None:
        other = make_group(*self.people)
        foreign = Log(other).send(self.people[0])
        joined = self.log.join(self.people[1], actor=self.people[0])
        place = access_place(self.people[0].pk, str(self.group.pk))
        absent = [str(foreign.pk), str(joined.pk), str(log_id(self.group.pk, 99)), "x", "0", "-5", ""]
        for text in absent:
            with self.subTest(text=text), self.assertRaises(DomainError) as caught:
                access_message(place, text)
            assert caught.exception.code is ErrorCode.MESSAGE_NOT_FOUND
        Member.objects.filter(user=self.people[1]).update(visible_from=self.message.seq + 1)
        joiner = access_place(self.people[1].pk, str(self.group.pk))
        with self.assertRaises(DomainError):
            access_message(joiner, str(self.message.pk))
