"""Creating, reading, changing and dissolving groups."""

from django.test import override_settings

from accounts.models import Block
from core.models import OutboxEntry
from groups.models import Group
from messaging.models import Conversation, Member, Role
from tests.groups.case import GroupCase
from tests.groups.factories import get_conversation, get_member, make_group, make_guest, make_user, read_log

GROUP_FIELDS = {
    "id", "name", "description", "announcement", "join_policy", "muted_all", "announcement_only", "slow_mode_s",
    "history_visible", "owner_id", "avatar_url",
}  # fmt: skip


class CreateGroupTests(GroupCase):
    def test_a_new_group_has_its_owner_and_members_and_a_log_that_starts_at_one(self) -> None:
        body = {
            "name": "Book club",
            "member_ids": [str(self.member.pk), str(self.owner.pk), str(self.member.pk)],
            "description": "We read.",
            "join_policy": "approval",
            "history_visible": False,
        }
        response = self.call(self.owner, "POST", "groups", body)
        self.assertEqual(response.status_code, 201, response.content)
        group = response.json()
        self.assertGreaterEqual(set(group), GROUP_FIELDS | {"kind", "title", "first_seq", "last_seq", "unread_count"})
        self.assertEqual((group["kind"], group["name"], group["title"]), ("group", "Book club", "Book club"))
        self.assertEqual((group["role"], group["member_count"]), ("owner", 2))
        self.assertEqual((group["join_policy"], group["history_visible"]), ("approval", False))
        self.assertEqual(group["owner_id"], str(self.owner.pk))
        events = read_log(int(group["id"]))
        self.assertEqual([(event.seq, event.event) for event in events], [(1, "member-joined"), (2, "member-joined")])
        self.assertEqual(get_member(int(group["id"]), self.member).visible_from, 2)

    def test_everyone_in_it_gets_conversation_added(self) -> None:
        OutboxEntry.objects.all().delete()
        response = self.call(self.owner, "POST", "groups", {"name": "New", "member_ids": [str(self.member.pk)]})
        entries = OutboxEntry.objects.filter(conversation_id=int(response.json()["id"])).order_by("pk")
        self.assertEqual([entry.payload["added"] for entry in entries], [[self.owner.pk], [self.member.pk]])

    def test_a_group_may_start_with_its_owner_alone(self) -> None:
        response = self.call(self.owner, "POST", "groups", {"name": "Alone"})
        self.assertEqual((response.status_code, response.json()["member_count"]), (201, 1))

    def test_a_guest_cannot_own_one(self) -> None:
        self.assert_refused(self.call(make_guest(), "POST", "groups", {"name": "Mine"}), "FORBIDDEN")

    def test_unknown_people_are_named_and_nothing_is_made(self) -> None:
        before = Conversation.objects.count()
        body = {"name": "New", "member_ids": [str(self.member.pk), "999999999"]}
        details = self.assert_refused(self.call(self.owner, "POST", "groups", body), "NOT_FOUND")
        self.assertEqual(details, {"user_ids": ["999999999"]})
        self.assertEqual(Conversation.objects.count(), before)

    def test_a_refusal_by_privacy_and_one_by_a_block_look_alike(self) -> None:
        private = make_user(privacy={"groups": "friends"})
        blocker = make_user()
        Block.objects.create(blocker=blocker, blocked=self.owner)
        bodies = []
        for user in (private, blocker):
            response = self.call(self.owner, "POST", "groups", {"name": "New", "member_ids": [str(user.pk)]})
            self.assertEqual(self.assert_refused(response, "FORBIDDEN"), {"user_ids": [str(user.pk)]})
            bodies.append({key: value for key, value in response.json().items() if key != "details"})
        self.assertEqual(bodies[0], bodies[1])

    def test_malformed_bodies_are_refused_naming_the_field(self) -> None:
        for body, field in (
            ({"member_ids": []}, "name"),
            ({"name": "  "}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "New", "owner_id": "1"}, "owner_id"),
            ({"name": "New", "muted_all": True}, "muted_all"),
            ({"name": "New", "join_policy": "anyone"}, "join_policy"),
            ({"name": "New", "member_ids": "1"}, "member_ids"),
        ):
            with self.subTest(body=body):
                details = self.assert_refused(self.call(self.owner, "POST", "groups", body), "INVALID_REQUEST")
                self.assertIn(field, details["fields"])

    @override_settings(MAX_GROUP_MEMBERS=2)
    def test_more_than_the_greatest_size_is_refused(self) -> None:
        body = {"name": "New", "member_ids": [str(self.member.pk), str(self.admin.pk)]}
        self.assertEqual(
            self.assert_refused(self.call(self.owner, "POST", "groups", body), "CONFLICT"), {"max_members": 2}
        )


class ReadGroupTests(GroupCase):
    def test_those_who_run_it_also_see_how_many_ask_to_join(self) -> None:
        self.assertEqual(self.on_group(self.admin, "GET").json()["join_request_count"], 0)
        self.assertNotIn("join_request_count", self.on_group(self.member, "GET").json())

    def test_strangers_and_ids_that_are_none_look_alike(self) -> None:
        answers = {
            self.on_group(self.stranger, "GET").content,
            self.call(self.stranger, "GET", "groups/999999999").content,
            self.call(self.stranger, "GET", "groups/nonsense").content,
        }
        self.assertEqual(len(answers), 1)
        self.assert_refused(self.on_group(self.stranger, "GET"), "CONVERSATION_NOT_FOUND")

    def test_a_conversation_of_another_kind_is_not_a_group(self) -> None:
        direct = Conversation.objects.create(kind="direct", member_count=1)
        Member.objects.create(conversation=direct, user=self.owner)
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            response = self.call(self.owner, method, f"groups/{direct.pk}", body)
            self.assert_refused(response, "CONVERSATION_NOT_FOUND")


