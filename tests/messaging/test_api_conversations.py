"""Conversations over HTTP: list, open, read, own settings."""

import json
import threading
from unittest.mock import patch

from django.db import connections
from django.test import TransactionTestCase

from accounts.models import Block, User
from core.models import OutboxEntry
from messaging.models import Conversation, Member
from messaging.services import upstream
from messaging.services.conversations import ensure_world, note_block_change, open_direct
from tests.messaging.api_case import MessagingApiCase, RecordingGateway
from tests.messaging.building import Log, make_direct, make_group, make_user, make_world


class ConversationApiTests(MessagingApiCase):
    def setUp(self) -> None:
        super().setUp()
        self.ann, self.ben = make_user("ann"), make_user("ben")

    def test_the_list_is_paged_by_cursor(self) -> None:
        expected: list[str] = []
        for _ in range(3):
            group = make_group(self.ann, self.ben)
            Log(group).send(self.ann)
            expected.insert(0, str(group.pk))
        first = self.call(self.ann, "get", "conversations?limit=2")
        second = self.call(self.ann, "get", f"conversations?limit=2&cursor={first['next_cursor']}")
        assert [view["id"] for view in first["results"] + second["results"]] == expected
        assert second["next_cursor"] is None
        self.call(self.ann, "get", "conversations?cursor=nonsense", status=400)
        self.call(self.ann, "get", "conversations?limit=201", status=400)

    def test_opening_a_direct_makes_it_once_for_both(self) -> None:
        body = {"kind": "direct", "user_id": str(self.ben.pk)}
        with self.captureOnCommitCallbacks(execute=True):
            made = self.call(self.ann, "post", "conversations", body, status=201)
        assert (made["kind"], made["title"], made["member_count"]) == ("direct", "Ben", 2)
        again = self.call(self.ben, "post", "conversations", {"kind": "direct", "user_id": str(self.ann.pk)})
        assert (again["id"], again["title"]) == (made["id"], "Ann")
        [entry] = OutboxEntry.objects.all()
        assert set(entry.payload["added"]) == {self.ann.pk, self.ben.pk}
        assert self.gateway.drained == [made["id"]]

    def test_opening_is_refused_for_oneself_nobody_and_nonsense(self) -> None:
        for user_id, status in ((str(self.ann.pk), 400), ("999999", 404), ("x", 404), ("", 400), (self.ben.pk, 400)):
            with self.subTest(user_id=user_id):
                self.call(self.ann, "post", "conversations", {"kind": "direct", "user_id": user_id}, status=status)
        gone = make_user(is_active=False)
        self.call(self.ann, "post", "conversations", {"kind": "direct", "user_id": str(gone.pk)}, status=404)
        body = {"kind": "direct", "user_id": str(self.ben.pk), "title": "x"}
        refused = self.call(self.ann, "post", "conversations", body, status=400)
        assert (refused["code"], list(refused["details"]["fields"])) == ("INVALID_REQUEST", ["title"])
        assert not Conversation.objects.exists()

    def test_opening_is_refused_where_the_other_blocks_or_takes_friends_only(self) -> None:
        Block.objects.create(blocker=self.ben, blocked=self.ann)
        body = {"kind": "direct", "user_id": str(self.ben.pk)}
        assert self.call(self.ann, "post", "conversations", body, status=403)["code"] == "BLOCKED"
        shy = make_user(privacy={"direct": "friends"})
        body = {"kind": "direct", "user_id": str(shy.pk)}
        assert self.call(self.ann, "post", "conversations", body, status=403)["code"] == "FORBIDDEN"
        existing = make_direct(self.ann, shy)
        assert self.call(self.ann, "post", "conversations", body)["id"] == str(existing.pk)

    def test_own_settings_are_kept_and_told_to_ones_own_sockets_once(self) -> None:
        direct = make_direct(self.ann, self.ben)
        path = f"conversations/{direct.pk}"
        changes = {"muted": True, "pinned": True, "archived": True, "draft": "  half a "}
        with patch("messaging.services.conversations.push_to_users") as push:
            with self.captureOnCommitCallbacks(execute=True):
                view = self.call(self.ann, "patch", path, changes)
            with self.captureOnCommitCallbacks(execute=True):
                self.call(self.ann, "patch", path, changes)
        assert {name: view[name] for name in changes} == changes
        [[[user_ids, frame], _options]] = [call[0:2] for call in push.call_args_list]
        assert user_ids == [self.ann.pk]
        pushed = json.loads(frame)
        assert (pushed["type"], pushed["conversation"]) == ("conversation-updated", view)
        theirs = self.call(self.ben, "get", path)
        assert (theirs["muted"], theirs["draft"]) == (False, "")

    def test_settings_refuse_unknown_fields_and_drafts_that_are_too_long(self) -> None:
        path = f"conversations/{make_direct(self.ann, self.ben).pk}"
        assert self.call(self.ann, "patch", path, {"draft": "x" * 16_000})["draft"] == "x" * 16_000
        self.call(self.ann, "patch", path, {"draft": "x" * 16_001}, status=400)
        self.call(self.ann, "patch", path, {"read_seq": 5}, status=400)
        self.call(self.ann, "patch", path, {"muted": None}, status=400)

    def test_muting_the_world_room_makes_a_row_that_has_read_everything(self) -> None:
        world = make_world()
        for _ in range(3):
            Log(world).send(self.ben)
        view = self.call(self.ann, "patch", f"conversations/{world.pk}", {"muted": True})
        assert (view["muted"], view["unread_count"], view["first_seq"]) == (True, 0, 1)
        row = Member.objects.get(conversation=world, user=self.ann)
        assert (row.visible_from, row.read_seq, row.read_ordinal) == (1, 3, 3)
        Log(world).send(self.ben)
        assert self.call(self.ann, "get", f"conversations/{world.pk}")["unread_count"] == 1
        self.call(self.ben, "patch", f"conversations/{world.pk}", {"muted": False})
        assert Member.objects.filter(conversation=world).count() == 2

    def test_nobody_gets_in_without_a_session(self) -> None:
        direct = make_direct(self.ann, self.ben)
        for path in ("conversations", f"conversations/{direct.pk}", f"conversations/{direct.pk}/messages"):
            assert self.call(None, "get", path, status=401)["code"] == "AUTH_FAILED"


