"""Cursor paging: limits, cursors that are not ours, and pages that neither skip nor repeat."""

from datetime import UTC, datetime
from typing import Any

from django.test import SimpleTestCase, TestCase
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from core.errors import DomainError, ErrorCode
from core.paging import PageRequest, decode_cursor, encode_cursor, make_page, read_page_request
from core.redis import get_redis
from groups.models import Group
from tests.factories import make_client, make_user
from tests.messaging.building import Log, make_group


def read(**query: Any) -> PageRequest:
    """The page that a query string asks for."""
    return read_page_request(Request(APIRequestFactory().get("/", query)))


class PageRequestTest(SimpleTestCase):
    def test_the_default_is_the_first_fifty(self) -> None:
        self.assertEqual(read(), PageRequest(limit=50, after=None))

    def test_a_limit_may_be_one_to_two_hundred(self) -> None:
        self.assertEqual((read(limit=1).limit, read(limit=200).limit), (1, 200))
        for limit in ("0", "-1", "201", "ten", "1.5"):
            with self.assertRaises(ValidationError, msg=limit):
                read(limit=limit)

    def test_a_cursor_of_ours_comes_back_as_it_was(self) -> None:
        for position in ((5,), ("name", 7), (datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), 2**62), (-1, "中文🙂", True)):
            text = encode_cursor(position)
            self.assertTrue(text.replace("-", "").replace("_", "").isalnum(), text)
            self.assertEqual(decode_cursor(text), position)
            self.assertEqual(read(cursor=text).after, position)

    def test_a_cursor_that_is_not_ours_is_refused_and_named(self) -> None:
        for text in ("!", "abc", "é", "A" * 511, encode_cursor((1,))[:-1] + "!", "wA", "gA"):
            with self.assertRaises(DomainError, msg=text) as caught:
                read(cursor=text)
            self.assertEqual(caught.exception.code, ErrorCode.INVALID_REQUEST)
            self.assertEqual(caught.exception.details["fields"].keys(), {"cursor"})
        with self.assertRaises(ValidationError):
            read(cursor="A" * 513)


class ForgedCursorTest(SimpleTestCase):
    def test_a_position_of_another_shape_is_refused(self) -> None:
        now = datetime.now(UTC)
        for position in ((), (5, 5), ("5",), (True,), (5.0,), (now,), ([5],), (2**63,), (-(2**63) - 1,)):
            with self.assertRaises(DomainError, msg=position) as caught:
                PageRequest(after=position).after_as(int)
            self.assertEqual(caught.exception.code, ErrorCode.INVALID_REQUEST)
        self.assertEqual(PageRequest(after=(now, 5)).after_as(datetime, int), (now, 5))
        self.assertIsNone(PageRequest().after_as(int))


class ForgedCursorOverHttpTest(TestCase):
    def test_every_list_refuses_a_cursor_of_another_shape(self) -> None:
        get_redis().flushdb()
        ann, bob = make_user(), make_user()
        conversation = make_group(ann, bob)
        Group.objects.create(conversation=conversation)
        message = Log(conversation).send(ann)
        lists = (
            "users?q=per",
            "friends",
            "friends/requests",
            "blocks",
            "conversations",
            f"conversations/{conversation.pk}/members",
            f"conversations/{conversation.pk}/pins",
            f"conversations/{conversation.pk}/messages/{message.pk}/readers",
            f"groups/{conversation.pk}/invites",
            f"groups/{conversation.pk}/join-requests",
        )
        forged: tuple[tuple[Any, ...], ...] = ((), ("x",), ("x", "y", "z"), ({},), (None, None))
        client = make_client(ann)
        for path in lists:
            address = f"/api/v1/{path}{'&' if '?' in path else '?'}limit=1"
            self.assertEqual(client.get(address).status_code, 200, path)
            for position in forged:
                answer = client.get(f"{address}&cursor={encode_cursor(position)}")
                got = (answer.status_code, answer.json()["code"])
                self.assertEqual(got, (400, "INVALID_REQUEST"), (path, position))


class PageTest(SimpleTestCase):
    def test_pages_put_together_are_the_list(self) -> None:
        for length in range(8):
            rows, after = list(range(length)), -1
            seen: list[int] = []
            for _page in range(10):
                page = make_page([row for row in rows if row > after][:4], 3, lambda row: (row,))
                seen += page.rows
                if page.next_after is None:
                    break
                (after,) = page.next_after
            self.assertEqual(seen, rows)

    def test_a_page_that_is_just_full_is_the_last(self) -> None:
        page = make_page([1, 2, 3], 3, lambda row: (row,))
        self.assertEqual(page.as_dict(str), {"results": ["1", "2", "3"], "next_cursor": None})

    def test_one_row_too_many_says_that_there_is_more(self) -> None:
        answer = make_page([1, 2, 3, 4], 3, lambda row: (row,)).as_dict(str)
        self.assertEqual(answer["results"], ["1", "2", "3"])
        self.assertEqual(decode_cursor(answer["next_cursor"]), (3,))