class UpdateGroupTests(GroupCase):
    CHANGES = {
        "name": "Coffee",
        "description": "New here?",
        "announcement": "Friday at six",
        "join_policy": "open",
        "history_visible": False,
        "muted_all": True,
        "announcement_only": True,
        "slow_mode_s": 30,
    }

    def test_every_field_can_be_changed_and_the_event_carries_the_profile(self) -> None:
        before = get_conversation(self.group_id)
        response = self.on_group(self.admin, "PATCH", body=self.CHANGES)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertGreaterEqual(response.json().items(), self.CHANGES.items())
        event = read_log(self.group_id)[-1]
        self.assertEqual(
            (event.event, event.actor_id, event.seq), ("group-updated", self.admin.pk, before.last_seq + 1)
        )
        self.assertEqual(set(event.payload["group"]), GROUP_FIELDS)
        self.assertGreaterEqual(event.payload["group"].items(), self.CHANGES.items())
        after = get_conversation(self.group_id)
        self.assertEqual((after.title, after.muted_all, after.slow_mode_s), ("Coffee", True, 30))
        self.assertEqual(Group.objects.get(pk=self.group_id).announcement, "Friday at six")

    def test_changing_nothing_appends_nothing(self) -> None:
        before = get_conversation(self.group_id)
        for body in ({}, {"name": "Tea", "muted_all": False}):
            self.assertEqual(self.on_group(self.owner, "PATCH", body=body).status_code, 200)
        self.assertEqual(get_conversation(self.group_id).last_seq, before.last_seq)

    def test_texts_may_be_emptied_but_not_the_name(self) -> None:
        self.assertEqual(self.on_group(self.owner, "PATCH", body={"announcement": ""}).status_code, 200)
        details = self.assert_refused(self.on_group(self.owner, "PATCH", body={"name": ""}), "INVALID_REQUEST")
        self.assertEqual(set(details["fields"]), {"name"})

    def test_unknown_and_impossible_values_are_refused(self) -> None:
        for body in ({"kind": "world"}, {"slow_mode_s": -1}, {"slow_mode_s": 10**9}, {"owner_id": "1"}):
            with self.subTest(body=body):
                self.assert_refused(self.on_group(self.owner, "PATCH", body=body), "INVALID_REQUEST")


class DissolveGroupTests(GroupCase):
    def test_it_is_gone_for_everyone_at_once(self) -> None:
        token = self.make_invite()
        OutboxEntry.objects.all().delete()
        self.assertEqual(self.on_group(self.owner, "DELETE").status_code, 204)
        for user in (self.owner, self.admin, self.member):
            self.assert_refused(self.on_group(user, "GET"), "CONVERSATION_NOT_FOUND")
            self.assert_refused(self.on_group(user, "POST", "/leave", {}), "CONVERSATION_NOT_FOUND")
        self.assert_refused(self.join(self.stranger, token), "NOT_FOUND")
        [entry] = OutboxEntry.objects.all()
        everyone = sorted(user.pk for user in (self.owner, self.admin, self.member))
        self.assertEqual(entry.payload, {"removed": everyone})
        conversation = get_conversation(self.group_id)
        self.assertEqual((conversation.member_count, conversation.dissolved_at is None), (0, False))

    def test_it_cannot_be_dissolved_twice(self) -> None:
        self.on_group(self.owner, "DELETE")
        self.assert_refused(self.on_group(self.owner, "DELETE"), "CONVERSATION_NOT_FOUND")


class TransferTests(GroupCase):
    def test_the_old_owner_becomes_an_admin_and_there_is_one_owner(self) -> None:
        response = self.on_group(self.owner, "POST", "/transfer", {"user_id": str(self.member.pk)})
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual((response.json()["owner_id"], response.json()["role"]), (str(self.member.pk), "admin"))
        owners = Member.objects.filter(conversation_id=self.group_id, role=Role.OWNER)
        self.assertEqual([owner.user_id for owner in owners], [self.member.pk])
        told = [(event.event, event.payload) for event in read_log(self.group_id)[-3:]]
        self.assertEqual(told[0], ("member-updated", {"user_ids": [str(self.owner.pk)], "role": "admin"}))
        self.assertEqual(told[1], ("member-updated", {"user_ids": [str(self.member.pk)], "role": "owner"}))
        self.assertEqual((told[2][0], told[2][1]["group"]["owner_id"]), ("group-updated", str(self.member.pk)))

    def test_who_cannot_receive_it(self) -> None:
        guest = make_guest()
        group_id = make_group(self.owner, guest)
        for user_id, code in (
            (guest.pk, "FORBIDDEN"),
            (self.owner.pk, "CONFLICT"),
            (self.stranger.pk, "NOT_FOUND"),
            (999999999, "NOT_FOUND"),
        ):
            response = self.call(self.owner, "POST", f"groups/{group_id}/transfer", {"user_id": str(user_id)})
            self.assert_refused(response, code)
        self.assertEqual(get_member(group_id, self.owner).role, Role.OWNER)