class ForeignConversationTests(MessagingApiCase):
    """Every path answers a stranger, someone who left and someone asking for nothing with the same words."""

    PATHS = (
        ("get", "conversations/{c}"),
        ("patch", "conversations/{c}"),
        ("get", "conversations/{c}/messages"),
        ("post", "conversations/{c}/messages"),
        ("get", "conversations/{c}/events"),
        ("get", "conversations/{c}/members"),
        ("get", "conversations/{c}/messages/{m}/readers"),
        ("get", "conversations/{c}/pins"),
        ("put", "conversations/{c}/pins/{m}"),
        ("delete", "conversations/{c}/pins/{m}"),
    )

    def test_a_foreign_conversation_answers_like_one_that_is_not_there(self) -> None:
        ann, ben, stranger, left = make_user(), make_user(), make_user(), make_user()
        group = make_group(ann, ben, left)
        message = Log(group).send(ann, "secret")
        Member.objects.filter(user=left).update(left_at=message.created_at)
        bodies = {"patch": {"muted": True}, "post": {"client_msg_id": "x"}}
        for method, template in self.PATHS:
            path = template.format(c=group.pk, m=message.pk)
            nowhere = [template.format(c=bad, m=message.pk) for bad in (10**9, "x", "-1", "9" * 30, "１")]
            asked = [(stranger, path), (left, path), *((ann, other) for other in nowhere)]
            answers = {
                json.dumps(self.call(user, method, where, bodies.get(method), status=404)) for user, where in asked
            }
            with self.subTest(method=method, path=template):
                assert len(answers) == 1
                assert json.loads(answers.pop())["code"] == "CONVERSATION_NOT_FOUND"

    def test_a_message_of_another_conversation_answers_like_one_that_is_not_there(self) -> None:
        ann, ben = make_user(), make_user()
        mine, other = make_group(ann, ben), make_group(ben)
        foreign = Log(other).send(ben, "secret")
        early = Log(mine).send(ben)
        Log(mine).send(ben)
        Member.objects.filter(user=ann).update(visible_from=2)
        for method, template in self.PATHS:
            if "{m}" not in template:
                continue
            bad = (foreign.pk, early.pk, (mine.pk << 30) + 99, "x")
            answers = {
                json.dumps(self.call(ann, method, template.format(c=mine.pk, m=message), status=404)) for message in bad
            }
            with self.subTest(method=method, path=template):
                assert len(answers) == 1
                assert json.loads(answers.pop())["code"] == "MESSAGE_NOT_FOUND"


class ConversationServiceTests(MessagingApiCase):
    def test_the_world_room_is_made_once(self) -> None:
        world = ensure_world()
        assert ensure_world().pk == world.pk
        assert (world.kind, Conversation.objects.count()) == ("world", 1)
        assert world.slow_mode_s > 0

    def test_a_block_ends_the_cached_roster_of_the_two(self) -> None:
        ann, ben, cat = make_user(), make_user(), make_user()
        both, other = make_direct(ann, ben), make_direct(ann, cat)
        note_block_change(ben.pk, ann.pk)
        both.refresh_from_db()
        other.refresh_from_db()
        assert (both.members_version, other.members_version) == (2, 1)


class OpeningRaceTests(TransactionTestCase):
    def test_many_who_open_the_same_direct_at_once_get_one(self) -> None:
        upstream.set_gateway(RecordingGateway())
        self.addCleanup(upstream.set_gateway, None)
        ann, ben = make_user(), make_user()
        barrier = threading.Barrier(6)
        results: list[tuple[int, bool]] = []

        def run(first: User, second: User) -> None:
            try:
                barrier.wait(timeout=10)
                results.append(open_direct(first.pk, second.pk))
            finally:
                connections.close_all()

        pairs = [(ann, ben), (ben, ann)] * 3
        threads = [threading.Thread(target=run, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(results) == 6
        assert len({conversation_id for conversation_id, _created in results}) == 1
        assert sum(created for _id, created in results) == 1
        assert Member.objects.count() == 2
