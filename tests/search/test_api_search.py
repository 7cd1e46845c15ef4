"""search.api: parameters, shapes, paging, names and files over HTTP."""

from datetime import timedelta
from itertools import pairwise
from typing import Any
from unittest import mock
from uuid import uuid4

from django.test import override_settings

from accounts.models import User
from core import clock
from core.ids import log_id
from files.models import File, FileStatus
from messaging.models import Attachment, Conversation, Message
from search import documents
from tests.factories import make_client
from tests.messaging.building import make_group, make_user
from tests.search.query_case import QueryCase, refresh


class ParameterTest(QueryCase):
    def assert_refused(self, path: str = "messages", **query: Any) -> None:
        self.assertEqual(self.get(path, status=400, **query)["code"], "INVALID_REQUEST", query)

    def test_what_is_empty_overlong_unknown_or_malformed_is_refused(self) -> None:
        for query in (
            {}, {"q": ""}, {"q": "   "}, {"q": "x" * 201}, {"q": "a", "mode": "fuzzy"}, {"q": "a", "colour": "red"},
            {"q": "a", "kind": "system"}, {"q": "a", "from": "yesterday"}, {"q": "a", "to": "2026-01-01T00:00:00"},
            {"q": "a", "limit": "0"}, {"q": "a", "limit": "201"}, {"q": "a", "cursor": "nonsense"},
        ):  # fmt: skip
            self.assert_refused(**query)
        for path in ("users", "groups", "files"):
            self.assert_refused(path)
            self.assert_refused(path, q="x" * 201)
            self.assert_refused(path, q="a", mode="keyword")

    def test_nobody_else_may_keep_an_answer(self) -> None:
        client = make_client(self.ann)
        for path in ("messages", "users", "groups", "files"):
            answer = client.get(f"/api/v1/search/{path}", {"q": "a"})
            self.assertEqual(answer.headers["Cache-Control"], "private, no-store", path)
            self.assertEqual(make_client().get(f"/api/v1/search/{path}", {"q": "a"}).status_code, 401)

    @override_settings(RATE_LIMITS=True)
    def test_searching_without_end_is_throttled(self) -> None:
        with mock.patch("search.api.parsing.SEARCHES_A_MINUTE", 2):
            for _unused in range(2):
                self.get("users", q="a")
            self.assertEqual(self.get("users", q="a", status=429)["code"], "RATE_LIMITED")

    def test_nothing_to_search_for_finds_nothing(self) -> None:
        self.say("hello?!")
        self.index(vectors=False)
        answer = self.get("messages", q="?!", mode="keyword")
        expected = {"results": [], "total": 0, "more": False, "degraded": False, "next_cursor": None}
        self.assertEqual(answer, expected)


