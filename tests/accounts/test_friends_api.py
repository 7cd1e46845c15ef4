"""Friends, requests and blocks."""

from typing import Any

from django.test import override_settings

from accounts.models import Block, FriendRequest, Friendship, User
from accounts.selectors import is_blocked_between, list_friend_ids, list_refusing
from tests.accounts.case import AccountsCase, Answer
from tests.factories import make_client, make_user, make_users

hook_calls: list[tuple[int, int]] = []


def note_block(blocker_id: int, blocked_id: int) -> None:
    """A BLOCK_HOOKS entry that remembers its calls."""
    hook_calls.append((blocker_id, blocked_id))


def refuse_block(blocker_id: int, blocked_id: int) -> None:
    """A BLOCK_HOOKS entry that fails."""
    raise RuntimeError(f"{blocker_id} {blocked_id}")


class PeopleCase(AccountsCase):
    """Ann, Bob and Eve, each with a client."""

    def setUp(self) -> None:
        super().setUp()
        self.ann, self.bob, self.eve = make_user("ann"), make_user("bob"), make_user("eve")
        self.clients = {user.pk: make_client(user) for user in (self.ann, self.bob, self.eve)}

    def act(self, user: User, method: str, path: str, body: Any = None) -> Answer:
        """Call the API as the user."""
        return self.call(method, path, body, client=self.clients[user.pk])

    def ask(self, sender: User, recipient: User, **fields: Any) -> Answer:
        """A friend request."""
        return self.act(sender, "post", "friends/requests", {"user_id": str(recipient.pk), **fields})

    def befriend(self, user: User, other: User) -> None:
        """Make two friends."""
        Friendship.objects.create(user=user, friend=other)
        Friendship.objects.create(user=other, friend=user)

    def requests_of(self, user: User) -> list[tuple[str, str, str]]:
        """(direction, other's username, message) of the user's open requests."""
        rows = self.act(user, "get", "friends/requests").json()["results"]
        return [(row["direction"], row["user"]["username"], row["message"]) for row in rows]

    def friends_of(self, user: User) -> list[str]:
        """The usernames of the user's friends."""
        return [row["user"]["username"] for row in self.act(user, "get", "friends").json()["results"]]


class AskTest(PeopleCase):
    def test_request_waits_on_both_sides(self) -> None:
        answer = self.ask(self.ann, self.bob, message="It's me")
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual((body["status"], body["friend"]), ("pending", None))
        self.assertEqual(set(body["request"]), {"id", "direction", "user", "message", "created_at"})
        self.assertEqual(self.requests_of(self.ann), [("outgoing", "bob", "It's me")])
        self.assertEqual(self.requests_of(self.bob), [("incoming", "ann", "It's me")])
        self.assertEqual(self.requests_of(self.eve), [])
        self.assertEqual(self.friends_of(self.ann), [])

    def test_asking_again_replaces_the_message(self) -> None:
        first = self.ask(self.ann, self.bob, message="hi")
        again = self.ask(self.ann, self.bob, message="hello?")
        self.assertEqual(again.status_code, 200)
        self.assertEqual(again.json()["request"]["id"], first.json()["request"]["id"])
        self.assertEqual(self.requests_of(self.bob), [("incoming", "ann", "hello?")])

    def test_asking_each_other_is_accepting(self) -> None:
        self.ask(self.ann, self.bob)
        answer = self.ask(self.bob, self.ann)
        self.assertEqual(answer.status_code, 201)
        body = answer.json()
        self.assertEqual((body["status"], body["request"]), ("accepted", None))
        self.assertEqual(body["friend"]["user"]["username"], "ann")
        self.assertEqual((self.friends_of(self.ann), self.friends_of(self.bob)), (["bob"], ["ann"]))
        self.assertFalse(FriendRequest.objects.exists())

    def test_refusals(self) -> None:
        self.assert_field_refused(self.ask(self.ann, self.ann), "user_id")
        self.assert_field_refused(self.ask(self.ann, self.bob, message="x" * 201), "message")
        self.assert_field_refused(self.ask(self.ann, self.bob, note="x"), "note")
        closed = make_user(is_active=False)
        for unknown in (str(closed.pk), "x", str(10**15)):
            answer = self.act(self.ann, "post", "friends/requests", {"user_id": unknown})
            self.assert_refused(answer, 404, "NOT_FOUND")
        self.befriend(self.ann, self.bob)
        self.assert_refused(self.ask(self.ann, self.bob), 409, "CONFLICT")
        Block.objects.create(blocker=self.eve, blocked=self.ann)
        self.assert_refused(self.ask(self.ann, self.eve), 403, "BLOCKED")
        self.assert_refused(self.ask(self.eve, self.ann), 409, "CONFLICT")
        self.assertFalse(FriendRequest.objects.exists())


