"""Profiles: one's own, others', and finding people."""

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

from accounts.models import Block, Friendship, User
from accounts.selectors import list_users, search_users
from accounts.services.erasure import erase_account
from core import clock
from core.clock import to_wire
from core.paging import PageRequest
from tests.accounts.case import AccountsCase, Answer
from tests.factories import make_client, make_user, make_users

DEFAULT_PRIVACY = {"direct": "everyone", "groups": "everyone", "last_seen": "everyone", "searchable": True}


class MeTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = make_user("alice", email="alice@example.com")
        self.client_of_alice = make_client(self.user)

    def change(self, **fields: Any) -> Answer:
        return self.call("patch", "users/me", fields, client=self.client_of_alice)

    def test_shows_what_only_the_caller_sees(self) -> None:
        body = self.call("get", "users/me", client=self.client_of_alice).json()
        self.assertEqual(
            body,
            {
                "id": str(self.user.pk),
                "username": "alice",
                "display_name": "alice",
                "avatar_url": None,
                "kind": "person",
                "email": "alice@example.com",
                "settings": {},
                "privacy": DEFAULT_PRIVACY,
                "created_at": to_wire(self.user.created_at),
            },
        )

    def test_takes_one_query(self) -> None:
        with self.assertNumQueries(1):
            self.call("get", "users/me", client=self.client_of_alice)

    def test_changes_only_what_is_given(self) -> None:
        answer = self.change(display_name="  Alice\tLiddell ")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["display_name"], "Alice Liddell")
        self.assertEqual(answer.json()["email"], "alice@example.com")
        self.assertEqual(self.change(email="New@Example.com").json()["email"], "new@example.com")
        self.assertEqual(self.change(email="").json()["email"], "")
        self.assertEqual(self.change().json()["display_name"], "Alice Liddell")

    def test_new_display_name_is_found(self) -> None:
        self.change(display_name="Ärger")
        found = search_users("ÄRG", PageRequest()).rows
        self.assertEqual([user.pk for user in found], [self.user.pk])

    def test_settings_are_merged_and_null_removes(self) -> None:
        self.change(settings={"theme": "dark", "sounds": {"new": False}})
        answer = self.change(settings={"theme": None, "language": "zh-CN"})
        self.assertEqual(answer.json()["settings"], {"sounds": {"new": False}, "language": "zh-CN"})

    def test_settings_are_bounded(self) -> None:
        self.assert_field_refused(self.change(settings={"note": "x" * 16_384}), "settings")
        self.assert_field_refused(self.change(settings=["theme"]), "settings")

    def test_privacy_is_merged(self) -> None:
        self.change(privacy={"direct": "friends"})
        answer = self.change(privacy={"searchable": False})
        self.assertEqual(answer.json()["privacy"], DEFAULT_PRIVACY | {"direct": "friends", "searchable": False})

    def test_privacy_knows_its_names_and_values(self) -> None:
        for privacy in ({"direct": "nobody"}, {"phone": "friends"}, {"searchable": "maybe"}):
            with self.subTest(privacy):
                self.assert_field_refused(self.change(privacy=privacy), "privacy")

    def test_nothing_else_can_be_changed(self) -> None:
        for field in ("username", "kind", "is_staff", "is_superuser", "password", "id", "last_seen_at"):
            with self.subTest(field):
                self.assert_field_refused(self.change(**{field: "x"}), field)

    def test_needs_a_session(self) -> None:
        for method in ("get", "patch", "delete"):
            self.assert_refused(self.call(method, "users/me"), 401, "AUTH_FAILED")


class ProfileTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.viewer = make_user()
        self.other = make_user("bob", display_name="Bob", last_seen_at=clock.now(), email="bob@example.com")
        self.client_of_viewer = make_client(self.viewer)

    def see(self, user_id: Any = None) -> Answer:
        return self.call("get", f"users/{user_id or self.other.pk}", client=self.client_of_viewer)

    def hide_last_seen(self, audience: str) -> None:
        User.objects.filter(pk=self.other.pk).update(privacy={"last_seen": audience})

    def test_shows_what_everyone_sees(self) -> None:
        assert self.other.last_seen_at is not None
        self.assertEqual(
            self.see().json(),
            {
                "id": str(self.other.pk),
                "username": "bob",
                "display_name": "Bob",
                "avatar_url": None,
                "kind": "person",
                "is_friend": False,
                "is_blocked": False,
                "remark": "",
                "last_seen_at": to_wire(self.other.last_seen_at),
            },
        )

    def test_shows_friendship_and_block_of_the_caller(self) -> None:
        Friendship.objects.create(user=self.viewer, friend=self.other, remark="from work")
        Block.objects.create(blocker=self.viewer, blocked=self.other)
        body = self.see().json()
        self.assertEqual((body["is_friend"], body["is_blocked"], body["remark"]), (True, True, "from work"))

    def test_does_not_tell_that_the_other_blocks_the_caller(self) -> None:
        before = self.see().content
        Block.objects.create(blocker=self.other, blocked=self.viewer)
        self.assertEqual(self.see().content, before)

    def test_last_seen_is_shown_to_whom_privacy_allows(self) -> None:
        self.hide_last_seen("nobody")
        self.assertIsNone(self.see().json()["last_seen_at"])
        self.hide_last_seen("friends")
        self.assertIsNone(self.see().json()["last_seen_at"])
        Friendship.objects.create(user=self.viewer, friend=self.other)
        self.assertIsNotNone(self.see().json()["last_seen_at"])
        self.hide_last_seen("nobody")
        self.assertIsNone(self.see().json()["last_seen_at"])

    def test_unknown_ids_are_not_found(self) -> None:
        for unknown in (10**15, "x", "-1", "1.0", "９", "9" * 40):
            with self.subTest(unknown):
                self.assert_refused(self.see(unknown), 404, "NOT_FOUND")

    def test_erased_account_shows_only_that_it_was(self) -> None:
        erase_account(self.other.pk)
        body = self.see().json()
        self.assertEqual(body["username"], f"deleted-{self.other.pk}")
        self.assertEqual(body["display_name"], "Deleted account")
        self.assertIsNone(body["last_seen_at"])