class FilterTest(QueryCase):
    def test_filters_narrow(self) -> None:
        old = self.log.send(self.ann, "report one", at=clock.now() - timedelta(days=40))
        new = self.say("report two", self.ben)
        self.index(vectors=False)
        wire = self.get("messages", q="report two", mode="keyword")["results"][0]["message"]["created_at"]
        day = (clock.now() - timedelta(days=10)).date().isoformat()
        self.assert_finds("report", old, new)
        self.assert_finds("report", new, sender_id=str(self.ben.pk))
        self.assert_finds("report", sender_id="nobody")
        self.assert_finds("report", new, **{"from": day})
        self.assert_finds("report", old, to=day)
        self.assert_finds("report", new, **{"from": wire, "to": wire})
        self.assert_finds("report", old, new, conversation_id=str(self.group.pk), kind="text")
        self.assert_finds("report", kind="image")

    def test_pages_follow_each_other_without_gap_or_repeat_while_new_hits_arrive(self) -> None:
        sent = [self.say(f"report {number}") for number in range(7)]
        self.index(vectors=False)
        found: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = self.get("messages", q="report", mode="keyword", limit=3, **cursor)
            self.assertEqual(page["total"], 7)
            found += [hit["message"]["message_id"] for hit in page["results"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
            self.log.send(self.ben, "report report", at=clock.now() + timedelta(seconds=5))
            self.index(vectors=False)
        self.assertEqual(sorted(found), sorted(str(message.pk) for message in sent))

    def test_the_total_counts_what_may_be_seen_and_ends_at_200(self) -> None:
        first = self.say("report 0")
        rows = [
            Message(
                id=log_id(self.group.pk, seq), conversation_id=self.group.pk, seq=seq, ordinal=seq, payload_hash=0,
                sender_id=self.ann.pk, client_msg_id=str(uuid4()), text=f"report {seq}", created_at=first.created_at,
            )
            for seq in range(2, 206)
        ]  # fmt: skip
        Message.objects.bulk_create(rows)
        Conversation.objects.filter(pk=self.group.pk).update(last_seq=205)
        self.index(vectors=False)
        answer = self.get("messages", q="report", mode="keyword", limit=1)
        self.assertEqual((answer["total"], answer["more"]), (200, True))
        Message.objects.filter(seq__gt=150).update(recalled_at=clock.now())
        answer = self.get("messages", q="report", mode="keyword", limit=1)
        self.assertEqual((answer["total"], answer["more"]), (150, False))


class NameTest(QueryCase):
    def people(self, q: str, user: User | None = None) -> list[str]:
        return [one["username"] for one in self.get("users", user, q=q)["results"]]

    def test_people_are_found_by_any_part_of_a_name_in_either_script(self) -> None:
        zhang = User.objects.create_user("zhang_sf", display_name="张三丰")
        alice = User.objects.create_user("alice77", display_name="Alice Chen")
        documents.write([documents.person_action(zhang), documents.person_action(alice)], refresh=True)
        for query in ("张三", "三丰", "zhangsan", "zsf", "ZHANG_SF", "張三丰", "zhangsanfemg"):
            self.assertEqual(self.people(query), ["zhang_sf"], query)
        for query in ("alice", "chen", "Alice C", "alice77", "alcie"):
            self.assertEqual(self.people(query), ["alice77"], query)
        alice.privacy = {"searchable": False}
        alice.save()
        self.assertEqual(self.people("alice"), [])

    def test_only_the_groups_one_is_in_are_found(self) -> None:
        other = make_group(self.eve, make_user("fay"), title="项目二组")
        documents.write([documents.group_action(self.group), documents.group_action(other)], refresh=True)
        for query in ("项目", "xiangmu", "xmz", "rocket", "組 Rocket"):
            found = self.get("groups", q=query)
            self.assertEqual([one["id"] for one in found["results"]], [str(self.group.pk)], query)
        self.assertEqual(self.get("groups", self.ben, q="二组")["results"], [])

    def test_names_are_answered_from_the_database_without_the_engine(self) -> None:
        with override_settings(ELASTICSEARCH_URL="http://127.0.0.1:9"):
            people, groups = self.get("users", q="be"), self.get("groups", q="xiangmu")
        self.assertEqual(([one["username"] for one in people["results"]], people["degraded"]), (["ben"], True))
        self.assertEqual(([one["id"] for one in groups["results"]], groups["degraded"]), ([str(self.group.pk)], True))

    def test_pages_of_names_follow_each_other(self) -> None:
        users = [User.objects.create_user(f"kim{number}", display_name=f"Kim {number}") for number in range(5)]
        documents.write([documents.person_action(user) for user in users], refresh=True)
        found: list[str] = []
        cursor: dict[str, Any] = {}
        for _unused in range(3):
            page = self.get("users", q="kim", limit=2, **cursor)
            found += [one["username"] for one in page["results"]]
            cursor = {"cursor": page["next_cursor"]}
        self.assertIsNone(page["next_cursor"])
        self.assertEqual(found, [f"kim{number}" for number in range(5)])
        self.assertTrue(all(one < other for one, other in pairwise(found)))


class FileTest(QueryCase):
    def send_file(self, name: str) -> Message:
        file = File.objects.create(owner=self.ann, filename=name, size=1, key=str(uuid4()), status=FileStatus.READY)
        message = self.say("")
        Message.objects.filter(pk=message.pk).update(kind="file", file_id=file.pk)
        Attachment.objects.create(
            file_id=file.pk, message_id=message.pk, conversation_id=message.conversation_id, seq=message.seq
        )
        self.index(vectors=False)
        return message

    def names(self, q: str, user: User | None = None) -> list[str]:
        answer = self.get("files", user, q=q)
        return [hit["message"]["content"]["file"]["filename"] for hit in answer["results"]]

    def test_files_are_found_by_any_part_of_their_name(self) -> None:
        self.send_file("季度报表 final_v2.xlsx")
        for query in ("报表", "final", "v2", "xlsx", "jidubaobiao", "jdbb"):
            self.assertEqual(self.names(query), ["季度报表 final_v2.xlsx"], query)
        self.assertEqual(self.names("图纸"), [])
        with override_settings(ELASTICSEARCH_URL="http://127.0.0.1:9"):
            self.assertEqual(self.names("baobiao"), ["季度报表 final_v2.xlsx"])

    def test_only_who_may_read_the_message_finds_its_file(self) -> None:
        message = self.send_file("plan.pdf")
        self.assertEqual(self.names("plan", self.eve), [])
        self.log.recall(message)
        self.assertEqual(self.names("plan"), [])
        refresh()