class AnswerTest(PeopleCase):
    def setUp(self) -> None:
        super().setUp()
        self.request_id = self.ask(self.ann, self.bob).json()["request"]["id"]

    def answer(self, user: User, verb: str, request_id: str = "") -> Answer:
        return self.act(user, "post", f"friends/requests/{request_id or self.request_id}/{verb}", {})

    def test_accepting_makes_both_friends(self) -> None:
        answer = self.answer(self.bob, "accept")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["user"]["username"], "ann")
        self.assertEqual((self.friends_of(self.ann), self.friends_of(self.bob)), (["bob"], ["ann"]))
        self.assertEqual((self.requests_of(self.ann), self.requests_of(self.bob)), ([], []))
        self.assert_refused(self.answer(self.bob, "accept"), 404, "NOT_FOUND")

    def test_declining_removes_the_request(self) -> None:
        self.assertEqual(self.answer(self.bob, "decline").status_code, 204)
        self.assertEqual((self.requests_of(self.ann), self.friends_of(self.ann)), ([], []))
        self.assertEqual(self.ask(self.ann, self.bob).status_code, 201)

    def test_only_the_recipient_answers(self) -> None:
        for user in (self.ann, self.eve):
            for verb in ("accept", "decline"):
                self.assert_refused(self.answer(user, verb), 404, "NOT_FOUND")
        self.assert_refused(self.answer(self.bob, "accept", "x"), 404, "NOT_FOUND")
        self.assertEqual(len(self.requests_of(self.bob)), 1)

    def test_only_the_sender_withdraws(self) -> None:
        for user in (self.bob, self.eve):
            self.assert_refused(self.act(user, "delete", f"friends/requests/{self.request_id}"), 404, "NOT_FOUND")
        self.assertEqual(self.act(self.ann, "delete", f"friends/requests/{self.request_id}").status_code, 204)
        self.assertEqual(self.requests_of(self.bob), [])

    def test_who_has_closed_their_account_cannot_become_a_friend(self) -> None:
        User.objects.filter(pk=self.ann.pk).update(is_active=False)
        self.assert_refused(self.answer(self.bob, "accept"), 404, "NOT_FOUND")
        self.assertFalse(Friendship.objects.exists())


class FriendsTest(PeopleCase):
    def setUp(self) -> None:
        super().setUp()
        self.befriend(self.ann, self.bob)

    def test_remark_is_the_callers_own(self) -> None:
        answer = self.act(self.ann, "patch", f"friends/{self.bob.pk}", {"remark": "from work"})
        self.assertEqual((answer.status_code, answer.json()["remark"]), (200, "from work"))
        [row] = self.act(self.bob, "get", "friends").json()["results"]
        self.assertEqual(row["remark"], "")
        self.assertEqual(set(row), {"user", "remark", "created_at"})
        self.assertEqual(self.act(self.ann, "patch", f"friends/{self.bob.pk}", {"remark": ""}).json()["remark"], "")

    def test_remark_refusals(self) -> None:
        path = f"friends/{self.bob.pk}"
        self.assert_field_refused(self.act(self.ann, "patch", path, {"remark": "x" * 65}), "remark")
        self.assert_field_refused(self.act(self.ann, "patch", path, {"name": "x", "remark": ""}), "name")
        self.assert_refused(self.act(self.ann, "patch", f"friends/{self.eve.pk}", {"remark": "x"}), 404, "NOT_FOUND")

    def test_unfriending_ends_both_sides(self) -> None:
        self.assertEqual(self.act(self.bob, "delete", f"friends/{self.ann.pk}").status_code, 204)
        self.assertEqual((self.friends_of(self.ann), self.friends_of(self.bob)), ([], []))
        self.assert_refused(self.act(self.bob, "delete", f"friends/{self.ann.pk}"), 404, "NOT_FOUND")

    def test_list_takes_two_queries_for_any_number(self) -> None:
        for user in make_users(20):
            self.befriend(self.ann, user)
        with self.assertNumQueries(2):
            self.assertEqual(len(self.friends_of(self.ann)), 21)

    def test_lists_are_paged(self) -> None:
        for user in make_users(3):
            self.befriend(self.ann, user)
            Block.objects.create(blocker=self.ann, blocked=user)
            FriendRequest.objects.create(sender=user, recipient=self.ann)
        for path, total in (("friends", 4), ("blocks", 3), ("friends/requests", 3)):
            with self.subTest(path):
                first = self.act(self.ann, "get", f"{path}?limit=2").json()
                second = self.act(self.ann, "get", f"{path}?limit=2&cursor={first['next_cursor']}").json()
                ids = [row["user"]["id"] for row in first["results"] + second["results"]]
                self.assertEqual((len(ids), len(set(ids)), second["next_cursor"]), (total, total, None))

    def test_need_a_session(self) -> None:
        for method, path in (
            ("get", "friends"),
            ("get", "friends/requests"),
            ("post", "friends/requests"),
            ("delete", "friends/requests/1"),
            ("post", "friends/requests/1/accept"),
            ("post", "friends/requests/1/decline"),
            ("patch", "friends/1"),
            ("delete", "friends/1"),
            ("get", "blocks"),
            ("put", "blocks/1"),
            ("delete", "blocks/1"),
        ):
            with self.subTest(path):
                self.assert_refused(self.call(method, path), 401, "AUTH_FAILED")