class SearchTest(AccountsCase):
    def setUp(self) -> None:
        super().setUp()
        self.viewer = make_user("viewer")
        self.client_of_viewer = make_client(self.viewer)

    def find(self, query: str, **params: Any) -> list[str]:
        answer = self.client_of_viewer.get("/api/v1/users", {"q": query, **params})
        self.assertEqual(answer.status_code, 200, answer.content)
        return [user["username"] for user in answer.json()["results"]]

    def test_finds_the_beginning_of_either_name_in_any_form(self) -> None:
        make_user("Mallory", display_name="Zoë Straße")
        make_user("李雷", display_name="雷子")
        make_user("other", display_name="A Mallory")
        for query in ("mal", "MALL", "ｍａｌ", "zo", "ZOË STRASSE", " mallory "):
            with self.subTest(query):
                self.assertEqual(self.find(query), ["Mallory"])
        for query in ("李", "雷"):
            self.assertEqual(self.find(query), ["李雷"])
        self.assertEqual(self.find("allory"), [])

    def test_exact_hits_come_first(self) -> None:
        make_user("anna-lena")
        make_user("annabel", display_name="Anna Belle")
        make_user("anna")
        self.assertEqual(self.find("Anna"), ["anna", "anna-lena", "annabel"])

    def test_finds_by_id(self) -> None:
        user = make_user("numbered")
        self.assertEqual(self.find(str(user.pk)), ["numbered"])

    def test_wildcards_mean_themselves(self) -> None:
        make_user("under_score", display_name="100% \\o/")
        make_user("underwater", display_name="100 ways")
        self.assertEqual(self.find("under_"), ["under_score"])
        self.assertEqual(self.find("100%"), ["under_score"])
        self.assertEqual(self.find("100% \\"), ["under_score"])
        self.assertEqual(self.find("%"), [])

    def test_leaves_out_who_is_gone_or_hidden(self) -> None:
        make_user("sam-active", privacy={"direct": "friends"})
        make_user("sam-shown", privacy={"searchable": True})
        hidden = make_user("sam-hidden", privacy={"searchable": False})
        make_user("sam-closed", is_active=False)
        erase_account(make_user("sam-erased").pk)
        self.assertEqual(self.find("sam"), ["sam-active", "sam-shown"])
        self.assertEqual(self.find("sam-hidden"), [])
        self.assertEqual(self.find(str(hidden.pk)), [])
        self.assertEqual(self.find("deleted"), [])

    def test_pages_hold_everyone_once(self) -> None:
        names = [f"pat-{number}" for number in range(7)]
        for name in names:
            make_user(name)
        make_user("pat")
        for limit in (1, 2, 3, 7, 8, 50):
            with self.subTest(limit):
                seen: list[str] = []
                cursor = None
                while True:
                    params = {"q": "pat", "limit": limit, **({"cursor": cursor} if cursor else {})}
                    page = self.client_of_viewer.get("/api/v1/users", params).json()
                    self.assertLessEqual(len(page["results"]), limit)
                    seen += [user["username"] for user in page["results"]]
                    cursor = page["next_cursor"]
                    if cursor is None:
                        break
                self.assertEqual(seen, ["pat", *names])

    def test_some_users_by_their_ids_in_one_query(self) -> None:
        people = [make_user(f"by_id_{n}") for n in range(3)]
        ids = ",".join(str(user.pk) for user in (people[2], people[0], people[2]))
        path = f"users?ids={ids},{10**17}"
        self.call("get", path, client=self.client_of_viewer)
        with self.assertNumQueries(1):
            found = list_users([people[0].pk, people[2].pk])
        self.assertEqual(found, [people[0], people[2]])
        answer = self.call("get", path, client=self.client_of_viewer).json()
        self.assertEqual([row["username"] for row in answer["results"]], ["by_id_0", "by_id_2"])
        self.assertIsNone(answer["next_cursor"])

    def test_ids_that_are_none_and_both_ways_at_once_are_refused(self) -> None:
        for ids in ("a", "1,", "-1", ",".join(["1"] * 201), "1" * 19):
            with self.subTest(ids):
                self.assert_field_refused(self.call("get", f"users?ids={ids}", client=self.client_of_viewer), "ids")
        self.assert_field_refused(self.call("get", "users?ids=1&q=a", client=self.client_of_viewer), "q")

    def test_empty_missing_and_overlong_queries_are_refused(self) -> None:
        for query in ("", "?q=", "?q=%20", "?q=" + "x" * 65, "?q=%00"):
            with self.subTest(query):
                self.assert_field_refused(self.call("get", f"users{query}", client=self.client_of_viewer), "q")

    def test_needs_a_session(self) -> None:
        self.assert_refused(self.call("get", "users?q=a"), 401, "AUTH_FAILED")


class SearchPlanTest(TransactionTestCase):
    """Outside a transaction, since ANALYZE TABLE commits on MySQL."""

    def test_prefixes_are_answered_from_indexes(self) -> None:
        make_user("viewer")
        make_users(3_000)
        with connection.cursor() as cursor:
            table = "" if connection.vendor == "postgresql" else "TABLE"
            cursor.execute(f"ANALYZE {table} accounts_user")
        found = User.objects.filter(username_folded__has_prefix="viewer") | User.objects.filter(
            display_name_folded__has_prefix="viewer"
        )
        plan = found.explain()
        self.assertNotIn("Seq Scan", plan)
        if connection.vendor == "postgresql":
            self.assertEqual(plan.count("Bitmap Index Scan"), 2, plan)
        else:
            self.assertIn("index_merge", plan)