@override_settings(BLOCK_HOOKS=["tests.accounts.test_friends_api.note_block"])
class BlockTest(PeopleCase):
    def setUp(self) -> None:
        super().setUp()
        hook_calls.clear()

    def block(self, blocker: User, blocked: User) -> Answer:
        return self.act(blocker, "put", f"blocks/{blocked.pk}")

    def blocks_of(self, user: User) -> list[str]:
        return [row["user"]["username"] for row in self.act(user, "get", "blocks").json()["results"]]

    def test_is_listed_for_the_blocker_only(self) -> None:
        self.assertEqual(self.block(self.ann, self.bob).status_code, 204)
        self.assertEqual((self.blocks_of(self.ann), self.blocks_of(self.bob)), (["bob"], []))

    def test_hooks_are_called_once_per_change(self) -> None:
        for _unused in range(2):
            self.block(self.ann, self.bob)
        self.assertEqual(hook_calls, [(self.ann.pk, self.bob.pk)])
        for _unused in range(2):
            self.assertEqual(self.act(self.ann, "delete", f"blocks/{self.bob.pk}").status_code, 204)
        self.assertEqual(hook_calls, [(self.ann.pk, self.bob.pk)] * 2)

    @override_settings(BLOCK_HOOKS=["tests.accounts.test_friends_api.refuse_block"])
    def test_hook_that_fails_takes_the_block_with_it(self) -> None:
        with self.assertRaises(RuntimeError):
            self.block(self.ann, self.bob)
        self.assertEqual(self.blocks_of(self.ann), [])

    def test_ends_friendship_and_requests(self) -> None:
        self.befriend(self.ann, self.bob)
        self.ask(self.ann, self.eve)
        self.ask(self.bob, self.eve)
        self.block(self.ann, self.bob)
        self.block(self.eve, self.ann)
        self.assertEqual((self.friends_of(self.ann), self.friends_of(self.bob)), ([], []))
        self.assertEqual(self.requests_of(self.ann), [])
        self.assertEqual(self.requests_of(self.eve), [("incoming", "bob", "")])

    def test_unblocking_does_not_bring_the_friendship_back(self) -> None:
        self.befriend(self.ann, self.bob)
        self.block(self.ann, self.bob)
        self.act(self.ann, "delete", f"blocks/{self.bob.pk}")
        self.assertEqual((self.blocks_of(self.ann), self.friends_of(self.ann)), ([], []))

    def test_refusals(self) -> None:
        self.assert_field_refused(self.block(self.ann, self.ann), "user_id")
        self.assert_refused(self.act(self.ann, "put", "blocks/x"), 404, "NOT_FOUND")
        self.assert_refused(self.act(self.ann, "put", f"blocks/{10**15}"), 404, "NOT_FOUND")
        self.assert_field_refused(self.act(self.ann, "put", f"blocks/{self.bob.pk}", {"until": 1}), "until")
        self.assertEqual(hook_calls, [])


class RelationsTest(PeopleCase):
    """What other apps ask about the ties between people."""

    def test_privacy_refuses_who_is_no_friend(self) -> None:
        User.objects.filter(pk=self.bob.pk).update(privacy={"direct": "friends", "groups": "everyone"})
        User.objects.filter(pk=self.eve.pk).update(privacy={"groups": "friends"})
        ids = [self.ann.pk, self.bob.pk, self.eve.pk]
        self.assertEqual(list_refusing(self.ann.pk, ids, setting="direct"), {self.bob.pk})
        self.assertEqual(list_refusing(self.ann.pk, ids, setting="groups"), {self.eve.pk})
        self.befriend(self.ann, self.bob)
        self.assertEqual(list_refusing(self.ann.pk, ids, setting="direct"), set())
        with self.assertNumQueries(2):
            list_refusing(self.ann.pk, ids, setting="direct")

    def test_who_blocks_the_actor_refuses_everything(self) -> None:
        Block.objects.create(blocker=self.bob, blocked=self.ann)
        for setting in ("direct", "groups"):
            self.assertEqual(list_refusing(self.ann.pk, [self.bob.pk, self.eve.pk], setting=setting), {self.bob.pk})
        self.assertEqual(list_refusing(self.bob.pk, [self.ann.pk], setting="direct"), set())

    def test_block_is_seen_from_both_sides(self) -> None:
        Block.objects.create(blocker=self.bob, blocked=self.ann)
        self.assertTrue(is_blocked_between(self.ann.pk, self.bob.pk))
        self.assertTrue(is_blocked_between(self.bob.pk, self.ann.pk))
        self.assertFalse(is_blocked_between(self.ann.pk, self.eve.pk))

    def test_friend_ids_may_be_asked_among_some(self) -> None:
        self.befriend(self.ann, self.bob)
        self.befriend(self.ann, self.eve)
        self.assertEqual(list_friend_ids(self.ann.pk), {self.bob.pk, self.eve.pk})
        self.assertEqual(list_friend_ids(self.ann.pk, among=[self.eve.pk, 10**15]), {self.eve.pk})

    def test_unknown_setting_is_an_error(self) -> None:
        with self.assertRaises(KeyError):
            list_refusing(self.ann.pk, [self.bob.pk], setting="phone")
